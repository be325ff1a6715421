"""Who else may do what with an account's mailboxes."""
