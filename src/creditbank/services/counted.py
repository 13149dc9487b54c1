"""What awards have of a lot, told to another bank, and taken over from one: a credit is never spent twice.

The chain is asked first, because it is what banks share: what it counts of a lot is spent, whoever spent it. What an
archive says beyond that is its bank's word, which nobody signed; it is believed only where it takes something away.
Either way the amount is held in the ledger under the name of an award elsewhere, so that it is never free here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from creditbank.anchoring import issuer_id
from creditbank.canonical import JsonObject
from creditbank.errors import BadInput
from creditbank.ledger import Lot, post, reserve
from creditbank.services import calls, reads
from creditbank.services.ports import Chain, ChainUnavailable, Transaction
from creditbank.units import NONE, Credits, UnreadableCredits, UnreadableInstant, instant_text, parse_instant

EXPORT: Final = "creditbank/export/v1"
ELSEWHERE: Final = "urn:creditbank:counted-elsewhere:"
"""Before the name of an award that another bank counts for: no award of this bank has such a name."""
SAID: Final = "urn:creditbank:said-to-be-counted:"
"""Before the name of one that an archive alone says it of."""
UNKNOWN: Final = "urn:creditbank:counted-elsewhere"
"""For awards that nobody names."""
RECOVERED: Final = "urn:creditbank:recovered-from-chain"
"""The award under which the ledger counts what a chain says is spent, where nobody knows for what."""
MOST_LOTS: Final = 2_000
MOST_USES: Final = 64
LONGEST_AWARD: Final = 200


class UnreadableExport(BadInput):
    """What an archive says of its account cannot be read, or is not what its files are."""

    slug = "unreadable-export"


@dataclass(frozen=True, slots=True)
class CountedUse:
    """So much of a lot counts for an award of a body (its DID, empty where it is not known); `spent`, or only held."""

    award: str
    body: str
    amount: Credits
    spent: bool = True

    def to_json(self) -> JsonObject:
        """As an archive says it."""
        return {
            "award": self.award,
            "organisation": self.body or None,
            "amount": str(self.amount),
            "state": "redeemed" if self.spent else "reserved",
        }


@dataclass(frozen=True, slots=True)
class Said:
    """What an archive says about the lots of its account, by lot, as of the moment it was made."""

    made: datetime
    uses: Mapping[str, tuple[CountedUse, ...]]


@dataclass(frozen=True, slots=True)
class Held:
    """So much of a lot is not free, because of an award elsewhere, or because nobody can say; and how this bank knows.

    `settled` amounts count there and are redeemed here; the others wait for an answer of the chain.
    """

    award: str
    amount: Credits
    why: str
    settled: bool = True


def counted_uses(tx: Transaction, lot: str) -> tuple[CountedUse, ...]:
    """What awards have of a lot in this ledger, each under the name that it has in the bank that made it."""
    found = []
    for hold in tx.holds_of(lot):
        name = hold.award.removeprefix(ELSEWHERE).removeprefix(SAID)
        body = _body_of(tx, hold.award)
        found += [CountedUse(name, body, hold.redeemed)] if hold.redeemed else []
        found += [CountedUse(name, body, hold.reserved, spent=False)] if hold.reserved else []
    return tuple(found)


def _body_of(tx: Transaction, award: str) -> str:
    """The DID of the body that an award of this bank is of; empty where several bodies redeemed under that name."""
    made = tx.find_award(award)
    bodies = {made.organisation} if made is not None else {one.organisation for one in tx.redemptions_for(award)}
    return tx.get_organisation(bodies.pop()).did if len(bodies) == 1 else ""


def read_said(account: JsonObject) -> Said:
    """Read what an archive says about its lots; raises `UnreadableExport` with a JSON pointer."""
    if account.get("document") != EXPORT:
        raise UnreadableExport(f"This is no account of an archive: its kind is not {EXPORT}.", place="/document")
    try:
        made = parse_instant(str(account.get("made")))
    except UnreadableInstant:
        raise UnreadableExport("The archive does not say when it was made.", place="/made") from None
    lots = account.get("lots")
    if not isinstance(lots, list) or len(lots) > MOST_LOTS:
        raise UnreadableExport(f"The archive lists no lots, or more than {MOST_LOTS}.", place="/lots")
    uses: dict[str, tuple[CountedUse, ...]] = {}
    for number, one in enumerate(lots):
        place = f"/lots/{number}"
        if not isinstance(one, dict) or not isinstance(name := one.get("lot"), str) or name in uses:
            raise UnreadableExport("A lot has a name of its own.", place=f"{place}/lot")
        uses[name] = _uses(one.get("uses", []), f"{place}/uses")
    return Said(made, uses)


def _uses(found: object, place: str) -> tuple[CountedUse, ...]:
    if not isinstance(found, list) or len(found) > MOST_USES:
        raise UnreadableExport(f"A lot has a list of at most {MOST_USES} uses.", place=place)
    return tuple(_use(one, f"{place}/{number}") for number, one in enumerate(found))


def _use(one: object, place: str) -> CountedUse:
    given = one if isinstance(one, dict) else {}
    award, body, amount = given.get("award"), given.get("organisation") or "", given.get("amount")
    if not isinstance(award, str) or not 0 < len(award) <= LONGEST_AWARD or not award.isprintable():
        raise UnreadableExport("A use names its award.", place=f"{place}/award")
    if not isinstance(body, str) or not isinstance(amount, str):
        raise UnreadableExport("A use says of which body and how much.", place=place)
    try:
        return CountedUse(award, body[:LONGEST_AWARD], Credits.parse(amount), given.get("state") != "reserved")
    except UnreadableCredits as cause:
        raise UnreadableExport(cause.sentence, place=f"{place}/amount") from None


def counted_elsewhere(chain: Chain, lot: str, whole: Credits, said: Said | None) -> tuple[Held, ...]:
    """What is not free of a lot that is brought: what the chain counts, and what the archive says beyond that.

    Where the chain does not answer, all of the lot is held: unknown is never free.
    """
    claimed = _summed(() if said is None else said.uses.get(lot, ()))
    made, name = "" if said is None else instant_text(said.made), bytes.fromhex(lot[2:])
    try:
        use = reads.lot_use(chain, name)
        proven = [NONE if use is None else min(one.amount, _shown(chain, name, one)) for one in claimed]
        left = min(NONE if use is None else use.spent, whole)
        silent = False
    except ChainUnavailable:  # what the archive says is kept, because it is not there any more when the chain is
        proven, left, silent = [NONE for _ in claimed], NONE, True
    free, found = whole, list[Held]()

    def hold(award: str, amount: Credits, why: str, *, settled: bool = True) -> None:
        nonlocal free
        if taken := min(amount, free):
            found.append(Held(award, taken, why, settled))
        free -= taken

    for one, shown in zip(claimed, proven, strict=True):
        amount = min(shown, left)
        hold(f"{ELSEWHERE}{one.award}", amount, "counted elsewhere, shown by the chain")
        left -= amount
    for one, shown in zip(claimed, proven, strict=True):
        beyond, amount = one.amount - shown, min(one.amount - shown, left)
        hold(
            f"{ELSEWHERE}{one.award}",
            amount,
            f"counted elsewhere: the chain shows how much, its archive of {made} for what",
        )
        hold(
            f"{SAID}{one.award}",
            beyond - amount,
            f"counted elsewhere, as its archive of {made} says; not shown by the chain",
        )
        left -= amount
    hold(UNKNOWN, left, "counted elsewhere for an award that is not named, shown by the chain")
    if silent:
        hold(UNKNOWN, free, "the chain did not answer, so nobody can say what counts elsewhere", settled=False)
    return tuple(found)


def counted_since(found: Sequence[Held], held: Credits) -> tuple[Held, ...]:
    """What the chain counts beyond an amount that is held already on the word of an archive."""
    rest: list[Held] = []
    for one in found:
        covered = min(one.amount, held)
        held -= covered
        rest += [replace(one, amount=one.amount - covered)] if one.amount > covered else []
    return tuple(rest)


def _summed(uses: Sequence[CountedUse]) -> tuple[CountedUse, ...]:
    """One use for each award of a body: what counts for it and what is held for it are both not free."""
    found: dict[tuple[str, str], CountedUse] = {}
    for one in uses:
        before = found.get((one.award, one.body))
        found[one.award, one.body] = one if before is None else replace(before, amount=before.amount + one.amount)
    return tuple(found.values())


def _shown(chain: Chain, lot: bytes, use: CountedUse) -> Credits:
    """How much of a lot the chain counts for this award of this body."""
    return reads.spent_for(chain, lot, issuer_id(use.body), calls.award_id(use.award)) if use.body else NONE


def hold_elsewhere(tx: Transaction, lot: Lot, found: Sequence[Held], at: datetime, *, request: str) -> None:
    """Keep what is counted elsewhere from being used here, by entries under the caller's request and transaction."""
    for number, one in enumerate(found, start=1):
        name, award, why = f"{request}:elsewhere:{number}", one.award, one.why
        tx.post(reserve(lot, one.amount, request=f"{name}:reserve", award=award, at=at, reason=why))
        if one.settled:
            tx.post(post(lot, one.amount, request=f"{name}:post", award=award, at=at, reason=why))


