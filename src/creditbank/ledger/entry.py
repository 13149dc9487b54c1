"""Entries: what happened to a lot, written once, each chained by hash to the one before it in the account."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from creditbank.canonical import Digest, digest_text, json_digest
from creditbank.ledger.errors import EmptyEntry
from creditbank.ledger.lot import Bucket, Lot
from creditbank.units import Credits, instant_text

UNCHAINED: Final = Digest(bytes(32))
ASKED: Final = "asked "
"""Before the digest of what a redemption's request stands for, in the reasons of the entries that reserve for it."""


class EntryKind(StrEnum):
    """What an entry records."""

    DEPOSIT = "deposit"
    RESERVE = "reserve"
    POST = "post"
    RELEASE = "release"
    EXPIRE = "expire"
    REVOKE = "revoke"
    MOVE = "move"
    TRANSFER = "transfer"
    REVERSE = "reverse"


MOVEMENTS: Final = {
    EntryKind.DEPOSIT: frozenset({(Bucket.ISSUED, Bucket.AVAILABLE)}),
    EntryKind.RESERVE: frozenset({(Bucket.AVAILABLE, Bucket.RESERVED)}),
    EntryKind.POST: frozenset({(Bucket.RESERVED, Bucket.REDEEMED)}),
    EntryKind.RELEASE: frozenset({(Bucket.RESERVED, Bucket.AVAILABLE), (Bucket.RESERVED, Bucket.REVOKED)}),
    EntryKind.EXPIRE: frozenset({(Bucket.AVAILABLE, Bucket.EXPIRED)}),
    EntryKind.REVOKE: frozenset({(Bucket.AVAILABLE, Bucket.REVOKED)}),
    EntryKind.MOVE: frozenset({(Bucket.REDEEMED, Bucket.RESERVED), (Bucket.RESERVED, Bucket.REDEEMED)}),
    EntryKind.TRANSFER: frozenset({(Bucket.HELD, Bucket.ELSEWHERE), (Bucket.ELSEWHERE, Bucket.HELD)}),
    EntryKind.REVERSE: frozenset({(Bucket.REDEEMED, Bucket.AVAILABLE), (Bucket.REDEEMED, Bucket.REVOKED)}),
}
"""Which buckets each kind of entry may take from and give to."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`amount` leaves the bucket `debit` of a lot and enters its bucket `credit`.

    `id` is the request of whoever asked: the same id names the same entry for ever. `sequence` counts from
    1 within the account and alone gives the order; `at` is for people, in whole seconds once written.
    `previous` and `hash` chain the account; an entry not yet written has sequence 0 and both all zero.
    `opens` is the digest of the lot's lasting facts and stands in deposits only. `origin` stands in moves only: the
    lower award that gives the amount up to `award`, or gets it back. `party` stands in transfers only: the other
    account, which has an entry of its own about the same transfer.
    """

    id: str
    account: str
    sequence: int
    lot: str
    kind: EntryKind
    amount: Credits
    debit: Bucket
    credit: Bucket
    award: str | None
    reason: str
    at: datetime
    previous: Digest = UNCHAINED
    hash: Digest = UNCHAINED
    opens: Digest | None = None
    origin: str | None = None
    party: str | None = None

    def following(self, sequence: int, previous: Digest) -> Self:
        """This entry as number `sequence` of its account, after the entry hashed `previous`."""
        placed = replace(self, sequence=sequence, previous=previous, at=self.at.replace(microsecond=0))
        return replace(placed, hash=entry_hash(placed))

    def same_request(self, other: Self) -> bool:
        """Whether both ask for the same thing, wherever in the chain and whenever they were asked."""
        return self._request() == other._request()

    def _request(self) -> tuple[object, ...]:
        """The account is not among it: whoever asks again after a transfer asks for the same."""
        return self.id, self.lot, self.kind, self.amount, self.award, self.reason, self.origin, self.party, self.debit

    def owner(self, bucket: Bucket) -> str | None:
        """The award on whose behalf the entry takes from a bucket or gives to it."""
        return self.origin if self.kind is EntryKind.MOVE and bucket is Bucket.REDEEMED else self.award


def chain_start(account: str) -> Digest:
    """What the first entry of an account names as its previous: no two accounts start alike."""
    return json_digest({"document": "creditbank/account/v1", "account": account})


def entry_hash(entry: Entry) -> Digest:
    """Hash every field of an entry but the hash itself, `origin` and `party` where they stand.

    It is SHA-256 over canonical JSON.
    """
    return json_digest(
        {
            "document": "creditbank/entry/v1",
            "id": entry.id,
            "account": entry.account,
            "sequence": entry.sequence,
            "lot": entry.lot,
            "kind": entry.kind.value,
            "amount": str(entry.amount),
            "debit": entry.debit.value,
            "credit": entry.credit.value,
            "award": entry.award,
            "reason": entry.reason,
            "at": instant_text(entry.at),
            "opens": None if entry.opens is None else digest_text(entry.opens),
            **({} if entry.origin is None else {"origin": entry.origin}),
            **({} if entry.party is None else {"party": entry.party}),
            "previous": digest_text(entry.previous),
        }
    )


