"""URLs that carry an authorization (URLAUTH, RFC 4467): whose they are, and who may use them."""

from gateway.accounts.model import Account
from gateway.accounts.protocol import Known
from gateway.imap import url_keys, urls
from gateway.imap.access import Access, Located
from gateway.imap.service import Service
from gateway.imap.session import Session
from gateway.imap.wire.completion import Refusal, bad
from gateway.imap.wire.url import BadUrl, ImapUrl, Server, UrlAccess, UrlPart, Verifier, Who, rump
from gateway.mail.address import BadAddress, parse_address


async def signed(session: Session, written: bytes) -> bytes:
    """A URL of the session's own, with its verifier (RFC 4467 7 GENURLAUTH).

    Raises Refusal (BAD: what is missing in it), NotPossible, StoreUnavailable, AccountsUnavailable.
    """
    try:
        url = ImapUrl.parse(written)
    except BadUrl as error:
        raise Refusal(bad(f"in one of the URLs: {error}")) from error
    _require(session, url)
    if url.part is None or urls.section_of(url.part) is None or url.mailbox is None:
        raise Refusal(bad("the URL has to name a message or a part of one"))
    try:
        located = await session.mail.find(url.mailbox, "r")
    except Refusal as refusal:
        raise Refusal(bad("the mailbox in the URL is none that you can read", b"NONEXISTENT")) from refusal
    token = await url_keys.sign(located.mail, located.mailbox.id, session.mail.account, written)
    return b"%b:%b:%b" % (written, url_keys.INTERNAL.lower().encode(), token.encode())


async def redeemed(session: Session, written: bytes) -> urls.Found | None:
    """What a URL gives to this session; None: nothing. Raises StoreUnavailable, AccountsUnavailable."""
    service = session.service
    try:
        url = ImapUrl.parse(written)
    except BadUrl:
        return None
    part = url.part
    if part is None or part.access is None or part.verifier is None or url.server is None or url.mailbox is None:
        return None
    if not _good_now(session, part) or not _may_use(session, part.access, url.server):
        return None
    owner = identity(service, url.server.user, url.server.host)
    if owner is None or owner.disabled is not None:
        url_keys.verify_nothing(rump(written), part.verifier.token)
        return None
    access = Access(service, owner.id)
    located = await _readable(access, url.mailbox)
    if not await _verified(access, located, written, part.verifier):
        return None
    return await urls.find(service, access, url, utf8=session.utf8)


def identity(service: Service, user: str | None, host: str) -> Account | None:
    """Whose account a user in a URL is: `al%40home.example@mail.home.example`, `al@home.example`."""
    if user is None:
        return None
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    try:
        address = parse_address(user if "@" in user else f"{user}@{name}")
    except BadAddress:
        return None
    if "@" in user and name.lower() not in (service.hostname.lower(), address.domain.ascii.lower()):
        return None
    found = service.people.resolve(address)
    return found.account if isinstance(found, Known) and not found.subaddress and not found.catch_all else None


def _require(session: Session, url: ImapUrl) -> None:
    if url.server is None or url.server.user is None:
        raise Refusal(bad("missing owner username in supplied URL"))
    if url.part is None or url.part.access is None:
        raise Refusal(bad("missing access identifier in supplied URL"))
    if url.part.verifier is not None:
        raise Refusal(bad("the URL has a verifier already"))
    owner = identity(session.service, url.server.user, url.server.host)
    if owner is None or owner.id != session.mail.account:
        raise Refusal(bad("the URL has to name you and this server: imap://al@home.example/"))


def _good_now(session: Session, part: UrlPart) -> bool:
    mechanism = part.verifier is not None and part.verifier.mechanism == url_keys.INTERNAL
    return mechanism and (part.expire is None or session.service.clock() <= part.expire)


def _may_use(session: Session, access: UrlAccess, server: Server) -> bool:
    """Nobody is logged in anonymously here, so ANONYMOUS is AUTHUSER."""
    match access.who:
        case Who.ANONYMOUS | Who.AUTHUSER:
            return True
        case Who.USER:
            user = identity(session.service, access.user, server.host)
            return user is not None and user.id == session.mail.account
        case Who.SUBMIT:
            login = session.login
            keys = {address.key for address in session.service.config.submitters}
            return login is not None and login.address.key in keys


async def _readable(access: Access, mailbox: str) -> Located | None:
    try:
        return await access.find(mailbox, "r")
    except Refusal:
        return None


async def _verified(access: Access, located: Located | None, written: bytes, verifier: Verifier) -> bool:
    if located is None:
        return url_keys.verify_nothing(rump(written), verifier.token)
    return await url_keys.verify(located.mail, located.mailbox.id, access.account, rump(written), verifier.token)
