"""A JSON-RPC node that misbehaves on request: it stands before a real one, forwards, and spoils what is named.

It drops the answer after the node has done the work, loses the question, delays, lies, and answers with what proxies
and overloaded nodes answer with: HTML, 429, another id, half a JSON document, nothing.
"""

import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import requests

TOO_MANY: Final = 429
Question = dict[str, Any]
Forward = Callable[[Question], dict[str, Any]]


class NoAnswer(Exception):
    """The connection is closed without a word."""


@dataclass(frozen=True)
class Reply:
    """What goes back over the wire."""

    body: bytes
    status: int = 200
    kind: str = "application/json"
    after: bytes = b""  # comes behind the answer, where the next one is looked for
    pace: float = 0.0  # seconds between two bytes of the body


Fault = Callable[[Question, Forward], Reply]


def drop(question: Question, forward: Forward) -> Reply:
    """The node does the work, and nobody hears of it."""
    forward(question)
    raise NoAnswer


def lose(question: Question, forward: Forward) -> Reply:
    """The question never arrives."""
    raise NoAnswer


def html(question: Question, forward: Forward) -> Reply:
    """A proxy's page, with a status that says all is well."""
    return Reply(b"<html><body>Bad gateway</body></html>", 200, "text/html")


def too_many(question: Question, forward: Forward) -> Reply:
    """The provider's limit."""
    return Reply(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"limit exceeded"}}', 429)


def bad_gateway(question: Question, forward: Forward) -> Reply:
    """The node does the work, and the proxy before it shows a page."""
    forward(question)
    return Reply(b"<html><body>502 Bad Gateway</body></html>", 502, "text/html")


def nested(question: Question, forward: Forward) -> Reply:
    """Deeper than any parser goes."""
    return Reply(b"[" * 200_000)


