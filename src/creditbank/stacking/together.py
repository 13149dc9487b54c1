"""Several awards at once: who may count what besides another, and whether any credit counts twice across their sums.

A unit counts in one award only, or each part of it does. What two awards may both count is a decision that somebody
names, with its limit. Nothing here searches: whoever is given the sums can look by itself.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from creditbank.canonical import Digest, JsonObject
from creditbank.credential.facts import UnitFacts
from creditbank.errors import BadInput
from creditbank.stacking.checker import Fault
from creditbank.stacking.proof import Use
from creditbank.stacking.rule import lot_key
from creditbank.units import NONE, CreditAmount, Credits


class UnclearSharing(BadInput):
    """A permission to share names two of the awards that are asked for, and one limit."""

    slug = "unclear-sharing"


@dataclass(frozen=True, slots=True)
class Shared:
    """A decision, by its `id`, that two awards may both count some of a learner's units.

    `between` are the ids of the two qualifications. At most `units_at_most` units are shared, or at most
    `credits_at_most`, measured in the units' own credits: then only units in that credit system are shared. One unit is
    shared by two awards and never by three.
    """

    id: str
    between: tuple[str, str]
    units_at_most: int | None = None
    credits_at_most: CreditAmount | None = None

    def __post_init__(self) -> None:
        if self.between[0] == self.between[1] or (self.units_at_most is None) == (self.credits_at_most is None):
            raise UnclearSharing(
                f"The permission {self.id} does not say between which two awards, or how much, is shared.",
                next_step="Name two awards and one limit, in units or in credits of one system.",
            )

    def allows(self, facts: UnitFacts) -> bool:
        """Whether it speaks of a unit at all."""
        return self.credits_at_most is None or facts.credits.system == self.credits_at_most.system

    def to_json(self) -> JsonObject:
        """The decision as it stands in a joint evaluation."""
        return {
            "id": self.id,
            "between": [*sorted(self.between)],
            "unitsAtMost": self.units_at_most,
            "creditsAtMost": None if self.credits_at_most is None else str(self.credits_at_most.credits),
            "system": None if self.credits_at_most is None else self.credits_at_most.system,
        }


@dataclass(frozen=True, slots=True, order=True)
class Overlap:
    """So much of one credential, in its own credits, counts in both awards of a decision."""

    credential: str
    decision: str
    amount: Credits

    def to_json(self) -> JsonObject:
        """The overlap as it stands in a joint evaluation."""
        return {"credential": self.credential, "decision": self.decision, "amount": str(self.amount)}


def check_jointly(
    uses: Mapping[str, Sequence[Use]],
    facts: Mapping[Digest, UnitFacts],
    shared: Iterable[Shared] = (),
    overlaps: Sequence[Overlap] = (),
) -> tuple[Fault, ...]:
    """Every way in which sums that are right by themselves are not right together; none when nothing counts twice.

    `uses` holds the uses of each award under the id of its qualification, `facts` what each verified credential says.
    Linear in the uses; each sum by itself is for `checker.check` to confirm.
    """
    decisions = {one.id: one for one in shared}
    amounts: dict[str, dict[str, Credits]] = {}
    issues: dict[str, set[str]] = {}
    whole: dict[str, CreditAmount] = {}
    faults: list[Fault] = []
    for award, own in sorted(uses.items()):
        for use in own:
            unit = facts.get(use.digest)
            if unit is None or unit.credential != use.credential:
                faults.append(
                    Fault("unknown-credential", "", f"No verified credential stands behind {use.credential}.")
                )
                continue
            by_award = amounts.setdefault(use.credential, {})
            by_award[award] = by_award.get(award, NONE) + use.amount
            issues.setdefault(lot_key(unit), set()).add(use.credential)
            whole[use.credential] = unit.credits
    for credentials in issues.values():
        if len(credentials) > 1:
            named = " and ".join(sorted(credentials))
            faults.append(Fault("issue-twice", "", f"{named} are one issue, and awards count both of them."))
    permitted = dict.fromkeys(amounts, NONE)
    for overlap in overlaps:
        fault = _not_permitted(overlap, decisions, amounts, facts.values())
        if fault is not None or permitted[overlap.credential]:
            faults.append(
                fault or Fault("shared-twice", "", f"{overlap.credential} is shared by two decisions at once.")
            )
        else:
            permitted[overlap.credential] = overlap.amount
    faults += _beyond(overlaps, decisions)
    for credential, by_award in sorted(amounts.items()):
        if sum(by_award.values(), start=NONE) > whole[credential].credits + permitted[credential]:
            sentence = f"{credential} has {whole[credential]}, and {' and '.join(by_award)} count more of it together."
            faults.append(Fault("counted-twice", "", sentence))
    return tuple(faults)


def _not_permitted(
    overlap: Overlap,
    decisions: Mapping[str, Shared],
    amounts: Mapping[str, Mapping[str, Credits]],
    units: Iterable[UnitFacts],
) -> Fault | None:
    decision, by_award = decisions.get(overlap.decision), amounts.get(overlap.credential, {})
    unit = next((facts for facts in units if facts.credential == overlap.credential), None)
    if decision is None or unit is None or not decision.allows(unit):
        return Fault("shared-without-leave", "", f"No decision lets two awards share {overlap.credential}.")
    if not overlap.amount or any(by_award.get(award, NONE) < overlap.amount for award in decision.between):
        return Fault("wrong-share", "", f"{decision.id} does not let so much of {overlap.credential} count twice.")
    return None


def _beyond(overlaps: Sequence[Overlap], decisions: Mapping[str, Shared]) -> Iterator[Fault]:
    units = Counter(overlap.decision for overlap in overlaps)
    for name, decision in sorted(decisions.items()):
        together = sum((overlap.amount for overlap in overlaps if overlap.decision == name), start=NONE)
        most = decision.credits_at_most
        if (decision.units_at_most is not None and units[name] > decision.units_at_most) or (
            most is not None and together > most.credits
        ):
            yield Fault("shared-too-much", "", f"More is shared than {name} allows.")
