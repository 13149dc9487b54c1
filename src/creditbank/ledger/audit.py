"""The auditor: re-adds every sum and re-hashes every chain, trusting nothing kept beside the entries."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from creditbank.canonical import Digest
from creditbank.ledger.entry import MOVEMENTS, Entry, EntryKind, chain_start, entry_hash
from creditbank.ledger.lot import Bucket, Lot, lot_id
from creditbank.units import Credits


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


def balances(entries: Iterable[Entry]) -> dict[Bucket, int]:
    """The sums of all buckets in thousandths; together zero, since every entry takes what it gives."""
    sums = dict.fromkeys(Bucket, 0)
    for entry in entries:
        sums[entry.debit] -= entry.amount.thousandths
        sums[entry.credit] += entry.amount.thousandths
    return sums


def counted(entries: Iterable[Entry]) -> dict[tuple[str, str], Credits]:
    """How much of each lot counts for which award: the sums of what was posted, given up and taken back."""
    sums: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        for bucket, sign in ((entry.debit, -1), (entry.credit, 1)):
            award = entry.owner(bucket)
            if bucket is Bucket.REDEEMED and award is not None:
                sums[entry.lot, award] += sign * entry.amount.thousandths
    return {key: Credits(amount) for key, amount in sums.items() if amount > 0}


def verify_chain(entries: Sequence[Entry], *, head: Digest | None = None) -> Fault | None:
    """Re-hash one account's entries in the order of their sequence; return the first fault, or None.

    `head` is the hash that the newest entry must have, where the auditor knows it: without it a cut-off end
    is not seen.
    """
    if not entries:
        return None
    account = entries[0].account
    previous = chain_start(account)
    for number, entry in enumerate(entries, start=1):
        if entry.account != account or entry.sequence != number:
            return _fault(entry, "chain-gap", f"entry {number} of account {account} is missing or out of place")
        if entry.previous != previous:
            return _fault(entry, "chain-broken", f"entry {number} does not follow the entry before it")
        if entry_hash(entry) != entry.hash:
            return _fault(entry, "entry-edited", f"entry {number} is not what was hashed when it was written")
        previous = entry.hash
    if head is not None and previous != head:
        return _fault(
            entries[-1], "chain-head", f"account {account} should end with another entry than number {number}"
        )
    return None


def audit(lots: Iterable[Lot], entries: Iterable[Entry], *, heads: Mapping[str, Digest] | None = None) -> list[Fault]:
    """Check every account's chain and every lot against its entries; an empty list means that all agree.

    `heads` gives the newest hash by account, as the store keeps it or as it was anchored.
    """
    by_account: defaultdict[str, list[Entry]] = defaultdict(list)
    by_lot: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: (entry.account, entry.sequence)):
        by_account[entry.account].append(entry)
        by_lot[entry.lot].append(entry)
    heads = heads or {}
    chains = (verify_chain(chain, head=heads.get(account)) for account, chain in by_account.items())
    faults = [fault for fault in chains if fault is not None]
    faults += [
        Fault("chain-head", account, "", None, f"all entries of account {account} are gone")
        for account in sorted(heads.keys() - by_account.keys())
    ]
    known = {lot.id: lot for lot in lots}
    for lot in known.values():
        faults += _lot_faults(lot, by_lot[lot.id])
    return faults + [
        _fault(by_lot[missing][0], "lot-missing", f"entries name the lot {missing}, which is gone")
        for missing in sorted(by_lot.keys() - known.keys())
    ]


def _lot_faults(lot: Lot, entries: Sequence[Entry]) -> list[Fault]:
    faults: list[Fault] = []

    def found(slug: str, sentence: str) -> None:
        faults.append(Fault(slug, lot.account, lot.id, None, f"lot {lot.id}: {sentence}"))

    if lot.id != "0x" + lot_id(lot.issuer, lot.first_issue).hex():
        found("lot-edited", "its id does not come from its issuer and first issue")
    if not entries or entries[0].kind is not EntryKind.DEPOSIT or entries[0].opens != lot.facts():
        found("lot-edited", "it is not what its deposit opened")
    faults += _entry_faults(lot, entries)
    sums = balances(entries)
    kept = {
        Bucket.ISSUED: -lot.amount.credits.thousandths,
        Bucket.RESERVED: lot.reserved.thousandths,
        Bucket.REDEEMED: lot.redeemed.thousandths,
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


def _entry_faults(lot: Lot, entries: Sequence[Entry]) -> list[Fault]:
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
        if entry.account != lot.account:
            faults.append(_fault(entry, "entry-account", "the entry and its lot belong to different accounts"))
        if (entry.debit, entry.credit) not in MOVEMENTS[entry.kind]:
            faults.append(_fault(entry, "entry-kind", f"{entry.kind} never moves {entry.debit} to {entry.credit}"))
        if position and entry.kind is EntryKind.DEPOSIT:
            faults.append(_fault(entry, "lot-opened-twice", "the lot is deposited a second time"))
        if sums[entry.debit] < 0 and entry.debit is not Bucket.ISSUED:
            faults.append(_fault(entry, "overdrawn", f"more is taken from {entry.debit} than stood there"))
        if held[taken] < 0 and entry.debit in (Bucket.RESERVED, Bucket.REDEEMED):
            faults.append(_fault(entry, "overdrawn", f"award {taken[0]} gives more than it has {entry.debit}"))
        if (entry.origin is not None) != (entry.kind is EntryKind.MOVE):
            faults.append(_fault(entry, "entry-kind", "a move, and nothing else, names the award it comes from"))
    return faults


def _fault(entry: Entry, slug: str, sentence: str) -> Fault:
    return Fault(slug, entry.account, entry.lot, entry.sequence, f"{sentence} (entry {entry.id})")
