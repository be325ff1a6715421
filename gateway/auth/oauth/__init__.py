"""OAuth tokens of configured issuers: whose are they? JWTs by the issuer's keys, others by asking (RFC 7662)."""
