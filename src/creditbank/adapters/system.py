"""The machine's clock, its randomness, and waiting: the only place that reads them."""

import gc
import os
import secrets
import signal
import socket
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from creditbank.errors import Unavailable

GIVES_WAY: Final = 0.001
"""Seconds after which a thread of a server that computes lets another one go on."""


class PortTaken(Unavailable):
    """Another program listens on this port."""

    slug = "port-taken"


class SystemClock:
    """Implements `ports.Clock` with the machine's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock that everybody else is given


class SystemEntropy:
    """Implements `ports.Entropy` with the operating system's generator."""

    def bytes(self, count: int) -> bytes:
        """So many random bytes."""
        return secrets.token_bytes(count)

    def urn(self) -> str:
        """A fresh random UUIDv4 as `urn:uuid:…`."""
        return uuid.uuid4().urn

    def below(self, bound: int) -> int:
        """A uniformly random integer from 0 up to, not including, `bound`."""
        return secrets.randbelow(bound)


def machine_id() -> str:
    """A name of this machine that no other machine shares and that tells nobody which it is."""
    for file in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with suppress(OSError):
            if text := Path(file).read_text(encoding="ascii").strip():
                return sha256(f"creditbank/machine/v1 {text}".encode()).hexdigest()[:32]
    return sha256(f"creditbank/machine/v1 {socket.gethostname()} {uuid.getnode()}".encode()).hexdigest()[:32]


@contextmanager
def starting() -> Iterator[None]:
    """What a server makes when it starts stays as long as it lives: the collector of garbage is not to look at it.

    Neither while it is made, which takes a fifth of the time to start, nor in every sweep after that, for which
    requests would wait. And a thread that computes for long, as one that seals a batch, gives way soon: a request comes
    back from each question to the database into the queue for the interpreter, and by default would wait there for
    5 ms each time.
    """
    sys.setswitchinterval(GIVES_WAY)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def pause(seconds: float) -> None:
    """Wait; what polls a chain does so between two looks."""
    time.sleep(seconds)


def kill_this_process() -> None:
    """End this process at once, as a power cut would: nothing is flushed, closed or told."""
    os.kill(os.getpid(), signal.SIGKILL)


def listening_at(host: str, port: int) -> socket.socket:
    """A socket that listens on this port, where 0 takes any free one; raises `PortTaken`.

    Its protocol is named: asyncio sends small answers at once (TCP_NODELAY) on such sockets alone, and an answer whose
    head and body are two packets takes 40 ms on any other.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()  # whoever reads the address and asks at once waits, and is not refused
    except OSError as cause:
        listening.close()
        raise PortTaken(
            f"Port {port} of {host} cannot be used: {cause.strerror}.",
            next_step="Stop the other program, or choose another port (`--port`, or the setting).",
        ) from None
    return listening


def address_of(listening: socket.socket) -> str:
    """Where a socket is reached over HTTP."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
