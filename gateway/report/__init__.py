"""Delivery status notifications (RFC 3461, 3464, 6533). Pure."""
