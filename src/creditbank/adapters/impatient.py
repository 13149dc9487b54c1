"""Connections over which nothing is asked make room for others: for every server of this program."""

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10.0
"""In which a connection asks something, or makes room for another."""


class Impatient(H11Protocol):
    """HTTP/1.1 over a connection that is closed when no question has come in a while.

    The server's own limit begins with the first answer, and ends with any byte: whoever opens as many connections as
    are taken at once, and says nothing or one byte, would keep everybody else out for ever.
    """

    _until: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first question."""
        super().connection_made(transport)
        self._wait()

    def on_response_complete(self) -> None:
        """Wait for the next question, where it has not come already."""
        answered = self.cycle
        super().on_response_complete()
        if self.cycle is answered:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop()
        self._until = self.loop.call_later(HEAD_SECONDS, self._close_unless_asked, self.cycle)

    def _stop(self) -> None:
        if self._until is not None:
            self._until.cancel()
            self._until = None

    def _close_unless_asked(self, answered: object) -> None:
        if self.cycle is answered:
            self.transport.close()
