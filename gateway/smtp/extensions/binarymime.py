"""BINARYMIME (RFC 3030 3): BODY=BINARYMIME, read and written with the BODY parameter of 8BITMIME; BDAT only."""

from gateway.smtp.extensions.base import ServiceExtension, always

BINARYMIME = ServiceExtension("BINARYMIME", always("BINARYMIME"))
