"""Was this award's credit spent for this award, and for no other? What the redemptions contract says, as told.

The checker adds a sum up; whether the same credits also stand in another award's sum no document can show by itself.
That is what the chain is asked for, and what `award.spent` reports.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from creditbank.canonical import Digest
from creditbank.credential import AwardFacts, UnitFacts
from creditbank.ledger import lot_id
from creditbank.stacking.proof import GivenUp, Use
from creditbank.units import NONE, Credits
from creditbank.verification.check import Findings
from creditbank.verification.trust import SpendFact, TrustFacts

NAME: Final = "award.spent"


def check_spent(
    findings: Findings,
    award: AwardFacts,
    uses: Sequence[Use],
    facts: Mapping[Digest, UnitFacts],
    trust: TrustFacts | None,
    gives_up: Sequence[GivenUp] = (),
) -> None:
    """Answer `award.spent` for every use of the stack; `facts` are those of its credentials, by digest.

    `gives_up` are the lower awards of the same body from which credits moved here: a source that does not know yet of
    this award may still tell of them what was so before.

    It fails when a source denies the spending, or tells of so much spent for others that the lot cannot hold this use
    as well; it is unchecked when no source speaks of this award's use of a lot.
    """
    if trust is None or any(use.digest not in facts for use in uses):
        findings.unchecked(NAME, "Nobody we trust told us what was spent, so we cannot say that it was spent once.")
        return
    before = frozenset((award.issuer, lower.award) for lower in gives_up)
    sources: list[str] = []
    silent = ""
    for use in _by_lot(uses):
        unit = facts[use.digest]
        said = trust.spends_of("0x" + lot_id(unit.issuer, unit.first_issue).hex())
        if reason := _contradicted(use, unit, award, _as_moved(said, award, before)):
            findings.failed(NAME, reason, compared="each use with what the redemptions contract has for its lot")
            return
        mine = [fact for fact in said if _of(fact, award)]
        sources += [trust.told_by(fact) for fact in mine]
        silent = silent or ("" if mine else use.credential)
    if silent:
        findings.unchecked(
            NAME,
            f"No source we trust says that {silent[:120]} was spent for this award, so it may count elsewhere too.",
            how="Give a trust file that tells of it, or ask the chain.",
        )
        return
    told = "; ".join(dict.fromkeys(sources))
    findings.passed(
        NAME,
        "Every credit of the sum is spent for this award, and no lot for more than it holds.",
        compared="each use with what the redemptions contract has for its lot",
        how=f"Told by {told}.",
        source=told,
    )


def _by_lot(uses: Sequence[Use]) -> list[Use]:
    """One use for each credential: all of its parts that count are spent together."""
    found: dict[Digest, Use] = {}
    for use in uses:
        before = found.get(use.digest)
        found[use.digest] = use if before is None else replace(before, amount=before.amount + use.amount)
    return list(found.values())


def _of(fact: SpendFact, award: AwardFacts) -> bool:
    return (fact.awarder, fact.award) == (award.issuer, award.credential)


def _as_moved(said: Sequence[SpendFact], award: AwardFacts, before: frozenset[tuple[str, str]]) -> Sequence[SpendFact]:
    """The facts without those about a lower award given up, from sources that do not tell of this award's use.

    A source that tells of both says so of one moment, and then nothing may be left there that does not fit beside it.
    """
    newer = {fact.source for fact in said if _of(fact, award) and fact.amount}
    return [fact for fact in said if (fact.awarder, fact.award) not in before or fact.source in newer]


def _contradicted(use: Use, unit: UnitFacts, award: AwardFacts, said: Sequence[SpendFact]) -> str:
    """How the facts deny this use, or an empty text."""
    for fact in said:
        if _of(fact, award) and fact.amount != use.amount:
            return f"Of {use.credential[:120]} {fact.amount} are spent for this award, but {use.amount} are counted."
    others: dict[tuple[str, str], Credits] = {}
    for fact in said:
        if not _of(fact, award):
            key = (fact.awarder, fact.award)
            others[key] = max(others.get(key, NONE), fact.amount)
    elsewhere = sum(others.values(), start=NONE)
    if elsewhere + use.amount > unit.credits.credits:
        first = min(award for _, award in others)
        return f"The credits of {use.credential[:120]} already count towards another award, {first[:120]}."
    return ""
