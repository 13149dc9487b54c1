"""Hostile requests at a real server process: refused at once, and its memory does not grow with them (threats 1 to 4).

Time is the processor time that the server takes, so that a busy machine fails nothing; memory is its high-water mark.
"""

import base64
import gzip
import io
import os
import select
import socket
import struct
import time
import zipfile
import zlib
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

    def rested(self) -> int:
        """What the process holds now; its peak counts from here, so that no earlier request hides a later one."""
        Path(f"/proc/{self.server.process.pid}/clear_refs").write_text("5")
        return self.peak

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
    before = watched.rested()
    for name, body in HOSTILE.items():
        began = watched.cpu
        status = watched.post(path, body)
        assert 400 <= status < 500, (name, status)
        assert watched.cpu - began < 1.0, name
    assert watched.peak - before < 64 * MIB


def _zipped(name: str, data: bytes, *, times: int = 1) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(times):
            archive.writestr(f"{number}{name}", data)
    return made.getvalue()


def _image(side: int) -> bytes:
    """A PNG of so many white dots a side, most of which are not there."""
    parts = [b"\x89PNG\r\n\x1a\n"]
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(20_000_000), 9)), (b"IEND", b"")):
        parts.append(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
    return b"".join(parts)


def _paper() -> bytes:
    """A PDF whose one stream unfolds to a hundred mebibytes."""
    packed = zlib.compress(zlib.compress(bytes(100 * MIB), 9), 9)
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        b"3 0 obj<</Filter[/FlateDecode/FlateDecode]/Length "
        + str(len(packed)).encode()
        + b">>stream\n"
        + packed
        + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )


FILES = {
    "a zip bomb": lambda: _zipped("a.json", b"[" + b"0," * (32 * MIB) + b"0]"),
    "a zip of very many files": lambda: _zipped("a.json", b"{}", times=10_000),
    "a zip inside a zip": lambda: _zipped("a.zip", _zipped("a.json", bytes(16 * MIB))),
    "an image beyond all": lambda: _image(60_000),
    "a paper that unfolds": _paper,
    "a gzip bomb": lambda: gzip.compress(bytes(64 * MIB), compresslevel=9),
    "twenty mebibytes of text": lambda: b'{"a":"' + b"x" * (20 * MIB) + b'"}',
    **{name: (lambda body=body: body) for name, body in HOSTILE.items() if name != "nothing"},
}


WIDE = b'{"document":"creditbank/receipt/v1","a":[' + b"[]," * 340_000 + b"[]]}"
TOGETHER = {
    "twenty receipts of empty lists": lambda: [("a.json", WIDE)] * 15,
    "the same in an archive": lambda: [("a.zip", _zipped("a.json", WIDE, times=20))],
    "a token of empty lists": lambda: [("a", _token(WIDE))] * 10,
    "a long proof with one character beyond the plane": lambda: [
        ("a", b'{"document":"creditbank/refutation/v1","a":"\xf0\x9f\x92\xa5' + b"x" * (4 * MIB - 100) + b'"}')
    ],
    "an archive of what is not packed": lambda: [("a.zip", _stored(bytes(15 * MIB)))],
    "YAML of many values": lambda: [("a.yaml", b"document: [" + b"a," * 45_000 + b"a]")] * 150,
    "a form of very many files": lambda: [("a.json", b"{}")] * 201,
}


def _token(said: bytes) -> bytes:
    parts = (b'{"alg":"EdDSA"}', said, bytes(64))
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)


def _stored(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.bin", data)
    return made.getvalue()


@pytest.mark.parametrize("path", ["/v1/verifications/files", "/verify"])
def test_files_are_weighed_together_before_they_are_decoded(watched: Watched, path: str) -> None:
    """Threats 1 to 4: each of them might pass alone."""
    address, before = f"{watched.server.address}{path}", watched.rested()
    for name, made in TOGETHER.items():
        files, before, began = made(), watched.rested(), watched.cpu
        status = requests.post(address, files=[("files", one) for one in files], timeout=60).status_code
        assert 200 <= status < 500, (name, status)
        assert watched.cpu - began < 1.5, name
        assert watched.peak - before < 64 * MIB, name
    fields = {"text": "x" * (2 * MIB)}
    assert 400 <= requests.post(address, data=fields, timeout=60).status_code < 500
    assert 400 <= requests.post(address, data=b"a&" * (512 * 1024), timeout=60).status_code < 500
    assert watched.peak - before < 64 * MIB


def test_hostile_files_are_refused_within_a_second_and_in_little_memory(watched: Watched) -> None:
    """Threats 1 to 4, as files of a form: the server has them on its disk, and opens as much of each as it may."""
    address, before = f"{watched.server.address}/v1/verifications/files", watched.rested()
    requests.post(address, files={"files": ("a.json", b"{}")}, timeout=60)
    for name, made in FILES.items():
        file, before, began = made(), watched.rested(), watched.cpu
        status = requests.post(address, files={"files": ("a", file)}, timeout=60).status_code
        assert 400 <= status < 500, (name, status)
        assert watched.cpu - began < 1.0, name
        assert watched.peak - before < 64 * MIB, name


TABLES = {
    "text/csv": [b"learner\n" + b"x" * (8 * MIB), b'learner\n"' + b"x\n" * MIB, b"\xff\xfe" * 100],
    "application/x-ndjson": [HOSTILE[name] for name in ("depth of a million", "not a number", "a number beyond all")],
    "application/json": [b"[" * 1_000_000, b'[{"learner": 1e400}]', b'[{"learner": "\\ud800"}]'],
}


def test_hostile_tables_are_taken_in_as_bytes_and_refused_when_they_are_read(watched: Watched) -> None:
    """Threats 1 to 3: of a table that is announced too large, or packed, not a byte is read."""
    address, before = f"{watched.server.address}/v1/bulk", watched.rested()
    number = 0
    for kind, tables in TABLES.items():
        for table in tables:
            number, began = number + 1, watched.cpu
            sent = watched.headers(Content_Type=kind, Idempotency_Key=f"hostile-table-{number}")
            answer = requests.post(address, data=table, headers=sent, timeout=60)
            assert answer.status_code == 202 or 400 <= answer.status_code < 500, (kind, table[:9], answer.status_code)
            assert watched.cpu - began < 1.0, (kind, table[:9])
    sent = watched.headers(Content_Type="text/csv", Content_Encoding="gzip", Idempotency_Key="hostile-packed")
    assert requests.post(address, data=gzip.compress(b"learner"), headers=sent, timeout=60).status_code == 415
    sent = watched.headers(Content_Type="text/csv", Content_Length=str(200 * MIB), Idempotency_Key="hostile-size")
    assert requests.post(address, data=b"", headers=sent, timeout=60).status_code == 413
    assert watched.peak - before < 64 * MIB


def test_a_gzip_bomb_is_not_even_opened(watched: Watched) -> None:
    """Threat 4."""
    bomb = gzip.compress(b"[" + b"0," * (64 * MIB) + b"0]", compresslevel=9)
    before, began = watched.rested(), watched.cpu
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip", "identity, gzip"):
        assert watched.post("/v1/verifications", bomb[:MIB], Content_Encoding=encoding) == 415
    assert watched.cpu - began < 1.0
    assert watched.peak - before < 64 * MIB


def test_two_hundred_megabytes_are_cut_off_while_they_arrive(watched: Watched) -> None:
    """Threat 3: in chunks, so that no length announces them; the server stops reading after about one."""
    before, began, sent = watched.rested(), watched.cpu, 0
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
