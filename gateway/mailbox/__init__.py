"""What IMAP and JMAP share: views of mailboxes, search, sorting, threads. Names no protocol."""
