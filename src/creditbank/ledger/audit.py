"""The auditor: re-adds every sum and re-hashes every chain, trusting nothing kept beside the entries.

It reads two streams, entries by account and entries by lot, and keeps no more of them than one account's or one lot's
at a time. Everything may have been edited by hand, the hashes included: only a head that was anchored before is beyond
the reach of whoever can write to the database (threat 65).
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Protocol

from creditbank.canonical import Digest, digest_text
from creditbank.ledger.entry import ASKED, MOVEMENTS, Entry, EntryKind, chain_start, entry_hash
from creditbank.ledger.lot import Bucket, Lot, lot_id
from creditbank.units import Credits


class Held(Protocol):
    """What an award has of a lot, as it is kept beside the entries."""

    @property
    def lot(self) -> str:
        """The lot's id."""
        ...

    @property
    def award(self) -> str:
        """The award's name."""
        ...

    @property
    def reserved(self) -> Credits:
        """How much is held for it."""
        ...

    @property
    def redeemed(self) -> Credits:
        """How much counts for it."""
        ...


class Used(Protocol):
    """What one redemption uses of a lot, as it is kept beside the entries."""

    @property
    def lot(self) -> str:
        """The lot's id."""
        ...

    @property
    def request(self) -> str:
        """The redemption's request."""
        ...

    @property
    def award(self) -> str:
        """The award's name."""
        ...

    @property
    def amount(self) -> Credits:
        """How much of the lot it uses."""
        ...

    @property
    def asked(self) -> Digest:
        """What its request stands for."""
        ...

    @property
    def entries(self) -> frozenset[EntryKind]:
        """Which entries of its own it has by the step it reached, of reservation, posting and release."""
        ...


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not add up, with the row it stands in.

    `sequence` is the entry's number in its account, None for a fault of a lot or of a whole account.
    """

    slug: str
    account: str
    lot: str
    sequence: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class AccountHead:
    """The hash of an account's entry number `sequence`: of the newest one, or of the newest when it was anchored."""

    account: str
    sequence: int
    head: Digest


def balances(entries: Iterable[Entry]) -> dict[Bucket, int]:
    """The sums of all buckets in thousandths; together zero, since every entry takes what it gives."""
    sums = dict.fromkeys(Bucket, 0)
    for entry in entries:
        sums[entry.debit] -= entry.amount.thousandths
        sums[entry.credit] += entry.amount.thousandths
    return sums


def counted(entries: Iterable[Entry]) -> dict[tuple[str, str], Credits]:
    """How much of each lot counts for which award: the sums of what was posted, given up, taken back and reversed."""
    sums: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        for bucket, sign in ((entry.debit, -1), (entry.credit, 1)):
            award = entry.owner(bucket)
            if bucket is Bucket.REDEEMED and award is not None:
                sums[entry.lot, award] += sign * entry.amount.thousandths
    return {key: Credits(amount) for key, amount in sums.items() if amount > 0}


def verify_chain(
    entries: Iterable[Entry], *, head: Digest | None = None, anchored: Sequence[AccountHead] = ()
) -> Fault | None:
    """Re-hash one account's entries in the order of their sequence; return the first fault, or None.

    `head` is the hash that the newest entry must have, where the auditor knows it: without it a cut-off end
    is not seen. `anchored` are heads from outside the database, oldest first: without them an account is not seen to
    have been hashed anew from the edited entry to its end.
    """
    previous, last, sound = b"", None, 0
    outside = {one.sequence: one.head for one in anchored}
    for number, entry in enumerate(entries, start=1):
        previous = previous or chain_start(entry.account)
        if (last is not None and entry.account != last.account) or entry.sequence != number:
            return _fault(entry, "chain-gap", f"entry {number} of account {entry.account} is missing or out of place")
        if entry.previous != previous:
            return _fault(entry, "chain-broken", f"entry {number} does not follow the entry before it")
        if entry_hash(entry) != entry.hash:
            return _fault(entry, "entry-edited", f"entry {number} is not what was hashed when it was written")
        if outside.pop(number, entry.hash) != entry.hash:
            return _fault(
                entry,
                "head-edited",
                f"entry {number} ends with another hash than was anchored: of the entries {sound + 1} to {number} "
                f"of account {entry.account} one was edited, and those after it hashed anew",
            )
        sound = number if any(one.sequence == number for one in anchored) else sound
        previous, last = entry.hash, entry
    if last is None:
        return None
    if outside:
        return _fault(last, "chain-head", f"entries that were anchored are gone: account {last.account} had more")
    if head is not None and previous != head:
        return _fault(last, "chain-head", f"account {last.account} should end with another entry than this one")
    return None


