"""The registry: one line per extension, in the order in which EHLO announces them."""

from gateway.smtp.extensions.auth import AUTH
from gateway.smtp.extensions.base import ServiceExtension
from gateway.smtp.extensions.binarymime import BINARYMIME
from gateway.smtp.extensions.chunking import CHUNKING
from gateway.smtp.extensions.deliverby import DELIVERBY
from gateway.smtp.extensions.dsn import DSN
from gateway.smtp.extensions.eightbitmime import EIGHTBITMIME
from gateway.smtp.extensions.enhancedstatuscodes import ENHANCEDSTATUSCODES
from gateway.smtp.extensions.futurerelease import FUTURERELEASE
from gateway.smtp.extensions.limits import LIMITS
from gateway.smtp.extensions.mt_priority import MT_PRIORITY
from gateway.smtp.extensions.pipelining import PIPELINING
from gateway.smtp.extensions.requiretls import REQUIRETLS
from gateway.smtp.extensions.size import SIZE
from gateway.smtp.extensions.smtputf8 import SMTPUTF8
from gateway.smtp.extensions.starttls import STARTTLS

EXTENSIONS: tuple[ServiceExtension, ...] = (
    PIPELINING,
    SIZE,
    STARTTLS,
    AUTH,
    ENHANCEDSTATUSCODES,
    EIGHTBITMIME,
    SMTPUTF8,
    DSN,
    CHUNKING,
    BINARYMIME,
    REQUIRETLS,
    DELIVERBY,
    MT_PRIORITY,
    FUTURERELEASE,
    LIMITS,
)
