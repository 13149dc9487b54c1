"""May this URL be fetched at all? The rule for everything that a stranger's document asks a verifier to fetch: the
document of a did:web, a status list (threat 14).

The rule is pure: the URL as text, and the addresses that its one name resolved to. Whoever fetches connects to one of
exactly these addresses, so that a name cannot be good when it is checked and another when it is called.
Sources: RFC 3986, section 3.2; the IANA registries of special-purpose IPv4 and IPv6 addresses (RFC 6890 and its
successors); RFC 6761 for names that are not of the public tree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from typing import Final

from creditbank.errors import Refused

MAX_URL: Final = 2048
PORT: Final = 443

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LAST: Final = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
"""The last label starts with a letter: what ends in a number, decimal or hexadecimal, is an address to some readers."""
_HOST: Final = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+{_LAST}", re.ASCII)
_CHARACTER: Final = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_REST: Final = re.compile(rf"(?:/{_CHARACTER}*)?(?:\?(?:{_CHARACTER}|\?)*)?", re.ASCII)
_SPLIT: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)(#.*)?", re.ASCII)
_PUNYCODE: Final = "xn--"

_INWARD: Final = ("localhost", "localdomain", "local", "internal", "home.arpa", "onion")
"""Names into the own machine or network, wherever they seem to resolve (RFC 6761, 6762, 7686, 8375)."""

_IPV4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; also the metadata service of one cloud
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's metadata and control channel, at an address that looks public
        "169.254.0.0/16",  # link-local, and most clouds' metadata service
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and one cloud's metadata service
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_IPV6: Final = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo among them: an IPv4 address in other clothes
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in other clothes
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
"""What is not public within 2000::/3. All of IPv6 outside it is refused: loopback, link-local, unique local,
multicast, and the prefixes that carry an IPv4 address (::ffff:0:0/96, 64:ff9b::/96)."""


class FetchRefused(Refused):
    """This is not fetched: the URL, or an address behind it, is not one that a stranger may send us to."""

    slug = "fetch-refused"


@dataclass(frozen=True, slots=True)
class FetchTarget:
    """Where a URL leads: the name to resolve, to put in SNI and to find in the certificate, and what to ask for."""

    host: str
    path: str


def fetch_target(url: str) -> FetchTarget:
    """Read a URL that may be fetched if its addresses are public; raise `FetchRefused` for any other.

    Only https on port 443 and a domain name in ASCII (an internationalised one as `xn--`): no user name, no fragment,
    no address in any spelling, no name with a trailing dot, which names the same host a second time.
    """
    if len(url) > MAX_URL:
        raise _refused(url, f"it is longer than {MAX_URL} characters")
    match = _SPLIT.fullmatch(url)
    if match is None:
        raise _refused(url, "it is not a URL with a host, written in plain characters")
    scheme, authority, rest, fragment = match[1].lower(), match[2], match[3], match[4]
    if scheme != "https":
        raise _refused(url, "only https is fetched")
    if "@" in authority:
        raise _refused(url, "it carries a user name")
    host, colon, port = authority.lower().partition(":")
    if colon and port != str(PORT):
        raise _refused(url, f"only port {PORT} is called, and no address stands in place of a name")
    if why := _host_refused(host):
        raise _refused(url, why)
    if fragment is not None:
        raise _refused(url, "it points into a document instead of to one")
    if _REST.fullmatch(rest) is None:
        raise _refused(url, "its path holds a character that does not belong there")
    return FetchTarget(host, rest if rest.startswith("/") else f"/{rest}")


def address_refused(address: str) -> str:
    """Why a resolved address is not one of the public internet, or an empty text."""
    try:
        read = ip_address(address)
    except ValueError:
        return f"{address[:80]!r} is not an address"
    if isinstance(read, IPv4Address):
        inward = any(read in network for network in _IPV4)
    else:
        inward = read.scope_id is not None or read not in _GLOBAL_UNICAST or any(read in network for network in _IPV6)
    return f"{read} is not an address of the public internet" if inward else ""


def fetch_refused(url: str, addresses: Sequence[str]) -> str:
    """Why this URL, whose name resolved to `addresses`, is not fetched; or an empty text.

    One address that is not public refuses them all: whoever controls the name chose them together. Which one it is goes
    unsaid: strangers who have us look a name up would learn what it is called inside our network.
    """
    try:
        target = fetch_target(url)
    except FetchRefused as cause:
        return cause.sentence
    if not addresses:
        return f"{target.host} has no address."
    if any(map(address_refused, addresses)):
        return f"{target.host} resolves to what is not an address of the public internet."
    return ""


def fetch_allowed(url: str, addresses: Sequence[str]) -> bool:
    """Whether a verifier may fetch this URL, all of the addresses of its name being known."""
    return not fetch_refused(url, addresses)


def _host_refused(host: str) -> str:
    if host.endswith("."):
        return "its name ends in a dot, a second spelling of one host"
    if _HOST.fullmatch(host) is None:
        return "what it names is not a domain name in ASCII (an address in place of one is not called)"
    if any(host == name or host.endswith(f".{name}") for name in _INWARD):
        return "its name leads into the reader's own network"
    if any(label.startswith(_PUNYCODE) and not _is_a_label(label) for label in host.split(".")):
        return "a part of its name claims to be internationalised and is not"
    return ""


def _is_a_label(label: str) -> bool:
    """Whether `xn--…` spells other than ASCII characters, in the one way that spells them (RFC 5890, 2.3.2.1)."""
    try:
        spelled = label.removeprefix(_PUNYCODE).encode("ascii").decode("punycode")
        again = spelled.encode("punycode").decode("ascii")
    except UnicodeError:
        return False
    usual = spelled.isprintable() and spelled == spelled.lower() and not spelled.isascii()
    return usual and again == label.removeprefix(_PUNYCODE)


def _refused(url: str, why: str) -> FetchRefused:
    return FetchRefused(
        f"{url[:200]!r} is not fetched: {why}.",
        next_step="Hand the document over as a file instead, in the folder of documents that you trust.",
    )


__all__ = [
    "FetchRefused",
    "FetchTarget",
    "address_refused",
    "fetch_allowed",
    "fetch_refused",
    "fetch_target",
]