def audit(
    lots: Iterable[Lot],
    entries: Iterable[Entry],
    *,
    heads: Mapping[str, Digest] | None = None,
    anchored: Iterable[AccountHead] = (),
) -> list[Fault]:
    """Check every account's chain and every lot against its entries; an empty list means that all agree.

    `heads` gives the newest hash by account as the store keeps it, `anchored` heads as they were anchored.
    """
    written = list(entries)
    newest = (AccountHead(account, 0, head) for account, head in sorted((heads or {}).items()))
    return [
        *audit_chains(
            sorted(written, key=lambda entry: (entry.account, entry.sequence)),
            newest,
            sorted(anchored, key=lambda one: (one.account, one.sequence)),
        ),
        *audit_lots(
            sorted(lots, key=lambda lot: lot.id),
            sorted(written, key=lambda entry: (entry.lot, entry.account, entry.sequence)),
        ),
    ]


def audit_chains(
    entries: Iterable[Entry], heads: Iterable[AccountHead], anchored: Iterable[AccountHead] = ()
) -> Iterator[Fault]:
    """The first fault of each account's chain; all three come in the order of accounts, then of sequences."""
    rows = merge(
        ((one.account, 0, one) for one in heads),
        ((one.account, 1, one) for one in anchored),
        ((one.account, 2, one) for one in entries),
        key=itemgetter(0, 1),
    )
    for account, group in groupby(rows, key=itemgetter(0)):
        fault = _chain_fault(account, group)
        if fault is not None:
            yield fault


def _chain_fault(account: str, rows: Iterator[tuple[str, int, Any]]) -> Fault | None:
    head: Digest | None = None
    outside: list[AccountHead] = []
    for _, rank, row in rows:
        if rank == 0:
            head = row.head
        elif rank == 1:
            outside.append(row)
        else:
            rest = (entry for _, _, entry in rows)
            return verify_chain(_led(row, rest), head=head, anchored=outside)
    if head == chain_start(account) and not outside:
        return None  # opened, and nothing was written yet
    return Fault("chain-head", account, "", None, f"all entries of account {account} are gone")


def _led(first: Entry, rest: Iterator[Entry]) -> Iterator[Entry]:
    yield first
    yield from rest


def audit_lots(lots: Iterable[Lot], entries: Iterable[Entry]) -> Iterator[Fault]:
    """Every fault of every lot against its entries; both come in the order of lot ids."""
    known: Iterator[tuple[str, int, Any]] = ((lot.id, 0, lot) for lot in lots)
    rows = merge(known, ((one.lot, 1, one) for one in entries), key=itemgetter(0, 1))
    for missing, group in groupby(rows, key=itemgetter(0)):
        found: Lot | None = None
        about: list[Entry] = []
        for _, rank, row in group:
            if rank == 0:
                found = row
            else:
                about.append(row)
        if found is None:
            yield _fault(about[0], "lot-missing", f"entries name the lot {missing}, which is gone")
        else:
            yield from _lot_faults(found, about)


def audit_holds(holds: Iterable[Held], entries: Iterable[Entry]) -> Iterator[Fault]:
    """Every award whose hold of a lot is not what the entries add up to; both come in the order of lot ids."""
    kept: Iterator[tuple[str, int, Any]] = ((one.lot, 0, one) for one in holds)
    rows = merge(kept, ((one.lot, 1, one) for one in entries), key=itemgetter(0, 1))
    for lot, group in groupby(rows, key=itemgetter(0)):
        off: Counter[tuple[str, Bucket]] = Counter()
        account = ""
        for _, rank, row in group:
            if rank == 0:
                off[row.award, Bucket.RESERVED] -= row.reserved.thousandths
                off[row.award, Bucket.REDEEMED] -= row.redeemed.thousandths
                continue
            account = row.account
            for bucket, sign in ((row.debit, -1), (row.credit, 1)):
                if bucket in (Bucket.RESERVED, Bucket.REDEEMED) and (award := row.owner(bucket)) is not None:
                    off[award, bucket] += sign * row.amount.thousandths
        for (award, bucket), amount in sorted(off.items()):
            if amount:
                sentence = (
                    f"award {award} has {abs(amount)} thousandths {'less' if amount > 0 else 'more'} of lot {lot}"
                )
                yield Fault("hold-edited", account, lot, None, f"{sentence} {bucket} than its entries add up to")


