"""One GET over https to one checked address (threats 4 and 14).

The name is resolved once and every address it has must be public; the connection goes to exactly one of those, while
SNI and the certificate are those of the name, so that neither a second look-up nor a redirect can bend it inwards.
One deadline covers the look-up, the connection, the handshake and every byte after it: a slow drip does not renew it.
"""

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from creditbank.adapters.resolver.errors import (
    LATER,
    OTHERWISE,
    FetchEncoded,
    FetchFailed,
    FetchRedirected,
    FetchTooLarge,
    FetchTooSlow,
    UnreachableHost,
)
from creditbank.signing import FetchRefused, FetchTarget, fetch_refused, fetch_target

SECONDS: Final = 5.0
MAX_BYTES: Final = 256 * 1024
HEAD_BYTES: Final = 64 * 1024  # for the head of the answer and the seams between its chunks
PORT: Final = 443


def look_up(host: str) -> tuple[str, ...]:
    """Every address of a name, as the system resolves it; raise `OSError` when it has none."""
    found = socket.getaddrinfo(host, PORT, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class HttpsResolver:
    """Implements `ports.Resolver`. The arguments are for tests; the product takes the defaults and no settings.

    `rule` says why a URL with these addresses is not fetched, or nothing; `names` resolves; `tls` checks certificates.
    """

    def __init__(
        self,
        *,
        rule: Callable[[str, Sequence[str]], str] = fetch_refused,
        names: Callable[[str], Sequence[str]] = look_up,
        tls: ssl.SSLContext | None = None,
        port: int = PORT,
        seconds: float = SECONDS,
    ) -> None:
        self._rule, self._names, self._port, self._seconds = rule, names, port, seconds
        self._tls = tls

    def fetch(self, url: str, *, max_bytes: int = MAX_BYTES) -> bytes:
        """The bytes served at `url`, at most `max_bytes`, within five seconds in all.

        Raises `FetchRefused`, `UnreachableHost`, `FetchTooSlow`, `FetchTooLarge`, `FetchRedirected`, `FetchEncoded` and
        `FetchFailed`.
        """
        target = fetch_target(url)
        ends = time.monotonic() + self._seconds
        addresses = self._addresses(target.host, ends)
        if why := self._rule(url, addresses):
            raise FetchRefused(why, next_step=OTHERWISE)
        try:
            with self._connect(target.host, addresses, ends) as wire:
                return _ask(wire, target, url, max_bytes, ends)
        except TimeoutError:
            raise too_slow(target.host, self._seconds) from None

    def _addresses(self, host: str, ends: float) -> tuple[str, ...]:
        """Resolve once, in a thread that is left behind when the deadline passes: the system's call knows none."""
        found: list[tuple[str, ...] | OSError | UnicodeError] = []

        def resolve() -> None:
            try:
                found.append(tuple(self._names(host)))
            except (OSError, UnicodeError) as cause:
                found.append(cause)

        thread = threading.Thread(target=resolve, name="creditbank-look-up", daemon=True)
        thread.start()
        thread.join(max(0.0, ends - time.monotonic()))
        if not found:
            raise too_slow(host, self._seconds)
        if not isinstance(found[0], tuple) or not found[0]:
            raise UnreachableHost(f"{host} has no address.", next_step=LATER)
        return found[0]

    def _connect(self, host: str, addresses: Sequence[str], ends: float) -> ssl.SSLSocket:
        """Connect to the first of the checked addresses that answers; its certificate must be the name's."""
        tls = self._tls or ssl.create_default_context()
        trouble = "nothing answers"
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            plain = socket.socket(family, socket.SOCK_STREAM)
            try:
                plain.settimeout(time_left(ends))
                plain.connect((address, self._port))
                plain.settimeout(time_left(ends))
                return tls.wrap_socket(plain, server_hostname=host)
            except TimeoutError:
                plain.close()
                raise
            except ssl.SSLCertVerificationError as cause:
                plain.close()
                trouble = f"its certificate does not hold ({cause.verify_message.rstrip('.')})"
            except OSError:
                plain.close()
        raise UnreachableHost(f"{host} cannot be reached safely: {trouble}.", next_step=LATER)


class Wire(io.RawIOBase):
    """The bytes of the answer: each read has what is left of the deadline, and all together have a limit."""

    def __init__(self, socket: ssl.SSLSocket, ends: float, limit: int, host: str) -> None:
        self._socket, self._ends, self._left, self._host = socket, ends, limit, host

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left <= 0:
            raise _too_large(self._host)
        self._socket.settimeout(time_left(self._ends))
        with memoryview(buffer) as view:
            count = self._socket.recv_into(view[: self._left])
        self._left -= count
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What `http.client` asks a socket for."""
        return io.BufferedReader(self)


def _ask(wire: ssl.SSLSocket, target: FetchTarget, url: str, max_bytes: int, ends: float) -> bytes:
    lines = [
        f"GET {target.path} HTTP/1.1",
        f"Host: {target.host}",
        "User-Agent: creditbank",
        "Accept: application/did+json, application/did+ld+json, application/vc, application/json, */*;q=0.1",
        "Accept-Encoding: identity",
        "Connection: close",
    ]
    return answered(wire, target, url, ("\r\n".join(lines) + "\r\n\r\n").encode("ascii"), max_bytes, ends)


def answered(
    wire: ssl.SSLSocket, target: FetchTarget, url: str, request: bytes, max_bytes: int, ends: float, method: str = "GET"
) -> bytes:
    """Send a whole request, and read the body of its 200."""
    wire.settimeout(time_left(ends))
    try:
        wire.sendall(request)
        limited = Wire(wire, ends, max_bytes + HEAD_BYTES, target.host)
        answer = http.client.HTTPResponse(limited, method=method)  # type: ignore[arg-type]
        answer.begin()
        _check_head(answer, url, max_bytes)
        body = _body(answer, max_bytes, target.host)
    except TimeoutError:
        raise
    except (http.client.HTTPException, OSError, ValueError):
        raise FetchFailed(f"{target.host} broke off, or its answer is no HTTP.", next_step=LATER) from None
    if answer.length:
        raise FetchFailed(f"{target.host} broke off before the document was whole.", next_step=LATER)
    return body


def _check_head(answer: http.client.HTTPResponse, url: str, max_bytes: int) -> None:
    host = fetch_target(url).host
    if 300 <= answer.status < 400:
        raise FetchRedirected(f"{url[:200]} sends us elsewhere; no redirect is followed.", next_step=OTHERWISE)
    if answer.status != 200:
        raise FetchFailed(f"{host} answered with status {answer.status} instead of the document.", next_step=LATER)
    encodings = [text.strip().lower() for text in (answer.headers.get_all("Content-Encoding") or [])]
    if any(one not in ("", "identity") for one in encodings):
        raise FetchEncoded(f"{host} sends the document compressed, though it was asked not to.", next_step=OTHERWISE)
    if answer.length is not None and answer.length > max_bytes:
        raise _too_large(host)


def _body(answer: http.client.HTTPResponse, max_bytes: int, host: str) -> bytes:
    body = bytearray()
    while piece := answer.read(min(64 * 1024, max_bytes + 1 - len(body))):
        body += piece
        if len(body) > max_bytes:
            raise _too_large(host)
    return bytes(body)


def time_left(ends: float) -> float:
    """The seconds until a deadline; raise `TimeoutError` behind it."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def too_slow(host: str, seconds: float) -> FetchTooSlow:
    """The error for a host that took too long."""
    return FetchTooSlow(f"{host} did not serve the document within {seconds:g} seconds.", next_step=LATER)


def _too_large(host: str) -> FetchTooLarge:
    return FetchTooLarge(f"{host} serves more than a document of this kind may have.", next_step=OTHERWISE)
