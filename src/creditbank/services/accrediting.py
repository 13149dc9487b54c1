"""Registers of accreditation that the bank holds, and what it refuses on their word.

A snapshot says nothing about days after it was taken, and an award is made today. So the bank asks the newest snapshot
of each register as of today or, where that is later, as of the snapshot's own day: the last that is known. What it
knows to be a no is refused. That somebody says yes is demanded only where the bank's setting `require_accreditation`
says so, and then by a snapshot that is not too old.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from creditbank.canonical import Digest, canonical_json, digest_text
from creditbank.errors import BadInput, Conflict, NotFound, Refused
from creditbank.framework import (
    Accreditation,
    Entitlement,
    Provision,
    Qualification,
    Refusal,
    Register,
    document_digest,
    load_document,
    newest,
)
from creditbank.services.ports import Clock, Store, Transaction
from creditbank.services.records import PublicDocument

REGISTER: Final = "register"
MEDIA_TYPE: Final = "application/json"
FURTHEST_ZONE: Final = timedelta(hours=14)  # where a day begins first, ahead of UTC
MAX_AGE: Final = timedelta(days=31)
"""How old a snapshot may be for the bank to take its yes, where one is demanded."""

Answer: TypeAlias = "Accreditation | Entitlement | Refusal"


class OtherSnapshot(Conflict):
    """A snapshot of this register and day is held with another text, and what is held never changes."""

    slug = "other-snapshot"


class FutureSnapshot(BadInput):
    """A snapshot is taken on a day that has come: nobody has seen later ones."""

    slug = "future-snapshot"


class UnknownRegister(NotFound):
    """The bank holds no such register, or not of that day."""

    slug = "unknown-register"


class SeveralRegisters(BadInput):
    """Where a sum counts accredited units only, one register says which these are."""

    slug = "several-registers"


class NotEntitled(Refused):
    """A body awards only what a register that the bank holds says it may award."""

    slug = "not-entitled"


class NotAccredited(Refused):
    """This bank issues only what its provider is accredited for, by a register that the bank holds."""

    slug = "not-accredited"


@dataclass(frozen=True, slots=True)
class _Told:
    """One register's answer, and the day it was asked about."""

    register: Register
    answer: Answer


class Accrediting:
    """Keeps snapshots of registers, and asks them. `required`: the setting `require_accreditation`."""

    def __init__(self, store: Store, clock: Clock, *, required: bool) -> None:
        self._store, self._clock, self._required = store, clock, required

    def take_in(self, register: Register) -> PublicDocument:
        """Keep a snapshot as a public document: its canonical JSON, whose SHA-256 is the register's digest.

        The same snapshot again gives the first answer. Raises `OtherSnapshot` for another text of that day, and
        `FutureSnapshot` for a day that has not come anywhere on earth.
        """
        if register.taken > (self._clock.now() + FURTHEST_ZONE).date().isoformat():
            raise FutureSnapshot(
                f"The register {register.id} is dated {register.taken}, a day that has not come.",
                next_step="Date it on the day it was taken.",
            )
        digest = document_digest(register)
        content = canonical_json(register.model_dump(mode="json", by_alias=True, exclude_defaults=True))
        document = PublicDocument(_id_of(digest), REGISTER, MEDIA_TYPE, content, self._clock.now())
        with self._store.transaction() as tx:
            if (standing := tx.find_document(document.id)) is not None:
                return standing
            for held in held_registers(tx):
                if (held.id, held.taken) == (register.id, register.taken):
                    raise OtherSnapshot(
                        f"The register {register.id} of {register.taken} is held with another text,"
                        f" {digest_text(document_digest(held))}.",
                        next_step="Give a snapshot of another day: a correction is a new snapshot.",
                    )
            tx.put_document(document)
        return document

    def registers(self) -> tuple[Register, ...]:
        """Every snapshot the bank holds, by id and day."""
        with self._store.transaction() as tx:
            return held_registers(tx)

    def register(self, id: str, taken: str | None = None) -> Register:
        """A snapshot by its register's id, the newest unless a day is named; raises `UnknownRegister`."""
        held = self.registers()
        found = [one for one in held if one.id == id and taken in (None, one.taken)]
        if not found:
            known = ", ".join(f"{one.id} of {one.taken}" for one in held) or "none"
            wanted = id if taken is None else f"{id} of {taken}"
            raise UnknownRegister(f"The bank holds no register {wanted}.", next_step=f"It holds: {known}.")
        return found[-1]

    def papers(self, digests: Iterable[Digest]) -> list[bytes]:
        """The snapshots with these digests that the bank holds, as it keeps them."""
        with self._store.transaction() as tx:
            found = [tx.find_document(_id_of(digest)) for digest in digests]
        return [one.content for one in found if one is not None]

    def require_entitled(self, tx: Transaction, body: str, rules: Qualification) -> None:
        """Make sure that no register denies the body (a DID) the right to award by these rules today.

        Where the bank demands accreditation, one must grant it. Raises `NotEntitled` with what the register says.
        """
        levels = () if rules.level is None else ((rules.framework, rules.level),)
        asked = Provision((), levels, rules.achievement_type, rules.id)
        self._require(
            tx,
            self._clock.now().date(),
            lambda register, day: register.entitlement(body, day, rules.id, rules.version, asked),
            NotEntitled,
            f"{body} may award {rules.id}",
            denials=True,
        )

    def require_accredited(self, tx: Transaction, body: str, asked: Provision, earned: date) -> None:
        """Where the bank demands it, make sure that a register accredits the body for a unit on the day it was earned.

        Raises `NotAccredited`. Where the bank does not demand it nothing is refused: whether an issuer was accredited
        is then left to those who verify.
        """
        if self._required:
            self._require(
                tx,
                earned,
                lambda register, day: register.accreditation_of(body, day, asked),
                NotAccredited,
                f"{body} is accredited for this",
                denials=False,
            )

    def _require(
        self,
        tx: Transaction,
        day: date,
        question: Callable[[Register, date], Answer],
        error: type[Refused],
        claim: str,
        *,
        denials: bool,
    ) -> None:
        told = [
            _Told(register, question(register, min(day, date.fromisoformat(register.taken))))
            for register in newest(held_registers(tx))
        ]
        yes = [one for one in told if not isinstance(one.answer, Refusal)]
        known = [one for one in told if isinstance(one.answer, Refusal) and one.answer.known]
        if any(self._fresh(one, day) for one in yes) or (yes and not self._required):
            return
        if known and not yes and (denials or self._required):
            raise error(_said(known[0]), next_step="Give a newer snapshot, if the register says otherwise now.")
        if self._required:
            sentence = f"No register this bank holds says that {claim} on {day}, and it demands one."
            if told:
                sentence = f"{sentence} {_said(told[0])}"
            raise error(sentence, next_step="Take a snapshot in with: creditbank register import FILE")

    def _fresh(self, told: _Told, day: date) -> bool:
        """Whether a yes still stands on the day, by its own end and by the age of the snapshot."""
        assert not isinstance(told.answer, Refusal)
        ends = told.answer.valid_until
        taken = date.fromisoformat(told.register.taken)
        return day - taken <= MAX_AGE and (ends is None or day.isoformat() <= ends)


