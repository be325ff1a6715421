"""An account's mailboxes: the tree of names, what each is for, subscriptions."""
