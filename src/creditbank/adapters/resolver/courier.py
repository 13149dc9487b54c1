"""One POST over https to one checked address, by the same rules as a fetch (threat 14)."""

import http.client
import ssl
import time
from collections.abc import Mapping
from typing import Final

from creditbank.adapters.resolver.errors import LATER, OTHERWISE, FetchFailed
from creditbank.adapters.resolver.https import HEAD_BYTES, HttpsResolver, Wire, time_left, too_slow
from creditbank.signing import FetchRefused, FetchTarget, fetch_target

MOST_SAID: Final = 16 * 1024
"""So much of an answer is taken off the wire at most; none of it is read."""


class HttpsCourier(HttpsResolver):
    """Implements `webhooks.Courier`: resolves the name once, and calls one of the addresses that were all checked."""

    def deliver(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status with which the server answers within five seconds in all; no redirect is followed.

        Raises `FetchRefused`, `UnreachableHost`, `FetchTooSlow` and `FetchFailed`.
        """
        target = fetch_target(url)
        ends = time.monotonic() + self._seconds
        addresses = self._addresses(target.host, ends)
        if why := self._rule(url, addresses):
            raise FetchRefused(why, next_step=OTHERWISE)
        try:
            with self._connect(target.host, addresses, ends) as wire:
                return _post(wire, target, headers, body, ends)
        except TimeoutError:
            raise too_slow(target.host, self._seconds) from None


def _post(wire: ssl.SSLSocket, target: FetchTarget, headers: Mapping[str, str], body: bytes, ends: float) -> int:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.host}",
        "User-Agent: creditbank",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    wire.settimeout(time_left(ends))
    try:
        wire.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + body)
        limited = Wire(wire, ends, MOST_SAID + HEAD_BYTES, target.host)
        answer = http.client.HTTPResponse(limited, method="POST")  # type: ignore[arg-type]
        answer.begin()
    except TimeoutError:
        raise
    except (http.client.HTTPException, OSError, ValueError):
        raise FetchFailed(f"{target.host} broke off, or its answer is no HTTP.", next_step=LATER) from None
    return answer.status