def _id_of(digest: Digest) -> str:
    return f"register-{digest.hex()}"


def _said(told: _Told) -> str:
    digest = digest_text(document_digest(told.register))
    if isinstance(told.answer, Refusal):
        return f"{told.answer.sentence} Told by {told.register.label}, {digest}."
    return f"Of {told.register.label}, {digest}, the answer is too old or has ended."


def register_by_digest(tx: Transaction, digest: Digest) -> Register | None:
    """The snapshot that has this digest, or None."""
    found = tx.find_document(_id_of(digest))
    if found is None:
        return None
    return (_READ.get(found.id) or _READ.keep(found.id, *_read(found.content, found.id)))[0]


def chosen_register(tx: Transaction, id: str | None) -> Register | None:
    """The newest snapshot of the register of this id; where none is named, of the only register there is, or None.

    Raises `UnknownRegister`, and `SeveralRegisters` when none is named and the bank holds several.
    """
    held = newest(held_registers(tx))
    if id is None and len(held) > 1:
        raise SeveralRegisters(
            "These rules count accredited units only, and the bank holds several registers.",
            next_step=f"Say by which one they are counted: {', '.join(one.id for one in held)}.",
        )
    found = [one for one in held if id in (None, one.id)]
    if id is not None and not found:
        known = ", ".join(one.id for one in held) or "none"
        raise UnknownRegister(f"The bank holds no register {id}.", next_step=f"It holds: {known}.")
    return found[0] if found else None


def held_registers(tx: Transaction) -> tuple[Register, ...]:
    """Every snapshot the bank holds, by id and day."""
    return tuple(one for one, _ in digested_registers(tx))


def digested_registers(tx: Transaction, names: Sequence[str] | None = None) -> tuple[tuple[Register, Digest], ...]:
    """Every snapshot the bank holds with its digest, by id and day; `names` are those of all of them, where known."""
    names = tx.names_of_documents(REGISTER) if names is None else names
    found = {name: read for name in names if (read := _READ.get(name)) is not None}
    for document in (
        tx.documents_named([name for name in names if name not in found]) if len(found) < len(names) else ()
    ):
        found[document.id] = _READ.keep(document.id, *_read(document.content, document.id))
    return tuple(sorted(found.values(), key=lambda one: (one[0].id, one[0].taken)))


def _read(content: bytes, id: str) -> tuple[Register, Digest]:
    register = load_document(content, id)
    assert isinstance(register, Register), "only registers are kept as such"
    return register, document_digest(register)


class _Known:
    """The registers that this process has read, by the digest of their text, which is their name.

    A register is megabytes, never changes, and is asked for by every verification. What stands under a name that is not
    its digest is read each time.
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._kept: OrderedDict[str, tuple[Register, Digest]] = OrderedDict()

    def get(self, name: str) -> tuple[Register, Digest] | None:
        """The register of that name, or None where it was not read lately."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
            return self._kept.get(name)

    def keep(self, name: str, register: Register, digest: Digest) -> tuple[Register, Digest]:
        """Remember a register, and give it back."""
        if name == _id_of(digest):
            with self._lock:
                self._kept[name] = (register, digest)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return register, digest


_READ: Final = _Known(32)