def only_said(tx: Transaction, lot: str) -> Credits:
    """How much of a lot is counted here on the word of an archive alone, which no chain will ever show."""
    return sum((one.redeemed for one in tx.holds_of(lot) if one.award.startswith(SAID)), start=NONE)


class AwardNameTaken(BadInput):
    """Under this name the ledger keeps what counts in other banks, so no body's own award has it."""

    slug = "award-name-taken"


def require_own_name(award: str) -> None:
    """Raise `AwardNameTaken` where an award that a body makes would be taken for one of another bank.

    What is held for those comes free when the chain has answered, and stays behind when the bank goes to another chain.
    """
    if counts_elsewhere(award):
        raise AwardNameTaken(
            "This name is kept for awards of other banks.", next_step="Name the award by an id of your own, say a UUID."
        )


def counts_elsewhere(award: str) -> bool:
    """Whether the ledger keeps an amount under this name because it is spent elsewhere, for no award of its own."""
    return award.startswith((UNKNOWN, SAID, RECOVERED))


def only_elsewhere(tx: Transaction, lot: str) -> Credits:
    """How much of a lot is counted here because a chain or an archive said so, for awards of other banks."""
    return sum((one.redeemed for one in tx.holds_of(lot) if counts_elsewhere(one.award)), start=NONE)


def sentences_of(uses: Sequence[CountedUse], system: str) -> tuple[str, ...]:
    """What awards have of a lot, in words for a paper."""
    return tuple(
        f"{one.amount} {system} {'counts for' if one.spent else 'is held for'} the award {one.award}." for one in uses
    )
