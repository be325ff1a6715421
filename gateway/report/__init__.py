"""Reports about mail to its senders: delivery status notifications (RFC 3461 6, RFC 3464, RFC 6522, RFC 6533)."""