_STEPS: Final = (EntryKind.RESERVE, EntryKind.POST, EntryKind.RELEASE)


def audit_redemptions(
    uses: Iterable[Used], entries: Iterable[Entry], *, answered: Callable[[str], bool] = lambda _: False
) -> Iterator[Fault]:
    """Every redemption that its entries do not bear out, and every one of which only the entries are left.

    Both come in the order of lot ids. `answered` says whether a request was answered before redemptions had rows. One
    that was refused at once has no entries, and one refused by the chain has a release beside its reservation.
    """
    kept: Iterator[tuple[str, int, Any]] = ((one.lot, 0, one) for one in uses)
    rows = merge(kept, ((one.lot, 1, one) for one in entries), key=itemgetter(0, 1))
    for lot, group in groupby(rows, key=itemgetter(0)):
        known: dict[str, Used] = {}
        found: defaultdict[str, dict[EntryKind, Entry]] = defaultdict(dict)
        for _, rank, row in group:
            if rank == 0:
                known[row.request] = row
            elif row.kind in _STEPS and (request := _redemption_of(row)):
                found[request][row.kind] = row
        for request in sorted(known.keys() | found.keys()):
            yield from _redemption_faults(lot, request, known.get(request), found[request], answered)


def _redemption_of(entry: Entry) -> str:
    """The request of the redemption that an entry is a step of: `reserve:redeem:<request>:<lot>`; else nothing."""
    start = f"{entry.kind}:redeem:"
    end = f":{entry.lot}"
    return entry.id[len(start) : -len(end)] if entry.id.startswith(start) and entry.id.endswith(end) else ""


def _redemption_faults(
    lot: str, request: str, use: Used | None, steps: Mapping[EntryKind, Entry], answered: Callable[[str], bool]
) -> Iterator[Fault]:
    account = next((one.account for one in steps.values()), "")
    if use is None:
        if not answered(request):
            yield Fault("redemption-gone", account, lot, None, f"redemption {request} has entries, and is gone")
        return
    wanted = use.entries if steps or EntryKind.RELEASE not in use.entries else frozenset()
    if frozenset(steps) != wanted:
        sentence = f"redemption {request} of lot {lot} is at another step than its entries"
        yield Fault("redemption-edited", account, lot, None, sentence)
    elif any((one.amount, one.award) != (use.amount, use.award) for one in steps.values()):
        sentence = f"redemption {request} says {use.amount} of lot {lot} for {use.award}, its entries say otherwise"
        yield Fault("redemption-edited", account, lot, None, sentence)
    elif any(one.reason.startswith(ASKED) and one.reason != ASKED + digest_text(use.asked) for one in steps.values()):
        sentence = f"redemption {request} of lot {lot} stands for something else than its entries say was asked"
        yield Fault("redemption-edited", account, lot, None, sentence)


def audit_reversals(taken_back: Iterable[Held], entries: Iterable[Entry]) -> Iterator[Fault]:
    """Every award of which more, or less, is said to be taken back than entries reversed.

    `taken_back` is what each redemption and award that says it was reversed had counted (`redeemed`). Both come in the
    order of lot ids.
    """
    said: Iterator[tuple[str, int, Any]] = ((one.lot, 0, one) for one in taken_back)
    rows = merge(said, ((one.lot, 1, one) for one in entries), key=itemgetter(0, 1))
    for lot, group in groupby(rows, key=itemgetter(0)):
        off: Counter[str] = Counter()
        account = ""
        for _, rank, row in group:
            if rank == 0:
                off[row.award] -= row.redeemed.thousandths
            elif row.kind is EntryKind.REVERSE:
                off[row.award] += row.amount.thousandths
                account = row.account
        for award, amount in sorted(off.items()):
            if amount:
                way = "more" if amount > 0 else "less"
                sentence = f"{abs(amount)} thousandths {way} of lot {lot} were reversed for award {award} than"
                yield Fault("reversal-edited", account, lot, None, f"{sentence} its redemptions and the award say")