def twice(question: Question, forward: Forward) -> Reply:
    """The answer, and behind it another one that nobody asked for."""
    more = json.dumps({"jsonrpc": "2.0", "id": question["id"] + 1, "result": "0x1"}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(more)
    return Reply(json.dumps(forward(question)).encode(), after=head + more)


def refusing(message: str, *, code: int = -32000, done: bool = False) -> Fault:
    """An error object; with `done` the node does the work all the same."""

    def fault(question: Question, forward: Forward) -> Reply:
        if done:
            forward(question)
        error = {"code": code, "message": message}
        return Reply(json.dumps({"jsonrpc": "2.0", "id": question["id"], "error": error}).encode())

    return fault


def dripping(pace: float) -> Fault:
    """One byte now and one then, so that no wait between two bytes is long."""

    def fault(question: Question, forward: Forward) -> Reply:
        return Reply(json.dumps(forward(question)).encode(), pace=pace)

    return fault


def padded(size: int) -> Fault:
    """A body that goes on and on behind the answer."""

    def fault(question: Question, forward: Forward) -> Reply:
        return Reply(json.dumps(forward(question)).encode() + b" " * size)

    return fault


def broken(question: Question, forward: Forward) -> Reply:
    """The node does the work, and the proxy gives up waiting."""
    forward(question)
    return Reply(b"upstream timed out", 504, "text/plain")


def other_id(question: Question, forward: Forward) -> Reply:
    """The answer to somebody else's question."""
    return Reply(json.dumps({**forward(question), "id": 999_999}).encode())


def truncated(question: Question, forward: Forward) -> Reply:
    """The first half of the answer."""
    whole = json.dumps(forward(question)).encode()
    return Reply(whole[: len(whole) // 2])


def nothing(question: Question, forward: Forward) -> Reply:
    """A null where there is something."""
    return Reply(json.dumps({"jsonrpc": "2.0", "id": question["id"], "result": None}).encode())


def late(seconds: float) -> Fault:
    """The answer comes when nobody waits for it any more."""

    def fault(question: Question, forward: Forward) -> Reply:
        answer = forward(question)
        time.sleep(seconds)
        return Reply(json.dumps(answer).encode())

    return fault


def lie(change: Callable[[Any], Any]) -> Fault:
    """The result, as `change` would have it."""

    def fault(question: Question, forward: Forward) -> Reply:
        answer = forward(question)
        if "result" in answer:
            answer = {**answer, "result": change(answer["result"])}
        return Reply(json.dumps(answer).encode())

    return fault


FAULTS: Final[dict[str, Fault]] = {
    "drop": drop,
    "lose": lose,
    "html": html,
    "429": too_many,
    "502": bad_gateway,
    "504": broken,
    "nested": nested,
    "twice": twice,
    "other id": other_id,
    "truncated": truncated,
    "null": nothing,
}


@dataclass
class FaultyNode:
    """The node at `upstream`, seen through faults. A rule holds for so many questions of its method."""

    upstream: str
    rules: list[tuple[str, Fault, int]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    forwarded: list[Question] = field(default_factory=list)
    chance: random.Random | None = None
    share: float = 0.0
    url: str = ""

    def on(self, method: str, fault: Fault, times: int = 1) -> None:
        """Spoil the next `times` answers to `method`."""
        self.rules.append((method, fault, times))

    def honest(self) -> None:
        """From now on nothing is spoilt."""
        self.rules.clear()
        self.share = 0.0

    def at_random(self, seed: int, share: float) -> None:
        """Spoil this share of all answers, each in a way drawn from the seed."""
        self.chance, self.share = random.Random(seed), share

    def reply(self, asked: Question | list[Question]) -> Reply:
        """What goes back for one question, or for a batch: what is no answer to one of them is none to all."""
        if isinstance(asked, dict):
            return self._reply(asked)
        told, behind = [], b""
        for reply in map(self._reply, asked):
            if reply.status != 200 or reply.after or reply.pace or not reply.body.startswith(b"{"):
                return reply
            try:
                told.append(json.loads(reply.body))
            except ValueError:
                return reply
            behind += reply.body[len(reply.body.rstrip()) :]
        return Reply(json.dumps(told).encode() + behind)

    def _reply(self, question: Question) -> Reply:
        self.asked.append(question["method"])
        fault = self._fault(question["method"])
        return fault(question, self._forward) if fault else Reply(json.dumps(self._forward(question)).encode())

    def _fault(self, method: str) -> Fault | None:
        for place, (named, fault, times) in enumerate(self.rules):
            if named == method:
                self.rules[place : place + 1] = [(named, fault, times - 1)] if times > 1 else []
                return fault
        if self.chance is not None and self.chance.random() < self.share:
            return FAULTS[self.chance.choice(sorted(FAULTS))]
        return None

    def _forward(self, question: Question) -> dict[str, Any]:
        self.forwarded.append(question)
        answer: dict[str, Any] = requests.post(self.upstream, json=question, timeout=20).json()
        return answer


@contextmanager
def faulty(upstream: str) -> Iterator[FaultyNode]:
    """A node on loopback that stands before another one; it ends with the block."""
    node = FaultyNode(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                reply = node.reply(question)
            except NoAnswer:
                self.close_connection = True
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
            if reply.status == TOO_MANY:
                self.send_header("Retry-After", "3600")
            self.end_headers()
            if reply.pace:
                for place in range(len(reply.body)):
                    self.wfile.write(reply.body[place : place + 1])
                    time.sleep(reply.pace)
            else:
                self.wfile.write(reply.body + reply.after)

        def log_message(self, *_: object) -> None:
            """Quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return  # who asked has gone

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    node.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield node
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


ENDLESS: Final = {
    "headers": (b"HTTP/1.1 200 OK\r\nX-Wait: ", b"a"),
    "a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b" "),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}
"""What begins as an answer, and goes on a little at a time for ever."""


@contextmanager
def never_ending(head: bytes, more: bytes, pace: float = 0.01) -> Iterator[str]:
    """A server on loopback whose answers have no end; gives its address."""
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(2**16)
            connection.sendall(head)
            while not over.wait(pace):
                connection.sendall(more)

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
