"""Asking the bank at a rate, with little of the machine: what it costs to ask is not to look like what the bank costs.

Two ways. *Offered*: requests go out when they are due, whether or not answers come, and what they took counts from that
moment, so that a bank that falls behind shows it. *Pulled*: so many askers each send the next request once they have
the answer to the last; that finds the highest rate, and says nothing of how long somebody waits at another.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

PATIENCE: Final = 60
CONNECTIONS: Final = 64


@dataclass(frozen=True)
class Wanted:
    """One request, as it goes over the wire."""

    address: tuple[str, int]
    data: bytes

    @classmethod
    def post(cls, url: str, path: str, body: Any, *, token: str = "", key: str = "") -> "Wanted":
        """A POST with a JSON body."""
        parts, content = urlsplit(url), json.dumps(body).encode()
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
            *([f"Authorization: Bearer {token}"] if token else []),
            *([f"Idempotency-Key: {key}"] if key else []),
        ]
        assert parts.hostname is not None
        assert parts.port is not None
        return cls((parts.hostname, parts.port), "\r\n".join([*lines, "", ""]).encode() + content)


@dataclass
class Told:
    """What came back: how often each word, and how long each took, in seconds; over how many seconds in all."""

    words: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    lasted: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.lasted if self.lasted else 0.0


class _Lines:
    """Connections that stay open, a few for each process."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int], list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {}
        self._room: dict[tuple[str, int], asyncio.Semaphore] = {}

    async def ask(self, wanted: Wanted) -> tuple[int, bytes]:
        """Status and body; status 0 where no answer came."""
        async with self._room.setdefault(wanted.address, asyncio.Semaphore(CONNECTIONS)):
            idle = self._idle.setdefault(wanted.address, [])
            try:
                reader, writer = idle.pop() if idle else await asyncio.open_connection(*wanted.address)
                writer.write(wanted.data)
                async with asyncio.timeout(PATIENCE):
                    head = await reader.readuntil(b"\r\n\r\n")
                    body = await reader.readexactly(_length(head))
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                return 0, b""
            idle.append((reader, writer))
            return int(head[9:12]), body

    def close(self) -> None:
        """Hang up."""
        for idle in self._idle.values():
            for _, writer in idle:
                writer.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def offered(ask: Callable[[int], Wanted], *, rate: int, seconds: int, good: int) -> Told:
    """Send `rate` requests a second for so long, each when it is due."""

    async def run() -> Told:
        lines, told, began = _Lines(), Told(), time.monotonic()

        async def one(number: int) -> None:
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            status, body = await lines.ask(ask(number))
            told.seconds.append(time.monotonic() - due)
            told.words[_word(status, body, good)] += 1

        running: set[asyncio.Task[None]] = set()
        for number in range(rate * seconds):
            if number % rate == 0:  # a second's worth at a time
                await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            task = asyncio.create_task(one(number))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)
        lines.close()
        told.lasted = time.monotonic() - began
        return told

    return asyncio.run(run())


def pulled(ask: Callable[[int], Wanted], *, askers: int, seconds: int, good: int) -> Told:
    """Let so many ask one after the other for so long."""

    async def run() -> Told:
        lines, told, began = _Lines(), Told(), time.monotonic()
        numbers: Iterator[int] = iter(range(10**9))

        async def one() -> None:
            while time.monotonic() < began + seconds:
                wanted, since = ask(next(numbers)), time.monotonic()
                status, body = await lines.ask(wanted)
                told.seconds.append(time.monotonic() - since)
                told.words[_word(status, body, good)] += 1

        await asyncio.gather(*(one() for _ in range(askers)))
        lines.close()
        told.lasted = time.monotonic() - began
        return told

    return asyncio.run(run())


def _word(status: int, body: bytes, good: int) -> str:
    if status == good:
        return "answered"
    try:
        slug = str(json.loads(body).get("type", "")).rpartition("/")[2]
    except ValueError:
        slug = ""
    return f"told {status} {slug}".rstrip()
