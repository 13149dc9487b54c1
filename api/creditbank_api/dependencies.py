"""What a doorway needs at hand: the bank, and the limits of this server."""

from ipaddress import ip_address, ip_network
from typing import Annotated, Final, cast

from fastapi import Depends, Request

from creditbank.bootstrap import Bank
from creditbank.config import Network
from creditbank_api.limits import Counter

MOST_FORWARDED: Final = 1000
"""So many characters of forwarding headers are looked at, from the end."""


async def bank_of(request: Request) -> Bank:
    """The bank that this server is the door of."""
    return cast(Bank, request.app.state.bank)


async def gentle(request: Request) -> None:
    """Count this request against its address; raises `TooManyRequests`."""
    cast(Counter, request.app.state.requests).add(address(request))


async def gentle_verification(request: Request) -> None:
    """Count this verification against its address; raises `TooManyRequests`."""
    cast(Counter, request.app.state.verifications).add(address(request))


def address(request: Request) -> str:
    """Who is counted: the address of the connection, or the one that a proxy of ours passes on (threat 54).

    `X-Forwarded-For` is believed only from an address of the setting `trusted_proxies`, and of it only what stands
    rightmost before such addresses, because all else was written by the caller. An IPv6 caller is counted by the /64
    that it can choose addresses from.
    """
    peer = request.client.host if request.client else "unknown"
    trusted = cast(Bank, request.app.state.bank).settings.trusted_proxies
    if not trusted or not _within(peer, trusted):
        return counted(peer)
    for claimed in reversed(",".join(request.headers.getlist("x-forwarded-for"))[-MOST_FORWARDED:].split(",")):
        claimed = claimed.strip()
        if not _is_address(claimed):
            break
        if not _within(claimed, trusted):
            return counted(claimed)
    return counted(peer)


def counted(text: str) -> str:
    """An address as it is counted: an IPv6 address by its network of 64 bits, anything else as it is."""
    try:
        known = ip_address(text)
    except ValueError:
        return text
    if known.version == 6 and known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ip_network(f"{known}/64", strict=False)) if known.version == 6 else str(known)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _within(text: str, networks: tuple[Network, ...]) -> bool:
    try:
        known = ip_address(text)
    except ValueError:
        return False
    return any(known.version == network.version and known in network for network in networks)


BankDep = Annotated[Bank, Depends(bank_of)]
