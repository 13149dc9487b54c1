"""Hostile requests at a real server process: refused at once, and its memory does not grow with them (threats 1 to 4).

Time is the processor time that the server takes, so that a busy machine fails nothing; memory is its high-water mark.
"""

import gzip
import os
import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from doors import House
from serving import Served, served

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
TICKS = os.sysconf("SC_CLK_TCK")
PATHS = ("/v1/verifications", "/v1/credentials", "/ims/ob/v3p0/credentials")


@dataclass
class Watched:
    """A server process, with a token for its resources."""

    server: Served
    token: str

    @property
    def cpu(self) -> float:
        """The seconds that the process has computed so far."""
        fields = Path(f"/proc/{self.server.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def peak(self) -> int:
        """The most memory that the process ever held, in bytes."""
        status = Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def headers(self, **more: str) -> dict[str, str]:
        sent = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": "hostile-request"}
        return {**sent, "Content-Type": "application/json", **{name.replace("_", "-"): v for name, v in more.items()}}

    def post(self, path: str, body: bytes, **headers: str) -> int:
        answer = requests.post(f"{self.server.address}{path}", data=body, headers=self.headers(**headers), timeout=60)
        return answer.status_code


@pytest.fixture(scope="module")
def watched(house: House) -> Iterator[Watched]:
    if not Path("/proc/self/status").exists():
        pytest.skip("the memory of another process is read from /proc, which this system has not")
    with served(house.bank.settings.home, os.environ) as server:
        ready = Watched(server, house.tokens["deccan"])
        for path in PATHS:  # everything is imported and warm
            ready.post(path, b"{}")
            ready.post(path, b'{"files": [{"name": "x", "content": "' + b"y" * 900_000 + b'"}]}')
        yield ready


HOSTILE = {
    "depth of a million": b"[" * 1_000_000,
    "depth of half a million objects": b'{"a":' * 200_000,
    "a million numbers": b"[" + b"1," * 520_000 + b"1]",
    "a number beyond all": b'{"files": 1e400}',
    "not a number": b'{"files": NaN}',
    "an endless number": b'{"files": -Infinity}',
    "five thousand digits": b'{"files": ' + b"9" * 5_000 + b"}",
    "a million digits": b'{"files": ' + b"9" * 1_000_000 + b"}",
    "an integer beyond I-JSON": b'{"files": 9007199254740993}',
    "a lone surrogate": b'{"files": "\\ud800"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"files": []}'.encode("utf-16"),
    "a key twice": b'{"files": [], "files": []}',
    "broken UTF-8": b'{"files": "\xff\xfe"}',
    "two mebibytes": b'{"files": "' + b"x" * (2 * MIB) + b'"}',
    "ten thousand files": b'{"files": [' + b'{"name":"a","content":"b"},' * 20_000 + b'{"name":"a","content":"b"}]}',
    "nothing": b"",
}


@pytest.mark.parametrize("path", PATHS)
def test_what_is_hostile_is_refused_within_a_second_and_in_little_memory(watched: Watched, path: str) -> None:
    """Threats 1, 2 and 3."""
    before = watched.peak
    for name, body in HOSTILE.items():
        began = watched.cpu
        status = watched.post(path, body)
        assert 400 <= status < 500, (name, status)
        assert watched.cpu - began < 1.0, name
    assert watched.peak - before < 64 * MIB


def test_a_gzip_bomb_is_not_even_opened(watched: Watched) -> None:
    """Threat 4."""
    bomb = gzip.compress(b"[" + b"0," * (64 * MIB) + b"0]", compresslevel=9)
    before, began = watched.peak, watched.cpu
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip", "identity, gzip"):
        assert watched.post("/v1/verifications", bomb[:MIB], Content_Encoding=encoding) == 415
    assert watched.cpu - began < 1.0
    assert watched.peak - before < 64 * MIB


def test_two_hundred_megabytes_are_cut_off_while_they_arrive(watched: Watched) -> None:
    """Threat 3: in chunks, so that no length announces them; the server stops reading after about one."""
    before, began, sent = watched.peak, watched.cpu, 0
    place = urlsplit(watched.server.address)
    assert place.hostname is not None
    with socket.create_connection((place.hostname, place.port or 80), timeout=30) as wire:
        head = "\r\n".join(
            [
                "POST /v1/verifications HTTP/1.1",
                f"Host: {place.netloc}",
                "Content-Type: application/json",
                "Transfer-Encoding: chunked",
                "",
                "",
            ]
        )
        wire.sendall(head.encode())
        piece = b" " * (64 * 1024)
        chunk = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
        answer, ends = b"", time.monotonic() + 30
        while sent < 200 * MIB and time.monotonic() < ends and not answer:
            readable, writable, _ = select.select([wire], [wire], [], 1)
            try:
                if readable:
                    answer = wire.recv(4096)
                    break
                if writable:
                    wire.sendall(chunk)
                    sent += len(piece)
            except (BrokenPipeError, ConnectionResetError):
                break
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413")
    assert answer or sent < 200 * MIB
    assert sent < 32 * MIB
    assert watched.cpu - began < 1.0
    assert watched.peak - before < 64 * MIB


def test_an_announced_size_is_refused_unread(watched: Watched) -> None:
    """Threat 3."""
    assert watched.post("/v1/verifications", b"{}" + b" " * (2 * MIB)) == 413
    answer = requests.get(f"{watched.server.address}/healthz", timeout=30)
    assert answer.status_code == 200
