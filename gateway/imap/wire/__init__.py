"""What IMAP looks like on the wire: pure, one file for each command or extension."""
