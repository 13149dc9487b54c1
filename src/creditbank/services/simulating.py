"""Simulating: what a body's held evaluations would say under other decisions, before it adopts or ends one.

Both answers are of today's facts, so that the decisions are the only difference between them. Nothing is stored, and
nobody is told: what would be is no fact. An evaluation that a decision does not concern is not weighed at all.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from creditbank.canonical import Digest
from creditbank.errors import CreditBankError
from creditbank.framework import AnyDocument, DocumentFaults
from creditbank.services.deciding import NotYourDecision, as_decision
from creditbank.services.evaluating import Evaluating
from creditbank.services.ports import Catalogue, Store
from creditbank.services.records import EvaluationRecord
from creditbank.services.redeeming import awarder_of
from creditbank.stacking import Difference
from creditbank.verification import Decision, decider_of

AT_ONCE: Final = 25


@dataclass(frozen=True, slots=True)
class Simulated:
    """A held evaluation under other decisions: how today's answer would differ, or why that could not be said.

    `before` and `after` are the verdicts. Without `trouble`, no `difference` says that nothing would change.
    """

    record: EvaluationRecord
    before: str = ""
    after: str = ""
    difference: Difference | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Simulation:
    """A stretch of held evaluations, oldest first: how many were looked at, those that change or could not be said.

    `last` is the one to go on after, None at the end.
    """

    looked_at: int
    concerned: int
    changed: tuple[Simulated, ...]
    last: str | None

    def turned(self, to: str) -> int:
        """How many verdicts would become this one."""
        return sum(one.after == to != one.before for one in self.changed)


class Simulating:
    """Weighs held evaluations by decisions that are not adopted."""

    def __init__(self, store: Store, catalogue: Catalogue, evaluating: Evaluating) -> None:
        self._store, self._catalogue, self._evaluating = store, catalogue, evaluating

    def simulate(
        self,
        organisation: str,
        *,
        adopted: Sequence[AnyDocument] = (),
        ended: Collection[Digest] = (),
        after: str | None = None,
        limit: int = AT_ONCE,
        enough: Callable[[], bool] = lambda: False,
    ) -> Simulation:
        """What a stretch of a body's held evaluations would say were these adopted, and those ended.

        What is adopted comes beside what is in force, as it would, and is weighed with as if in force today; an earlier
        version counts on unless it is ended. After the first no other is begun once there was `enough`: each may take
        the whole time that one evaluation may. Raises `NotADecision`, `NotYourDecision`, `DocumentFaults` for what
        names something unknown, `NotAnAwarder`, and `UnknownRecord`.
        """
        with self._store.reading() as tx:
            body = awarder_of(tx, organisation)
            held = tx.standing_evaluations(after=after, limit=limit + 1, organisation=organisation)
        wanted = [self._checked(one, body.did) for one in adopted]
        found: list[Simulated | None] = []
        for one in held[:limit]:
            if found and enough():
                break
            found.append(self._simulated(one, wanted, frozenset(ended)))
        concerned = [one for one in found if one is not None]
        changed = tuple(one for one in concerned if one.difference is not None or one.trouble)
        last = held[len(found) - 1].id if len(held) > len(found) else None
        return Simulation(len(found), len(concerned), changed, last)

    def _checked(self, document: AnyDocument, did: str) -> Decision:
        decision = as_decision(document)
        if decider_of(decision) != did:
            raise NotYourDecision(
                f"{decision.id} is in the name of {decider_of(decision)}.", next_step=f"Write {did} into it."
            )
        if faults := self._catalogue.faults(document):
            raise DocumentFaults(faults, place=decision.id)
        return decision

    def _simulated(
        self, record: EvaluationRecord, adopted: Sequence[Decision], ended: frozenset[Digest]
    ) -> Simulated | None:
        """None where the decisions do not concern what the evaluation asked."""
        try:
            weighed = self._evaluating.would_be(record, adopted=adopted, ended=ended)
        except CreditBankError as trouble:  # one that cannot be weighed keeps nobody from seeing the others
            return Simulated(record, trouble=trouble.sentence)
        if weighed is None:
            return None
        before, after = str(weighed.before["verdict"]), str(weighed.after["verdict"])
        return Simulated(record, before, after, weighed.difference if _bears(weighed.difference) else None)


def _bears(found: Difference) -> bool:
    """Whether anything but the decisions themselves differs."""
    parts = (found.verdict, found.gap, found.counted, found.needed)
    return any(part is not None for part in parts) or bool(found.nodes or found.units or found.other)


__all__ = ["AT_ONCE", "Simulated", "Simulating", "Simulation"]
