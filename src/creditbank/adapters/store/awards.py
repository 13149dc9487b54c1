"""What was weighed and awarded, and the answers that must be given again."""

from collections.abc import Collection
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, not_, select, update

from creditbank.adapters.store.session import Tables, known, limited, rows_by, unknown, values
from creditbank.adapters.store.tables import answers, award_uses, awards, evaluations, joint_evaluations, learners
from creditbank.canonical import Digest
from creditbank.services.listing_ports import Listed, Page
from creditbank.services.ports import AlreadyRecorded
from creditbank.services.records import AwardRecord, AwardState, EvaluationRecord, JointEvaluationRecord
from creditbank.units import Credits

DONE = (AwardState.POSTED, AwardState.REFUSED, AwardState.REVERSED)
_NAMED: Final = select(awards.c.id).where(awards.c.id.in_(bindparam("ids", expanding=True)))
_ANSWER: Final = rows_by(answers, "key")
_FIELDS: Final = tuple(column.name for column in awards.c if column.name != "row")


class Awards(Tables):
    """The part of `ports.Transaction` that keeps evaluations, awards and answers."""

    def add_evaluation(self, evaluation: EvaluationRecord) -> None:
        self._add(evaluations, values(evaluation), f"Evaluation {evaluation.id}")

    def get_evaluation(self, id: str) -> EvaluationRecord:
        query = select(evaluations).where(evaluations.c.id == id)
        return known(self._one(EvaluationRecord, query), f"evaluation {id}")

    def evaluations_of(self, learner: str) -> list[EvaluationRecord]:
        query = select(evaluations).where(evaluations.c.learner == learner).order_by(evaluations.c.row)
        return self._all(EvaluationRecord, query)

    def add_following(self, evaluation: EvaluationRecord) -> EvaluationRecord:
        """The learner's row is locked, so that two runs at once come one after the other."""
        person = select(learners.c.row).where(learners.c.id == evaluation.learner).with_for_update()
        if self._connection.execute(person).one_or_none() is None:
            unknown(f"learner {evaluation.learner}")
        standing = self.standing_evaluation(evaluation.learner, evaluation.organisation, evaluation.qualification)
        if standing is not None and standing.inputs is not None and standing.inputs == evaluation.inputs:
            return standing
        self.add_evaluation(evaluation)
        return evaluation

    def standing_evaluation(self, learner: str, organisation: str, qualification: str) -> EvaluationRecord | None:
        table = evaluations.c
        same = and_(table.learner == learner, table.organisation == organisation, table.qualification == qualification)
        return self._one(EvaluationRecord, select(evaluations).where(same).order_by(table.row.desc()).limit(1))

    def standing_evaluations(
        self, *, after: str | None = None, limit: int = 100, organisation: str | None = None
    ) -> list[EvaluationRecord]:
        later = evaluations.alias()
        overtaken = select(later.c.row).where(
            later.c.learner == evaluations.c.learner,
            later.c.organisation == evaluations.c.organisation,
            later.c.qualification == evaluations.c.qualification,
            later.c.row > evaluations.c.row,
        )
        query = select(evaluations).where(not_(overtaken.exists())).order_by(evaluations.c.row).limit(limit)
        if organisation is not None:
            query = query.where(evaluations.c.organisation == organisation)
        if after is not None:
            place = select(evaluations.c.row).where(evaluations.c.id == after)
            if organisation is not None:  # where another body's stands is not told
                place = place.where(evaluations.c.organisation == organisation)
            row = self._connection.scalar(place)
            query = query.where(evaluations.c.row > (unknown(f"evaluation {after}") if row is None else row))
        return self._all(EvaluationRecord, query)

    def add_joint_evaluation(self, evaluation: JointEvaluationRecord) -> None:
        self._add(joint_evaluations, values(evaluation), f"Joint evaluation {evaluation.id}")

    def get_joint_evaluation(self, id: str) -> JointEvaluationRecord:
        query = select(joint_evaluations).where(joint_evaluations.c.id == id)
        return known(self._one(JointEvaluationRecord, query), f"joint evaluation {id}")

    def add_award(self, award: AwardRecord) -> None:
        with self._atomically():
            self._add(awards, values(award, without=frozenset({"uses"})), f"Award {award.id} or {award.request}")
            for position, (lot, amount) in enumerate(award.uses):
                use = {"award": award.id, "position": position, "lot": lot, "amount": amount}
                self._add(award_uses, use, f"Use {position} of award {award.id}")

    def update_award(self, award: AwardRecord, *, since: AwardState) -> bool:
        """Record the step an award has reached from `since`; False, and nothing written, when it stands elsewhere.

        What an award is for and what it uses never change.
        """
        step = {"state": award.state, "proof": award.proof, "signed": award.signed}
        here = and_(awards.c.id == award.id, awards.c.state == since)
        if self._connection.execute(update(awards).where(here).values(**step)).rowcount == 1:
            return True
        self.get_award(award.id)
        return False

    def take_award_back(self, id: str) -> None:
        own = and_(awards.c.id == id, awards.c.state == AwardState.POSTED)
        self._change(awards, own, f"award {id} that stands", state=AwardState.REVERSED)

    def get_award(self, id: str) -> AwardRecord:
        return known(self._award(awards.c.id == id), f"award {id}")

    def awards_named(self, ids: Collection[str]) -> list[AwardRecord]:
        there = self._connection.scalars(_NAMED, {"ids": sorted(set(ids))}).all() if ids else ()
        return self._awards(awards.c.id.in_(sorted(there))) if there else []

    def find_award(self, id: str) -> AwardRecord | None:
        return self._award(awards.c.id == id)

    def find_award_by_request(self, request: str) -> AwardRecord | None:
        return self._award(awards.c.request == request)

    def awards_of(self, learner: str) -> list[AwardRecord]:
        return self._awards(awards.c.learner == learner)

    def list_awards(
        self, page: Page, *, organisation: str | None = None, learner: str | None = None
    ) -> Listed[AwardRecord]:
        query = select(awards.c.row, awards.c.id)
        for column, value in ((awards.c.organisation, organisation), (awards.c.learner, learner)):
            query = query if value is None else query.where(column == value)
        places = {row.id: row.row for row in self._connection.execute(limited(query, page, awards.c.row))}
        found = self._awards(awards.c.id.in_(list(places)))
        return sorted(((places[award.id], award) for award in found), key=lambda one: -one[0])

    def open_awards(self) -> list[AwardRecord]:
        return self._awards(awards.c.state.not_in(DONE))

    def find_answer(self, key: str) -> tuple[Digest, bytes] | None:
        row = self._connection.execute(_ANSWER, {"key": key}).one_or_none()
        return None if row is None else (row.request, row.answer)

    def put_answer(self, key: str, request: Digest, answer: bytes) -> None:
        """Keep the first answer for ever: the same again is fine, another one raises `AlreadyRecorded`."""
        row = {"key": key, "request": request, "answer": answer}
        if not self._insert_new(answers, row) and self.find_answer(key) != (request, answer):
            raise AlreadyRecorded(f"The request {key} was answered before.")

    def _award(self, key: ColumnElement[bool]) -> AwardRecord | None:
        return next(iter(self._awards(key)), None)

    def _awards(self, key: ColumnElement[bool]) -> list[AwardRecord]:
        # uses come along in the one question, so that an unknown award costs what a foreign one does
        query = select(awards, award_uses.c.lot, award_uses.c.amount).select_from(awards.outerjoin(award_uses))
        rows = self._connection.execute(query.where(key).order_by(awards.c.row, award_uses.c.position)).all()
        grouped = [list(parts) for _, parts in groupby(rows, key=lambda row: row.row)]
        return [_award(parts[0]._mapping, [(one.lot, one.amount) for one in parts if one.lot]) for parts in grouped]


def _award(row: Any, uses: list[tuple[str, Credits]]) -> AwardRecord:
    fields = {name: row[awards.c[name]] for name in _FIELDS}
    return AwardRecord(uses=tuple(uses), **fields)