def _story(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The entries of a lot from account to account as its transfers lead, and those that no transfer leads to."""
    waiting: defaultdict[str, deque[Entry]] = defaultdict(deque)
    for entry in sorted(entries, key=lambda entry: (entry.account, entry.sequence)):
        waiting[entry.account].append(entry)
    deposited = [entry for entry in entries if entry.kind is EntryKind.DEPOSIT]
    told: list[Entry] = []
    account = deposited[0].account if deposited else None
    while account is not None and waiting[account]:
        entry = waiting[account].popleft()
        told.append(entry)
        if (entry.kind, entry.debit) == (EntryKind.TRANSFER, Bucket.HELD):
            account = _follows(entry, waiting[entry.party or ""])
    return told, [entry for rest in waiting.values() for entry in rest]


def _follows(given: Entry, there: Sequence[Entry]) -> str | None:
    """The account in which a lot goes on after it was given away; None where no entry takes it."""
    if not there:
        return None
    taken = there[0]
    same = (taken.kind, taken.debit, taken.party, taken.amount) == (
        EntryKind.TRANSFER,
        Bucket.ELSEWHERE,
        given.account,
        given.amount,
    )
    return taken.account if same else None


def _lot_faults(lot: Lot, entries: Sequence[Entry]) -> list[Fault]:
    faults: list[Fault] = []

    def found(slug: str, sentence: str) -> None:
        faults.append(Fault(slug, lot.account, lot.id, None, f"lot {lot.id}: {sentence}"))

    if lot.id != "0x" + lot_id(lot.issuer, lot.first_issue).hex():
        found("lot-edited", "its id does not come from its issuer and first issue")
    told, left = _story(entries)
    if not told or told[0].kind is not EntryKind.DEPOSIT or told[0].opens != lot.facts(told[0].account):
        found("lot-edited", "it is not what its deposit opened")
    if told and (told[-1].account != lot.account or told[-1].credit is Bucket.ELSEWHERE):
        found("lot-edited", "it stands in another account than its entries lead to")
    faults += [_fault(one, "entry-account", "the entry and its lot belong to different accounts") for one in left]
    faults += _entry_faults([*told, *left])
    sums = balances(entries)
    kept = {
        Bucket.ISSUED: -lot.amount.credits.thousandths,
        Bucket.RESERVED: lot.reserved.thousandths,
        Bucket.REDEEMED: lot.redeemed.thousandths,
        Bucket.HELD: 0,
    }
    for bucket, amount in kept.items():
        if sums[bucket] != amount:
            found(
                "lot-sum",
                f"it says {abs(amount)} thousandths {bucket}, its entries add up to {abs(sums[bucket])}",
            )
    if sums[Bucket.EXPIRED] + sums[Bucket.REVOKED] != lot.lapsed.thousandths:
        found("lot-sum", "what lapsed is not what its entries add up to")
    if lot.revoked != any(entry.kind is EntryKind.REVOKE for entry in entries):
        found("lot-sum", "its entries and its revocation mark disagree")
    return faults


_NOT_OVERDRAWN = (Bucket.ISSUED, Bucket.HELD, Bucket.ELSEWHERE)


def _entry_faults(entries: Sequence[Entry]) -> list[Fault]:
    faults: list[Fault] = []
    sums: Counter[Bucket] = Counter()
    held: Counter[tuple[str | None, Bucket]] = Counter()
    for position, entry in enumerate(entries):
        amount = entry.amount.thousandths
        sums[entry.debit] -= amount
        sums[entry.credit] += amount
        taken, given = (entry.owner(entry.debit), entry.debit), (entry.owner(entry.credit), entry.credit)
        held[taken] -= amount
        held[given] += amount
        if (entry.debit, entry.credit) not in MOVEMENTS[entry.kind]:
            faults.append(_fault(entry, "entry-kind", f"{entry.kind} never moves {entry.debit} to {entry.credit}"))
        if position and entry.kind is EntryKind.DEPOSIT:
            faults.append(_fault(entry, "lot-opened-twice", "the lot is deposited a second time"))
        if sums[entry.debit] < 0 and entry.debit not in _NOT_OVERDRAWN:
            faults.append(_fault(entry, "overdrawn", f"more is taken from {entry.debit} than stood there"))
        if held[taken] < 0 and entry.debit in (Bucket.RESERVED, Bucket.REDEEMED):
            faults.append(_fault(entry, "overdrawn", f"award {taken[0]} gives more than it has {entry.debit}"))
        if (entry.origin is not None) != (entry.kind is EntryKind.MOVE):
            faults.append(_fault(entry, "entry-kind", "a move, and nothing else, names the award it comes from"))
        if (entry.party is not None) != (entry.kind is EntryKind.TRANSFER):
            faults.append(_fault(entry, "entry-kind", "a transfer, and nothing else, names another account"))
    return faults


def _fault(entry: Entry, slug: str, sentence: str) -> Fault:
    return Fault(slug, entry.account, entry.lot, entry.sequence, f"{sentence} (entry {entry.id})")
