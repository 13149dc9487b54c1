"""Asking an OpenID Connect issuer, by the same rules as a fetch (threat 14): GET with headers, and a form by POST."""

import http.client
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

from creditbank.adapters.resolver.errors import LATER, OTHERWISE, FetchFailed
from creditbank.adapters.resolver.https import SECONDS, HttpsResolver, answered, too_slow
from creditbank.signing import FetchRefused, fetch_target

LOOPBACK: Final = ("127.0.0.1", "localhost")


class HttpsExchange(HttpsResolver):
    """Implements the `Web` of the OpenID Connect adapter: https, public addresses, no redirects, five seconds."""

    def allows(self, url: str) -> bool:
        """Whether the address is one that may be asked at all."""
        try:
            fetch_target(url)
        except FetchRefused:
            return False
        return True

    def get(self, url: str, *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        """The body of a 200; raises what `fetch` does."""
        return self._call("GET", url, headers, b"", max_bytes)

    def post_form(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        """The body of a 200; raises what `fetch` does."""
        return self._call("POST", url, {**headers, **_FORM}, urlencode(form).encode(), max_bytes)

    def _call(self, method: str, url: str, headers: Mapping[str, str], body: bytes, max_bytes: int) -> bytes:
        target = fetch_target(url)
        ends = time.monotonic() + self._seconds
        addresses = self._addresses(target.host, ends)
        if why := self._rule(url, addresses):
            raise FetchRefused(why, next_step=OTHERWISE)
        lines = [f"{method} {target.path} HTTP/1.1", f"Host: {target.host}"]
        lines += [f"{name}: {value}" for name, value in _asked(headers, body).items()]
        request = ("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + body
        try:
            with self._connect(target.host, addresses, ends) as wire:
                return answered(wire, target, url, request, max_bytes, ends, method)
        except TimeoutError:
            raise too_slow(target.host, self._seconds) from None


class LoopbackExchange(HttpsExchange):
    """The same, and besides issuers on this machine without TLS: for tests; the settings refuse it in production."""

    def allows(self, url: str) -> bool:
        """Whether the address is one that may be asked at all."""
        return _is_loopback(url) or super().allows(url)

    def _call(self, method: str, url: str, headers: Mapping[str, str], body: bytes, max_bytes: int) -> bytes:
        if not _is_loopback(url):
            return super()._call(method, url, headers, body, max_bytes)
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path, body or None, dict(_asked(headers, body)))
            answer = connection.getresponse()
            if answer.status != 200:
                raise FetchFailed(f"{parts.netloc} answered with status {answer.status}.", next_step=LATER)
            return answer.read(max_bytes)
        except (OSError, http.client.HTTPException):
            raise FetchFailed(f"Nothing answers at {parts.netloc}.", next_step=LATER) from None
        finally:
            connection.close()


_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def _asked(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    size = {"Content-Length": str(len(body))} if body else {}
    always = {"User-Agent": "creditbank", "Accept-Encoding": "identity", "Connection": "close"}
    return {**headers, **always, **size}


def _is_loopback(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in LOOPBACK and parts.username is None
