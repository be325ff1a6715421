"""ENHANCEDSTATUSCODES (RFC 2034): every reply of class 2, 4 and 5 but for greeting and EHLO bears one."""

from gateway.smtp.extensions.base import ServiceExtension, always

ENHANCEDSTATUSCODES = ServiceExtension("ENHANCEDSTATUSCODES", always("ENHANCEDSTATUSCODES"))
