"""Weighing one learner's credentials for several awards of a university at once; the answer is a dated fact.

Where all can be had together, each award gets an evaluation of its own, made from its part of the joint answer and from
nothing else. An award built on it leaves the units of the others alone, in whatever order the awards are made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from creditbank.canonical import JsonObject
from creditbank.services.evaluating import Evaluating, Facts, Question
from creditbank.services.ports import Clock, Entropy, Store
from creditbank.services.records import EvaluationRecord, JointEvaluationRecord
from creditbank.stacking import Evaluation, JointEvaluation, Shared, evaluate, evaluate_jointly
from creditbank.stacking.messages import Wording
from creditbank.verification import Decision


@dataclass(frozen=True, slots=True)
class JointQuestion:
    """Whose credits, for which qualifications (ids, or `ID@VERSION`) of which body, and what two of them may share.

    `decisions` are given by hand beside those that the body has adopted.
    """

    learner: str
    qualifications: tuple[str, ...]
    organisation: str
    shared: tuple[Shared, ...] = ()
    decisions: tuple[Decision, ...] = ()
    credentials: tuple[str, ...] | None = None
    register: str | None = None


class Together:
    """Weighs for several awards at once, and keeps what was found."""

    def __init__(
        self, store: Store, evaluating: Evaluating, clock: Clock, entropy: Entropy, deadline: timedelta
    ) -> None:
        self._store, self._evaluating, self._clock, self._entropy = store, evaluating, clock, entropy
        self._deadline = deadline

    def evaluate(
        self, question: JointQuestion, *, wording: Wording | None = None
    ) -> tuple[JointEvaluationRecord, JointEvaluation]:
        """Weigh a learner's credits for all of these awards together. Lower awards on a ladder are left as they are.

        For a yes without sharing the record's `parts` name an evaluation for each award, which `Awarding.award` can
        build on. What two awards share can be awarded for one of them only, because a credit is spent once; such an
        answer has no parts. Raises what `Evaluating.evaluate` raises, `UnclearAwards` and `UnclearSharing`.
        """
        now = self._clock.now()
        every = [self._facts(question, name) for name in question.qualifications]
        candidates = tuple(replace(one, held=()) for one in every[0].candidates) if every else ()
        every = [replace(facts, candidates=candidates) for facts in every]
        asked = [(facts.rules, facts.setting) for facts in every]
        found = evaluate_jointly(asked, candidates, shared=question.shared, stop=self._stop())
        id = self._entropy.urn()
        parts = [
            self._part(facts, part, id)
            for part in (found.awards if found.adds_up and not found.overlaps else ())
            for facts in every
            if facts.rules.id == part.qualification.id
        ]
        document = _document(every, question, found, parts)
        record = JointEvaluationRecord(id, question.learner, question.organisation, document, now)
        with self._store.transaction() as tx:
            for part in parts:
                tx.add_evaluation(part)
            tx.add_joint_evaluation(record)
        if wording is not None:
            spoken = [(rules, replace(setting, wording=wording)) for rules, setting in asked]
            found = evaluate_jointly(spoken, candidates, shared=question.shared, stop=self._stop())
        return record, found

    def get(self, evaluation: str) -> JointEvaluationRecord:
        """A stored joint evaluation; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            return tx.get_joint_evaluation(evaluation)

    def _facts(self, question: JointQuestion, name: str) -> Facts:
        id, _, version = name.partition("@")
        return self._evaluating.facts_today(
            Question(
                question.learner,
                id,
                question.organisation,
                question.decisions,
                catalogue=False,
                credentials=question.credentials,
                register=question.register,
            ),
            version or None,
        )

    def _part(self, facts: Facts, part: Evaluation, jointly: str) -> EvaluationRecord:
        """An ordinary evaluation of what one award counts: these units, and so much of them as it uses."""
        used = {use.credential: use.amount for use in part.uses}
        mine = tuple(
            replace(one, available=used[one.facts.credential])
            for one in facts.candidates
            if one.facts.credential in used
        )
        question = replace(facts.question, credentials=tuple(sorted(used)))
        own = replace(facts, question=question, candidates=mine)
        found = evaluate(own.rules, mine, own.setting, stop=self._stop())
        assert found.adds_up, "a part of a joint answer adds up by itself"
        record = self._evaluating.record_of(own, found)
        return replace(record, document={**record.document, "jointly": jointly})

    def _stop(self) -> Callable[[], bool]:
        ends = self._clock.now() + self._deadline
        return lambda: self._clock.now() >= ends


def _document(
    every: Sequence[Facts], question: JointQuestion, found: JointEvaluation, parts: Sequence[EvaluationRecord]
) -> JsonObject:
    documents: Any = [facts.document() for facts in sorted(every, key=lambda one: one.rules.id)]
    return {
        "document": "creditbank/joint-evaluation-record/v1",
        "date": found.date.isoformat(),
        "awards": documents,
        "shared": [decision.to_json() for decision in question.shared],
        "parts": [part.id for part in parts],
        "result": found.to_json(),
    }
