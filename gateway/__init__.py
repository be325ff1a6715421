"""A mail gateway: it takes mail over SMTP, works out what each delivery needs, and delivers it."""
