"""NAMESPACE (RFC 9051 6.3.10, RFC 2342): one's own, `Other Users/` and `Shared/`."""

from typing import Final

from gateway.imap.access import OTHERS, SHARED
from gateway.imap.registry import Capability, Extension, command, logged_in, nothing
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok


async def _namespace(session: Session, _arguments: None) -> Completion:
    shared = b'(("%b" "/"))' % SHARED.encode() if session.service.config.shared else b"NIL"
    session.output.untagged(b'NAMESPACE (("" "/")) (("%b" "/")) %b' % (OTHERS.encode(), shared))
    return ok("told")


EXTENSION: Final = Extension(
    commands=(command("NAMESPACE", nothing, _namespace),),
    capabilities=(Capability("NAMESPACE", logged_in, brings=("NAMESPACE",)),),
)
