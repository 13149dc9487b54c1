"""What the bank anchored, as pages for everybody: batches, leaves, the register's history, roots over status lists.

The pages show what `/v1/batches` and its neighbours answer, in words, and beside each what it proves and what it does
not. They name no person. To somebody who is not signed in they are the same for all, and may be kept for a moment.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.anchoring import issuer_id
from creditbank.bootstrap import Bank
from creditbank.canonical import Digest, digest_text
from creditbank.errors import CreditBankError
from creditbank.merkle import leaf_hash
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import BatchRecord, BatchState, KeyState, Organisation, OrganisationKey
from creditbank.services.transparency import PublishedEvent, said
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NotAgreed
from creditbank_api.requests import StrictRoute
from creditbank_api.security import hidden
from creditbank_api.v1.shapes import urn
from creditbank_api.web import words
from creditbank_api.web.leafing import LeafingDep
from creditbank_api.web.rendering import page
from creditbank_api.web.session import Visitor, VisitorDep, short, site_of
from creditbank_api.web.words import Sign

router = APIRouter(prefix="/transparency", route_class=StrictRoute, include_in_schema=False)
LISTED: Final = 50
LEAVES: Final = 100
MOMENT: Final = 30
"""So many seconds may an answer to nobody in particular be kept."""
ROOT: Final = re.compile(r"(?:sha256:|0x)?([0-9a-f]{64})")
BATCH: Final = re.compile(r"(?:urn:uuid:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Index = Annotated[int, Path(ge=0, le=2**53)]
First = Annotated[int, Query(alias="from", ge=0, le=2**53)]
HAPPENED: Final[Mapping[str, str]] = {
    "Admitted": "An account was admitted to act for it.",
    "Withdrawn": "The admission of an account was taken back.",
    "TermsSet": "A registrar admitted it, or changed the terms of its admission.",
    "IssuerWithdrawn": "Its registrar withdrew its admission: what is anchored from then on counts no more.",
    "IssuerAdopted": "Another registrar took it over.",
    "ControllerChanged": "The account that controls it was set.",
    "ControlOffered": "Control was offered to another account.",
    "RecoveryProposed": "Its registrar proposed another account to control it, after a time in which it may object.",
    "RecoveryConfirmed": "The proposed account was confirmed.",
    "RecoveryCancelled": "The proposal was cancelled.",
    "SuccessorNamed": "It named the issuer that succeeds it.",
    "KeyAdded": "A key was added: what it signs counts from this time on.",
    "KeyRetired": "A key retired: what it signed before still counts.",
    "KeyRevoked": "A key was revoked: only what was anchored before still counts.",
    "SuspicionVoiced": "One of two parties said since when a key may be in wrong hands; it counts once both did.",
    "KeySuspected": "A key is suspected: what was anchored since the time that is named does not count.",
    "BankNamed": "It let a bank anchor in its name.",
    "BankDropped": "It no longer lets a bank anchor in its name.",
}
"""What each event of the contracts means to a reader."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch in the list, and on its own page."""

    href: str
    api: str
    id: str
    root: str
    size: int
    sign: Sign
    sealed: datetime
    transaction: str
    block: str
    block_hash: str
    block_time: datetime | None
    final: bool


