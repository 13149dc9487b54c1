"""An HTTP answer is there within so long, all of it, or it is none.

The time-outs of sockets are between two bytes. Whoever sends one byte now and one then, in the headers or in the body,
keeps its reader for days by them; here the whole answer has one end, and each wait is cut at it.
"""

import io
import socket
import time
from collections.abc import Callable
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class _Until(io.RawIOBase):
    """The bytes of a connection, up to a moment of `time.monotonic`; then `TimeoutError`."""

    def __init__(self, connection: socket.socket, source: io.RawIOBase, until: float) -> None:
        self._connection, self._source, self._until = connection, source, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer does not end")
        between = self._connection.gettimeout()
        self._connection.settimeout(left if between is None else min(between, left))
        try:
            return self._source.readinto(buffer)
        finally:
            self._connection.settimeout(between)

    def close(self) -> None:
        self._source.close()
        super().close()


def _answers(seconds: Callable[[], float]) -> type[HTTPResponse]:
    class Answer(HTTPResponse):
        """An answer that is read until its end, and no longer than so long."""

        def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
            super().__init__(sock, *arguments, **named)
            source: Any = self.fp
            self.fp = io.BufferedReader(_Until(sock, source.detach(), time.monotonic() + seconds()))

    return Answer


class Deadlines(HTTPAdapter):
    """Sends requests whose answers are there within `seconds`, from their first byte asked for to their last."""

    def __init__(self, seconds: Callable[[], float], *, connections: int = 10) -> None:
        self._seconds = seconds
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """Make pools of connections whose answers end."""
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = _pools(_answers(self._seconds))

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        """The same through a proxy."""
        manager: Any = super().proxy_manager_for(proxy, **named)
        manager.pool_classes_by_scheme = _pools(_answers(self._seconds))
        return manager


def _pools(answers: type[HTTPResponse]) -> dict[str, type[HTTPConnectionPool]]:
    plain = type("Plain", (HTTPConnection,), {"response_class": answers})
    secure = type("Secure", (HTTPSConnection,), {"response_class": answers})
    return {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