def _used(lot: Lot, kind: EntryKind, request: str, amount: Credits, award: str, at: datetime, reason: str) -> Entry:
    if not amount:
        raise EmptyEntry(f"To {kind} nothing of lot {lot.id} is no entry.", next_step="Name an amount above zero.")
    back = Bucket.REVOKED if lot.revoked else Bucket.AVAILABLE
    takes, gives = {
        EntryKind.RESERVE: (Bucket.AVAILABLE, Bucket.RESERVED),
        EntryKind.POST: (Bucket.RESERVED, Bucket.REDEEMED),
        EntryKind.RELEASE: (Bucket.RESERVED, back),
        EntryKind.REVERSE: (Bucket.REDEEMED, back),
    }[kind]
    return Entry(request, lot.account, 0, lot.id, kind, amount, takes, gives, award, reason, at)


def deposit(lot: Lot, *, request: str, at: datetime, reason: str = "") -> Entry:
    """Open the lot with its whole amount. Raises `EmptyEntry` for a credential without credit."""
    amount, kind = lot.amount.credits, EntryKind.DEPOSIT
    if not amount:
        raise EmptyEntry(f"The credential {lot.credential} carries no credit to deposit.")
    entry = Entry(request, lot.account, 0, lot.id, kind, amount, Bucket.ISSUED, Bucket.AVAILABLE, None, reason, at)
    return replace(entry, opens=lot.facts())


def reserve(lot: Lot, amount: Credits, *, request: str, award: str, at: datetime, reason: str = "") -> Entry:
    """Hold part of the lot for an award. Raises `EmptyEntry` for an amount of zero."""
    return _used(lot, EntryKind.RESERVE, request, amount, award, at, reason)


def post(lot: Lot, amount: Credits, *, request: str, award: str, at: datetime, reason: str = "") -> Entry:
    """Count towards an award what was reserved for it.

    Possible after a revocation too: the award's intent came first, and both stay on record side by side.
    """
    return _used(lot, EntryKind.POST, request, amount, award, at, reason)


def release(lot: Lot, amount: Credits, *, request: str, award: str, at: datetime, reason: str = "") -> Entry:
    """Give back what was reserved for an award; of a revoked lot it lapses instead of becoming free."""
    return _used(lot, EntryKind.RELEASE, request, amount, award, at, reason)


def reverse(lot: Lot, amount: Credits, *, request: str, award: str, at: datetime, reason: str) -> Entry:
    """Take back what counts for an award that is no more; the use stays on record beside its reversal.

    The credits are free again; of a revoked lot they lapse.
    """
    return _used(lot, EntryKind.REVERSE, request, amount, award, at, reason)


def transfer(lot: Lot, to: str, *, request: str, at: datetime, reason: str) -> tuple[Entry, Entry]:
    """Hand a whole lot with all that happened to it to another account: the entry in either account.

    What was written before stays where it was written.
    """
    assert to != lot.account, "a lot is handed to another account"
    amount, kind, out, into = lot.amount.credits, EntryKind.TRANSFER, Bucket.HELD, Bucket.ELSEWHERE
    given = Entry(f"{request}:out", lot.account, 0, lot.id, kind, amount, out, into, None, reason, at, party=to)
    taken = Entry(f"{request}:in", to, 0, lot.id, kind, amount, into, out, None, reason, at, party=lot.account)
    return given, taken


def give_up(lot: Lot, amount: Credits, *, request: str, award: str, origin: str, at: datetime) -> Entry:
    """Hold for an award what counts for a lower award, `origin`, that is given up for it."""
    return _moved(lot, (Bucket.REDEEMED, Bucket.RESERVED), request, amount, award, origin, at, "")


def take_back(lot: Lot, amount: Credits, *, request: str, award: str, origin: str, at: datetime, reason: str) -> Entry:
    """Let what was to be given up for an award count for the lower award, `origin`, again."""
    return _moved(lot, (Bucket.RESERVED, Bucket.REDEEMED), request, amount, award, origin, at, reason)


def expire(lot: Lot, *, request: str, at: datetime, reason: str = "") -> Entry:
    """Let what is still free lapse at the end of the shelf life. Raises `EmptyEntry` when nothing is free."""
    if not lot.available:
        raise EmptyEntry(f"Nothing of lot {lot.id} is free, so nothing of it can expire.")
    return _lapsed(lot, EntryKind.EXPIRE, Bucket.EXPIRED, request, at, reason)


def revoke(lot: Lot, *, request: str, at: datetime, reason: str) -> Entry:
    """Record that the issuer revoked the credential: what is free lapses, what was redeemed stays recorded.

    The amount may be zero, since a lot used up can be revoked as well and the ledger must say so.
    """
    return _lapsed(lot, EntryKind.REVOKE, Bucket.REVOKED, request, at, reason)


def _lapsed(lot: Lot, kind: EntryKind, into: Bucket, request: str, at: datetime, reason: str) -> Entry:
    return Entry(request, lot.account, 0, lot.id, kind, lot.available, Bucket.AVAILABLE, into, None, reason, at)


def _moved(
    lot: Lot,
    way: tuple[Bucket, Bucket],
    request: str,
    amount: Credits,
    award: str,
    origin: str,
    at: datetime,
    reason: str,
) -> Entry:
    if not amount:
        raise EmptyEntry(f"To move nothing of lot {lot.id} is no entry.", next_step="Name an amount above zero.")
    entry = Entry(request, lot.account, 0, lot.id, EntryKind.MOVE, amount, *way, award, reason, at)
    return replace(entry, origin=origin)
