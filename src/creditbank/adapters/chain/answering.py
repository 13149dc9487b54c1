"""JSON-RPC 2.0 over HTTP on this machine alone: requests and batches in, one answer each, and a typed error for junk.

Who asks is another process of this machine. A page in somebody's browser runs on this machine too, so what a browser
would send for a stranger is refused: another Host (a name that a stranger pointed at 127.0.0.1), any Origin, and a body
that is not declared as JSON, which a page may send without being allowed to.
"""

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from math import isfinite
from typing import Any, Final, Protocol

import uvicorn

from creditbank.adapters.chain.params import INVALID_PARAMS, Fault
from creditbank.adapters.impatient import Impatient
from creditbank.adapters.system import address_of, listening_at
from creditbank.canonical import Json, JsonObject, UnreadableJson, check_depth
from creditbank.errors import BadInput

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
NO_SUCH_METHOD: Final = -32601
INTERNAL: Final = -32603
TOO_MUCH: Final = -32005
MOST_BYTES: Final = 2**20  # of a request; a contract's creation is some tens of thousands
MOST_REQUESTS: Final = 100  # in a batch
MOST_ANSWERED: Final = 2**25  # bytes of answers to a batch
BATCH_SECONDS: Final = (
    10  # after which no other request of a batch is begun: nobody waits for a minute, nor a server's end
)
BODY_SECONDS: Final = 10
AT_ONCE: Final = 64
STARTED_SECONDS: Final = 10
BURY_SECONDS: Final = 1.0
HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})

log = logging.getLogger(__name__)
Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class NotLoopback(BadInput):
    """The chain is shown to this machine alone, and the address is reached from others."""

    slug = "not-loopback"


class Answers(Protocol):
    """What questions are put to."""

    def answer(self, method: str, params: list[Any]) -> Any:
        """The result; raises `Fault`, and `KeyError` for a method that there is none of."""
        ...


def answered(content: bytes, chain: Answers) -> bytes:
    """The answer to one body; empty where nothing asks for one (JSON-RPC 2.0, section 4.1)."""
    try:
        text = content.decode()
        check_depth(text)
        asked = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (UnreadableJson, ValueError, RecursionError):
        return _written(_wrong(None, Fault(PARSE_ERROR, "parse error")))
    if not isinstance(asked, list):
        one = _one(asked, chain)
        return b"" if one is None else _written(one)
    if not 0 < len(asked) <= MOST_REQUESTS:
        return _written(_wrong(None, Fault(INVALID_REQUEST, f"a batch holds from 1 to {MOST_REQUESTS} requests")))
    return _batch(asked, chain)


def _batch(asked: list[Any], chain: Answers) -> bytes:
    pieces: list[bytes] = []
    size, until = 0, time.monotonic() + BATCH_SECONDS
    for one in asked:
        over = size > MOST_ANSWERED or time.monotonic() > until
        told = _too_long(one) if over else _one(one, chain)
        if told is not None:
            pieces.append(_written(told))
            size += len(pieces[-1])
    return b"[" + b",".join(pieces) + b"]" if pieces else b""


def _one(asked: Any, chain: Answers) -> JsonObject | None:
    if not _is_request(asked):
        return _wrong(_id(asked), Fault(INVALID_REQUEST, "invalid request"))
    try:
        params = asked.get("params", [])
        if not isinstance(params, list):
            raise Fault(INVALID_PARAMS, "parameters are a list here")
        told: JsonObject = {"jsonrpc": "2.0", "id": _id(asked), "result": chain.answer(asked["method"], params)}
    except KeyError:
        told = _wrong(_id(asked), Fault(NO_SUCH_METHOD, "the method does not exist or is not available"))
    except Fault as fault:
        told = _wrong(_id(asked), fault)
    except Exception:
        log.exception("an answer failed")
        told = _wrong(_id(asked), Fault(INTERNAL, "internal error"))
    return told if "id" in asked else None


def _is_request(asked: Any) -> bool:
    if not isinstance(asked, dict) or asked.get("jsonrpc") != "2.0" or not isinstance(asked.get("method"), str):
        return False
    return "id" not in asked or _id(asked) == asked["id"]


def _id(asked: Any) -> Json:
    given = asked.get("id") if isinstance(asked, dict) else None
    return given if isinstance(given, str | int | float) and not isinstance(given, bool) else None


def _too_long(asked: Any) -> JsonObject | None:
    fault = Fault(TOO_MUCH, "the answers to this batch are too large, or take too long")
    return None if isinstance(asked, dict) and "id" not in asked else _wrong(_id(asked), fault)


