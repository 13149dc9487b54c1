"""Asking twice gives the first answer again (threat 38).

The key is written down with the digest of the request before anything is done, and the answer afterwards. The services
get an id made from caller and key, so that a retry after a crash between the two finds their work and repeats nothing.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Annotated, Final, cast

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from creditbank.bootstrap import Bank
from creditbank.canonical import Digest, canonical_json, json_digest, load_object, sha256
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import IdempotencyKeyMissing, IdempotencyKeyReused, RequestStillRunning
from creditbank_api.security import AnyCaller

KEY: Final = re.compile(r"[\x21-\x7e]{8,128}")
REPLAYED: Final = "Idempotency-Replayed"


class Running:
    """The requests that this process is answering right now, by caller and key."""

    def __init__(self) -> None:
        self._lock, self._names = threading.Lock(), set[str]()

    @contextmanager
    def only(self, name: str) -> Iterator[None]:
        """Hold `name` for the block; raises `RequestStillRunning` when somebody else holds it."""
        with self._lock:
            if name in self._names:
                raise RequestStillRunning(
                    "The first request under this key is still being answered.", next_step="Ask again in a moment."
                )
            self._names.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._names.discard(name)


class Turns:
    """One at a time for each sender: two requests of one university never reach for the same nonce in this process."""

    def __init__(self) -> None:
        self._lock, self._turns = threading.Lock(), dict[str, threading.Lock]()

    def of(self, sender: str) -> threading.Lock:
        """The lock that this sender's requests hold while they send."""
        with self._lock:
            return self._turns.setdefault(sender, threading.Lock())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a POST made, and where it can be read again, if anywhere.

    `secrets` are members of the body that are seen once: what is kept, and answered to a repetition, has null there.
    """

    body: BaseModel
    location: str = ""
    status: int = 201
    secrets: tuple[str, ...] = ()


class Once:
    """One POST under its key."""

    def __init__(self, bank: Bank, running: Running, turns: Turns, name: str, asked: Digest) -> None:
        self._bank, self._running, self._turns, self.request, self._asked = bank, running, turns, name, asked

    def answer(self, act: Callable[[str], Answer], *, sender: str = "") -> Response:
        """Give the stored answer, or act and store it; with a `sender`, after what that sender began before.

        `act` receives the id under which services do their work once. Raises `IdempotencyKeyReused` when the key
        stands for another request, and whatever `act` raises; an error is not stored, because nothing was done.
        """
        with self._running.only(self.request):
            standing = self._standing()
            if standing is not None:
                return _response(standing, replayed=True)
            with self._turns.of(sender) if sender else nullcontext():
                made = act(self.request)
            given = _spelt(made, made.body)
            with self._bank.store.transaction() as tx:
                if (first := tx.find_answer(f"answer:{self.request}")) is not None:
                    given = first[1]  # another process was faster, and one answer is given to both
                else:
                    kept = made.body.model_copy(update=dict.fromkeys(made.secrets))
                    tx.put_answer(f"answer:{self.request}", self._asked, _spelt(made, kept))
        return _response(given, replayed=False)

    def _standing(self) -> bytes | None:
        with self._bank.store.transaction() as tx:
            begun = tx.find_answer(f"begun:{self.request}")
            if begun is None:
                tx.put_answer(f"begun:{self.request}", self._asked, b"{}")
                return None
            if begun[0] != self._asked:
                raise IdempotencyKeyReused(
                    "This Idempotency-Key was used before for another request.", next_step="Use a new key."
                )
            answered = tx.find_answer(f"answer:{self.request}")
        return None if answered is None else answered[1]


def _spelt(made: Answer, body: BaseModel) -> bytes:
    return canonical_json(
        {"status": made.status, "location": made.location, "body": body.model_dump_json(by_alias=True)}
    )


def _response(stored: bytes, *, replayed: bool) -> Response:
    answer = load_object(stored)
    headers = {"Location": str(answer["location"])} if answer["location"] else {}
    if replayed:
        headers[REPLAYED] = "true"
    return Response(str(answer["body"]), int(str(answer["status"])), headers, "application/json")


async def once(
    request: Request,
    bank: BankDep,
    caller: AnyCaller,
    idempotency_key: Annotated[
        str | None, Header(description="8 to 128 visible ASCII characters, for example a random UUID")
    ] = None,
) -> Once:
    """Read the key of a POST; raises `IdempotencyKeyMissing` for none, or one that is no key."""
    if idempotency_key is None or KEY.fullmatch(idempotency_key) is None:
        raise IdempotencyKeyMissing(
            "This request must carry an Idempotency-Key of 8 to 128 visible ASCII characters.",
            next_step="Make a random UUID, send it, and send the same one when you repeat the request.",
        )
    body = cast(Digest, request.state.body_digest)
    asked = json_digest({"method": request.method, "path": request.url.path, "body": body.hex()})
    name = "api:" + sha256(canonical_json([caller.scope, idempotency_key])).hex()
    state = request.app.state
    return Once(bank, cast(Running, state.running), cast(Turns, state.turns), name, asked)


OnceDep = Annotated[Once, Depends(once)]
