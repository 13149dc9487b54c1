"""Asking twice gives the first answer again (threat 38).

The key is claimed in the database with the digest of the request before anything is done, and the answer written into
the claim afterwards, so that it does not matter which process is asked. A claim whose process died is taken over within
seconds. The services get an id made from caller and key, so that a retry after a crash finds their work and repeats
nothing, even where the answer was never stored or has been pruned since.
"""

import math
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Final, Generic, TypeVar, cast

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from creditbank.bootstrap import Bank
from creditbank.canonical import Digest, canonical_json, json_digest, load_object, sha256
from creditbank.errors import CreditBankError
from creditbank.services.asked_records import Asked
from creditbank.services.claim_ports import Alongside
from creditbank.services.claim_records import Claim
from creditbank.services.failpoints import reach
from creditbank.services.ports import Transaction
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import IdempotencyKeyMissing, IdempotencyKeyReused, RequestStillRunning
from creditbank_api.requests import body_digest
from creditbank_api.security import AnyCaller, Caller
from creditbank_api.threads import THREADS

KEY: Final = re.compile(r"[\x21-\x7e]{8,128}")
LEASE: Final = timedelta(seconds=9)
"""A process that says nothing for so long has died, and its request is answered by whoever is asked next."""
LONGEST: Final = 500
REPLAYED: Final = "Idempotency-Replayed"


