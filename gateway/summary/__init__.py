"""What is worked out once about a message, from its octets alone: what IMAP, JMAP and the web show and sort it by."""
