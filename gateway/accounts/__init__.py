"""Accounts, domains, aliases, log-ins and their limits: `control.db` and `activity.db`."""