class Holder:
    """This process among all that answer for the bank: what it answers right now stays claimed while it lives."""

    def __init__(self, bank: Bank) -> None:
        self._bank, self.name = bank, str(uuid.uuid4())
        self._lock, self._names = threading.Lock(), set[str]()
        self._beating = False

    @contextmanager
    def keeping(self, name: str) -> Iterator[None]:
        """Keep the claim of `name` alive for the block, however long it takes."""
        with self._lock:
            self._names.add(name)
            if not self._beating:
                self._beating = True
                threading.Thread(target=self._beat, name="creditbank-claims", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._names.discard(name)

    def _beat(self) -> None:
        while True:
            time.sleep(LEASE.total_seconds() / 3)
            with self._lock:
                names = frozenset(self._names)
                if not names:
                    self._beating = False
                    return
            with suppress(CreditBankError), self._bank.store.transaction() as tx:
                tx.keep_claims(names, holder=self.name, until=self._bank.clock.now() + LEASE)


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


Made = TypeVar("Made")


class _Given(Exception):
    """The request was answered before: here is the answer, and nothing is to be done."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer


class _Beside(Generic[Made]):
    """Claim and answer of one POST, written in the transactions of the work itself."""

    def __init__(self, once: "Once", view: Callable[[Made], Answer], *, lasting: bool) -> None:
        self._once, self._view, self._lasting = once, view, lasting
        self.claim: Claim | None = None
        self.stands, self.given = False, b""

    def begin(self, tx: Transaction) -> None:
        """Claim the key, or raise what stands in the way of it."""
        claim, before = self._once.claimed_in(tx)
        if before is not None:
            raise _Given(before)
        self.claim = claim

    def begun(self) -> None:
        """Remember that the claim was not rolled back: only then is it this request's to release."""
        self.stands = True

    def end(self, tx: Transaction, made: Made) -> None:
        """Write the answer down."""
        assert self.claim is not None, "what ends was begun"
        self.given = self._once.stored_in(tx, self.claim, self._view(made), lasting=self._lasting)


class Once:
    """One POST under its key."""

    def __init__(
        self, bank: Bank, holder: Holder, turns: Turns, name: str, asked: Digest, caller: Caller, what: str
    ) -> None:
        self._bank, self._holder, self._turns, self.request, self._asked = bank, holder, turns, name, asked
        self._subject, self._caller, self._what = caller.subject, caller, what

    def answer(self, act: Callable[[str], Answer], *, sender: str = "", lasting: bool = False) -> Response:
        """Give the stored answer, or act and store it; with a `sender`, after what that sender began before.

        `act` receives the id under which services do their work once. A `lasting` answer is never pruned. Raises
        `RequestStillRunning` while another request under the key is being answered, here or in another process,
        `IdempotencyKeyReused` when the key stands for another request, and whatever `act` raises; an error is not
        stored, because nothing was done.
        """
        claim, before = self._claimed()
        if before is not None:
            return _response(before, replayed=True)
        try:
            with self._holder.keeping(self.request), self._turns.of(sender) if sender else nullcontext():
                made = act(self.request)
            given = self._stored(claim, made, lasting=lasting)
        except BaseException:
            self._release(claim)
            raise
        return _response(given, replayed=False)

    def answer_along(
        self,
        act: Callable[[str, Alongside[Made]], object],
        view: Callable[[Made], Answer],
        *,
        lasting: bool = False,
    ) -> Response:
        """As `answer`, for work that writes claim and answer along with its own rows: two transactions fewer.

        What is refused before anything is written leaves no claim, and what was done has its answer in the same moment.
        """
        beside = _Beside(self, view, lasting=lasting)
        try:
            with self._holder.keeping(self.request):
                act(self.request, beside)
        except _Given as known:
            return _response(known.answer, replayed=True)
        except BaseException:
            if beside.stands and beside.claim is not None:
                self._release(beside.claim)
            raise
        return _response(beside.given, replayed=False)

    def _stored(self, claim: Claim, made: Answer, *, lasting: bool) -> bytes:
        with self._bank.store.transaction() as tx:
            given = self.stored_in(tx, claim, made, lasting=lasting)
        reach("idem.saved")
        return given

    def stored_in(self, tx: Transaction, claim: Claim, made: Answer, *, lasting: bool) -> bytes:
        """Write the answer down without its secrets, and give it; the first one where another process was faster.

        Of a learner who was erased meanwhile, or by this very request, nothing is written down.
        """
        kept = _spelt(made, made.body.model_copy(update=dict.fromkeys(made.secrets)))
        now = self._bank.clock.now()
        written = tx.answer_claim(replace(claim, answer=kept, answered=now, lasting=lasting)).answer
        if written is None:
            tx.release_claim(claim, now=now)
            return _spelt(made, made.body)
        return _spelt(made, made.body) if written == kept else written

    def _claimed(self) -> tuple[Claim, bytes | None]:
        with self._bank.store.transaction() as tx:
            return self.claimed_in(tx)

    def claimed_in(self, tx: Transaction) -> tuple[Claim, bytes | None]:
        """This process's claim, and the answer where one was given before."""
        now = self._bank.clock.now()
        wanted = Claim(self.request, self._asked, now, self._holder.name, now + LEASE, subject=self._subject or None)
        standing = tx.claim(wanted)
        if standing.asked != self._asked:
            raise _reused()
        if standing.answer is None and standing is not wanted:
            raise RequestStillRunning(max(1, math.ceil((standing.until - now).total_seconds())))
        if standing is wanted:
            note_asked(tx, self._caller, self.request, self._what, now)
        return standing, standing.answer

    def _release(self, claim: Claim) -> None:
        with suppress(CreditBankError), self._bank.store.transaction() as tx:
            tx.release_claim(claim, now=self._bank.clock.now())


def note_asked(tx: Transaction, caller: Caller, name: str, what: str, at: datetime) -> None:
    """Note who asks for what in an organisation's name; of learners, whose account it is says it."""
    if caller.subject and not caller.is_learner:
        tx.note_asked(Asked(name, caller.subject, caller.actor, what[:LONGEST], at))


def _reused() -> IdempotencyKeyReused:
    return IdempotencyKeyReused("This Idempotency-Key was used before for another request.", next_step="Use a new key.")


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
    asked = {"method": request.method, "path": request.url.path, "body": body_digest(request).hex()}
    if request.url.query:
        asked["query"] = request.url.query
    name = "api:" + sha256(canonical_json([caller.scope, idempotency_key])).hex()
    state = request.app.state
    what = f"{request.method} {request.url.path}"
    return Once(bank, cast(Holder, state.holder), cast(Turns, state.turns), name, json_digest(asked), caller, what)


OnceDep = Annotated[Once, Depends(once)]


async def noted(request: Request, bank: BankDep, caller: AnyCaller) -> None:
    """Note who asks for what can be asked twice without harm, and so carries no key; before anything of it is done."""
    name, what = f"api:{uuid.uuid4()}", f"{request.method} {request.url.path}"

    def note() -> None:
        with bank.store.transaction() as tx:
            note_asked(tx, caller, name, what, bank.clock.now())

    await THREADS.do(note)


NOTED: Final = Depends(noted)
