"""Origins of mail that no listener took."""

from gateway.mail.origin import Origin

OURSELVES = Origin(listener="report", ip="", trusted=True)
"""Reports, which we make."""

LOCAL = Origin(listener="sendmail", ip="", trusted=True)
"""What `gateway sendmail` puts into the queue."""