def _wrong(id: Json, fault: Fault) -> JsonObject:
    return {"jsonrpc": "2.0", "id": id, "error": fault.to_json()}


def _written(told: JsonObject) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _finite(text: str) -> float:
    """A number that can be said again: of a larger one nothing but `Infinity` would be left, which is no JSON."""
    number = float(text)
    return number if isfinite(number) else _no_number(text)


class Doorway:
    """The same as an ASGI application. Whoever may not ask gets a status and one sentence."""

    def __init__(self, chain: Answers) -> None:
        self._chain = chain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        assert scope["type"] == "http", "the server is started with HTTP alone"
        if (refused := _refused(scope)) is not None:
            await _respond(send, *refused)
            return
        try:
            async with asyncio.timeout(BODY_SECONDS):
                content = await _body(receive)
        except TimeoutError:
            await _respond(send, 408, b"The request did not end.\n")
            return
        if content is None:
            await _respond(send, 413, f"A request has at most {MOST_BYTES} bytes.\n".encode())
            return
        told = await asyncio.to_thread(answered, content, self._chain)
        await _respond(send, 200 if told else 204, told, b"application/json")


def _refused(scope: Scope) -> tuple[int, bytes] | None:
    headers = [(name.lower(), value.decode("latin-1").strip()) for name, value in scope["headers"]]
    hosts = [value for name, value in headers if name == b"host"]
    kinds = [value.partition(";")[0].strip().lower() for name, value in headers if name == b"content-type"]
    if len(hosts) != 1 or _name(hosts[0]) not in HOSTS:
        return 421, b"This answers to 127.0.0.1, localhost and [::1] alone.\n"
    if any(name == b"origin" for name, _ in headers):
        return 403, b"This does not answer pages in a browser.\n"
    if scope["method"] != "POST":
        return 405, b"Questions are sent with POST.\n"
    if kinds != ["application/json"]:
        return 415, b"Questions are application/json.\n"
    lengths = [value for name, value in headers if name == b"content-length"]
    if any(not value.isdigit() or int(value) > MOST_BYTES for value in lengths):
        return 413, f"A request has at most {MOST_BYTES} bytes.\n".encode()
    return None


def _name(host: str) -> str:
    """The name in a Host header, without the port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None where it is longer than any request."""
    found = bytearray()
    while True:
        message = await receive()
        found += message.get("body", b"")
        if len(found) > MOST_BYTES:
            return None
        if message["type"] != "http.request" or not message.get("more_body"):
            return bytes(found)


async def _respond(send: Send, status: int, body: bytes, kind: bytes = b"text/plain; charset=utf-8") -> None:
    headers = [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    if body:
        headers += [(b"content-type", kind), (b"x-content-type-options", b"nosniff")]
    if status == 405:
        headers.append((b"allow", b"POST"))
    if status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def listen(host: str, port: int) -> socket.socket:
    """A port of this machine alone; raises `NotLoopback`, `PortTaken`."""
    try:
        address = ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise NotLoopback(
            f"{host!r} is no address of this machine alone.",
            next_step="The chain is shown on 127.0.0.1, ::1 or localhost.",
        )
    return listening_at(str(address), port)


def server_of(chain: Answers) -> uvicorn.Server:
    """A server that answers with this chain; it runs in the thread that calls its `run`."""
    return uvicorn.Server(
        uvicorn.Config(
            Doorway(chain),
            http=Impatient,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=AT_ONCE,
            timeout_graceful_shutdown=5,
        )
    )


@contextmanager
def burying(bury: Callable[[], bool], every: float = BURY_SECONDS) -> Iterator[None]:
    """While the block lasts, an empty block now and then until everything lies deep; see `EmbeddedChain.bury`."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(every):
            try:
                bury()
            except Exception:  # the chain may be closed or busy just now; the next time it is tried again
                log.exception("no block could be made")

    thread = threading.Thread(target=work, name="chain-bury", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def answering_beside(chain: Answers, listening: socket.socket) -> Iterator[str]:
    """Answer in a thread of its own while the block lasts; gives the address."""
    server = server_of(chain)
    thread = threading.Thread(target=server.run, args=([listening],), name="chain-rpc", daemon=True)
    thread.start()
    try:
        until = time.monotonic() + STARTED_SECONDS
        while not server.started and thread.is_alive() and time.monotonic() < until:
            time.sleep(0.01)
        yield address_of(listening)
    finally:
        server.should_exit = True
        thread.join()
        with suppress(OSError):
            listening.close()