@dataclass(frozen=True, slots=True)
class LeafRow:
    """A leaf: what is public of it, and whose it is where that issuer is one of this bank's."""

    index: int
    href: str
    leaf: str
    entry: str
    issuer: str
    issuer_href: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """What was done on the chain, in words, with the fields of the event."""

    name: str
    sentence: str
    block: int
    time: datetime
    transaction: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of an issuer as its document lists it, with the name that the contracts know it by."""

    multikey: str
    sign: Sign
    times: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, slots=True)
class RootRow:
    """A root over status lists that was published on the chain."""

    sequence: int
    root: str
    block: int
    time: datetime
    transaction: str
    lists: str


def _shown(request: Request, visitor: Visitor | None, template: str, values: Mapping[str, Any]) -> HTMLResponse:
    """A page that is the same for everybody who is nobody in particular."""
    answer = page(request, template, values, here="transparency", visitor=visitor)
    answer.headers["Vary"] = "Cookie"
    answer.headers["Cache-Control"] = f"public, max-age={MOMENT}" if visitor is None else "private, no-store"
    return answer


# -- batches


@router.get("")
def batches(
    request: Request,
    bank: BankDep,
    visitor: VisitorDep,
    asked: LeafingDep,
    find: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """The batches, newest first; or where something that somebody holds is to be found."""
    problem: CreditBankError | None = None
    if find.strip():
        there = _found(bank, find.strip())
        if there:
            return RedirectResponse(there, 303)
        problem = NotAgreed(
            "Nothing that this bank anchored goes by that name.",
            next_step="Give a root or a transaction from a receipt, the id of a batch, or the DID of an issuer, whole.",
        )
    with bank.store.reading() as tx:
        part = asked.newest(tx.list_batches, LISTED)
    values = {
        "part": part,
        "batches": [_batch(one) for one in part.items],
        "find": find,
        "problem": problem,
        "field": "find",
        "contracts": sorted(bank.chain.contracts.items()),
        "chain_id": bank.chain.chain_id,
        "origin": site_of(request).base,
    }
    return _shown(request, visitor, "batches.html", values)


def _found(bank: Bank, asked: str) -> str:
    """The page of what goes by this name: a batch by its id, root or transaction, an issuer by DID or contract name."""
    text = asked.lower()
    with bank.store.reading() as tx:
        if BATCH.fullmatch(text):
            with suppress(UnknownRecord):
                return f"/transparency/batches/{short(tx.get_batch(str(urn(text))).id)}"
            return ""
        bodies = tx.organisations()
        if match := ROOT.fullmatch(text):
            digits = match[1]
            found = tx.batches_with_root(Digest(bytes.fromhex(digits))) or tx.batches_in(f"0x{digits}")
            if found:
                return f"/transparency/batches/{short(found[0].id)}"
            asked = next((one.did for one in bodies if issuer_id(one.did).hex() == digits), "")
    return next((f"/transparency/issuers/{short(one.id)}" for one in bodies if one.did == asked), "")


def _batch(one: BatchRecord) -> BatchRow:
    sign = QUARANTINED if one.quarantined is not None else words.ANCHORS[one.state]
    return BatchRow(
        href=f"/transparency/batches/{short(one.id)}",
        api=f"/v1/batches/{one.id}",
        id=one.id,
        root=digest_text(one.root),
        size=one.size,
        sign=sign,
        sealed=one.sealed,
        transaction=one.transaction or "",
        block="" if one.block_number is None else str(one.block_number),
        block_hash=one.block_hash or "",
        block_time=one.block_time,
        final=one.state is BatchState.FINAL,
    )


QUARANTINED: Final = Sign("cross", "Held back: what is stored does not give its root", "bad")


@router.get("/batches/{batch}")
def batch(request: Request, batch: str, bank: BankDep, visitor: VisitorDep, first: First = 0) -> HTMLResponse:
    """One batch: where its root stands, what that proves, and its leaves."""
    with hidden():
        with bank.store.reading() as tx:
            record = tx.get_batch(str(urn(batch)))
            bodies = tx.organisations()
        found = bank.transparency.leaves(record.id, first, LEAVES)
    row, names = _batch(record), _issuers(bodies)
    values = {
        "batch": row,
        "leaves": [_leaf(row, names, index, entry) for index, entry in found],
        "first": first,
        "before": f"{row.href}?from={max(0, first - LEAVES)}" if first else "",
        "behind": f"{row.href}?from={first + LEAVES}" if first + LEAVES < record.size else "",
        "origin": site_of(request).base,
    }
    return _shown(request, visitor, "batch.html", values)


def _issuers(bodies: list[Organisation]) -> dict[bytes, tuple[str, str]]:
    return {bytes(issuer_id(one.did)): (one.name, f"/transparency/issuers/{short(one.id)}") for one in bodies}


def _leaf(batch: BatchRow, names: Mapping[bytes, tuple[str, str]], index: int, entry: bytes) -> LeafRow:
    name, href = names.get(entry[:32], ("", ""))
    leaf = digest_text(leaf_hash(entry))
    return LeafRow(index, f"{batch.href}/leaves/{index}", leaf, f"0x{entry.hex()}", name or "an issuer elsewhere", href)


@router.get("/batches/{batch}/leaves/{index}")
def leaf(request: Request, batch: str, index: Index, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """One leaf, and the hashes that lead from it to the root."""
    with hidden():
        proven = bank.proving.leaf(str(urn(batch)), index)
        with bank.store.reading() as tx:
            names = _issuers(tx.organisations())
    row = _batch(proven.batch)
    values = {
        "batch": row,
        "leaf": _leaf(row, names, index, proven.entry),
        "path": [digest_text(one) for one in proven.proof.path],
        "origin": site_of(request).base,
    }
    return _shown(request, visitor, "leaf.html", values)


# -- issuers


@router.get("/issuers")
def issuers(request: Request, bank: BankDep, visitor: VisitorDep, asked: LeafingDep) -> HTMLResponse:
    """Who issues and awards here, by name."""
    with bank.store.reading() as tx:
        part = asked.ordered(tx.organisations(), lambda one: f"{one.name.casefold()} {one.id}", LISTED)
    rows = [(f"/transparency/issuers/{short(one.id)}", one) for one in part.items]
    return _shown(request, visitor, "issuers.html", {"part": part, "issuers": rows})


@router.get("/issuers/{issuer}")
def issuer(request: Request, issuer: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """What the contracts were told about an issuer, block by block, and its keys."""
    with hidden(), bank.store.reading() as tx:
        body = tx.get_organisation(str(urn(issuer)))
        keys = tx.keys_of(body.id)
    history: Any = bank.transparency.history_document(body.did)
    values = {
        "body": body,
        "api": f"/v1/organisations/{body.id}",
        "name": f"0x{issuer_id(body.did).hex()}",
        "keys": [_key(one) for one in keys if one.state is not KeyState.ANNOUNCED],
        "events": [_event(one) for one in bank.transparency.history(body.did)],
        "as_of": history["asOf"],
        "origin": site_of(request).base,
    }
    return _shown(request, visitor, "issuer_history.html", values)


def _key(one: OrganisationKey) -> KeyRow:
    named = ("current", "retiring", "retired", "revoked")
    times = [(name.capitalize(), getattr(one, name)) for name in named]
    return KeyRow(one.multikey, words.KEYS[one.state], tuple((name, at) for name, at in times if at is not None))


def _event(one: PublishedEvent) -> EventRow:
    event = one.event
    fields = tuple((name, str(value)) for name, value in said(event).items() if name not in ("issuer", "identity"))
    sentence = HAPPENED.get(event.name, "")
    return EventRow(event.name, sentence, event.block_number, one.time, event.transaction, fields)


# -- status roots


@router.get("/status-roots")
def status_roots(request: Request, bank: BankDep, visitor: VisitorDep, asked: LeafingDep) -> HTMLResponse:
    """The roots over status lists that this bank published on the chain, newest first."""
    found = bank.transparency.status_roots()
    # the newest has the highest place, and a small list is ordered by text
    numbered = list(zip(range(len(found), 0, -1), found, strict=True))
    part = asked.ordered(numbered, lambda one: f"{2**64 - one[0]:020}", LISTED)
    kept = bank.transparency.kept_trees([one.event.octets("root") for _, one in part.items])
    rows = [_root(one, kept) for _, one in part.items]
    return _shown(request, visitor, "status_roots.html", {"part": part, "roots": rows})


def _root(one: PublishedEvent, kept: frozenset[bytes]) -> RootRow:
    event, octets = one.event, one.event.octets("root")
    root = f"sha256:{octets.hex()}"
    lists = f"/documents?id={root}" if octets in kept else ""
    return RootRow(event.whole("sequence"), root, event.block_number, one.time, event.transaction, lists)
