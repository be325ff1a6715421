"""What the DNS says about mail, as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MailExchanger:
    """An MX record (RFC 1035 3.3.9): lower preference first; host as A-labels in lower case, without a final dot."""

    preference: int
    host: str


@dataclass(frozen=True, slots=True)
class MxList:
    """MX records, the most preferred first. `authentic`: a trusted resolver validated them (AD)."""

    exchangers: tuple[MailExchanger, ...]
    authentic: bool = False


@dataclass(frozen=True, slots=True)
class ImplicitMx:
    """The name exists and has no MX record: the host of that name is its mail exchanger (RFC 5321 5.1)."""

    authentic: bool = False


@dataclass(frozen=True, slots=True)
class NullMx:
    """The domain takes no mail (RFC 7505)."""


@dataclass(frozen=True, slots=True)
class NoSuchDomain:
    """The name does not exist (RFC 8020: nor does anything below it)."""


@dataclass(frozen=True, slots=True)
class TemporaryTrouble:
    """No answer, or none of use; asking again later may help."""

    why: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """IP addresses of a host, IPv6 and IPv4 in turn; none: the name exists without any."""

    addresses: tuple[str, ...]
    authentic: bool = False


@dataclass(frozen=True, slots=True)
class Texts:
    """TXT records, the strings of each put together (RFC 7208 3.3); none: the name exists without any."""

    texts: tuple[str, ...]
    authentic: bool = False


@dataclass(frozen=True, slots=True)
class ServiceHost:
    """An SRV record (RFC 2782). `host` as for MX; empty: the service is not offered."""

    priority: int
    weight: int
    port: int
    host: str


@dataclass(frozen=True, slots=True)
class ServiceHosts:
    """SRV records by priority; none: the name exists without any."""

    hosts: tuple[ServiceHost, ...]
    authentic: bool = False


MxAnswer = MxList | ImplicitMx | NullMx | NoSuchDomain | TemporaryTrouble
AddressAnswer = Addresses | NoSuchDomain | TemporaryTrouble
TextAnswer = Texts | NoSuchDomain | TemporaryTrouble
ServiceAnswer = ServiceHosts | NoSuchDomain | TemporaryTrouble
