"""What happens at log-ins and submissions: `activity.db`. Records, the guard against guessing, quotas.

It is a database of its own, so that an attack on log-ins never contends with changes of accounts. A crash may lose its
last second.
"""
