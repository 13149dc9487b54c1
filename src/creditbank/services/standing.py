"""Standing: which evaluations no longer rest on today's facts.

The newest evaluation of a learner for a body and a qualification stands until something it rests on changes. That is
found by its inputs, without weighing anything again: each reason names what changed. Two things are not looked at here,
because they cost more than a look: whether a signature or an anchor still verifies (awarding asks that), and whether
what the bank's providers offer changed, which only the suggested way on rests on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from creditbank.canonical import digest_text
from creditbank.errors import CreditBankError
from creditbank.framework import Qualification, document_digest
from creditbank.services.accrediting import chosen_register
from creditbank.services.correcting import standing_credential, standing_id
from creditbank.services.evaluating import Evaluating, candidate_of, decisions_of, held_in, in_force_on
from creditbank.services.laddering import held_for_lower
from creditbank.services.ports import Catalogue, Clock, Store
from creditbank.services.records import EvaluationRecord
from creditbank.stacking import Candidate, Held, Setting, TooComplex
from creditbank.stacking.ladder import freed, lower_awards
from creditbank.stacking.weighing import build
from creditbank.units import Credits

AT_ONCE: Final = 100


class Outdated(StrEnum):
    """What an evaluation rests on that is no longer so."""

    CREDENTIAL_REVOKED = "credential-revoked"
    CREDITS_USED = "credits-used"
    CREDITS_FREE = "credits-free"
    CREDENTIAL_GONE = "credential-gone"
    CREDENTIAL_NEW = "credential-new"
    CREDENTIAL_ANCHORED = "credential-anchored"
    LOWER_AWARD_CHANGED = "lower-award-changed"
    RULES_CHANGED = "rules-changed"
    RULES_NEWER = "rules-newer"
    DECISIONS_CHANGED = "decisions-changed"
    REGISTER_NEWER = "register-newer"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that changed: a credential, an award, a decision, a document (by id), or with time the rules."""

    what: Outdated
    id: str


@dataclass(frozen=True, slots=True)
class Stale:
    """A standing evaluation that no longer rests on today's facts, and why."""

    record: EvaluationRecord
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class StalePage:
    """What one stretch of standing evaluations gave. `last` is the one to go on after, None at the end."""

    stale: tuple[Stale, ...]
    looked_at: int
    last: str | None


class Standing:
    """Looks over standing evaluations; it changes nothing and weighs nothing."""

    def __init__(self, store: Store, catalogue: Catalogue, evaluating: Evaluating, clock: Clock) -> None:
        self._store, self._catalogue, self._evaluating, self._clock = store, catalogue, evaluating, clock

    def stale(self, *, after: str | None = None, limit: int = AT_ONCE) -> StalePage:
        """Of the next standing evaluations those that no longer rest on today's facts, in the order of writing.

        At most `limit` (and never more than 100) are looked at. Raises `UnknownRecord` for an unknown `after`.
        """
        most = min(limit, AT_ONCE)
        with self._store.transaction() as tx:
            records = tx.standing_evaluations(after=after, limit=most)
        found = [Stale(record, reasons) for record in records if (reasons := self.reasons(record))]
        return StalePage(tuple(found), len(records), records[-1].id if len(records) == most else None)

    def affected_by(self, credential: str) -> tuple[Stale, ...]:
        """Every standing evaluation that weighed a credential, with what changed since; those unchanged too.

        A credential is one learner's, so only that learner's evaluations are looked at. Raises `UnknownRecord`.
        """
        with self._store.transaction() as tx:
            learner = tx.get_credential(credential).learner
            newest = {(one.organisation, one.qualification): one for one in tx.evaluations_of(learner)}
        return tuple(
            Stale(record, self.reasons(record)) for record in newest.values() if credential in _weighed(record)
        )

    def reasons(self, record: EvaluationRecord) -> tuple[Reason, ...]:
        """Why an evaluation no longer rests on today's facts; empty while it does."""
        day = self._clock.now().date()
        found = [*self._by_credentials(record), *self._by_lower_awards(record), *self._by_documents(record, day)]
        return tuple(found or self._by_time(record, day))

    def _by_credentials(self, record: EvaluationRecord) -> Iterator[Reason]:
        document: Any = record.document
        asked = document.get("asked", {}).get("credentials")
        weighed = {row["credential"]: row for row in document["candidates"]}
        refused = {row["credential"]: row.get("check", "") for row in document["notVerified"]}
        with self._store.transaction() as tx:
            lots = {standing_id(tx, lot.credential): lot for lot in tx.lots_of(record.learner)}
            waited = [credential for credential, check in refused.items() if check.startswith("anchor.")]
            anchored = [credential for credential in waited if tx.find_receipt(credential) is not None]
        for credential in anchored:
            yield Reason(Outdated.CREDENTIAL_ANCHORED, credential)
        for credential, row in weighed.items():
            lot = lots.get(credential)
            if lot is None:
                yield Reason(Outdated.CREDENTIAL_GONE, credential)
            elif lot.revoked and not row["revoked"]:
                yield Reason(Outdated.CREDENTIAL_REVOKED, credential)
            elif (before := Credits.parse(row["available"])) != lot.available:
                fewer = lot.available < before
                yield Reason(Outdated.CREDITS_USED if fewer else Outdated.CREDITS_FREE, credential)
        for credential in sorted(lots.keys() - weighed.keys() - refused.keys()):
            if asked is None or credential in asked:
                yield Reason(Outdated.CREDENTIAL_NEW, credential)

    def _by_lower_awards(self, record: EvaluationRecord) -> Iterator[Reason]:
        """A lower award was won or given up, or counts something else: what would come free with it is not the same."""
        document: Any = record.document
        rules = self._rules(record)
        if rules is None or not rules.absorbs:
            return
        with self._store.transaction() as tx:
            lots = {standing_id(tx, lot.credential): lot.id for lot in tx.lots_of(record.learner)}
            today = held_for_lower(tx, self._catalogue, record.learner, rules.absorbs)
        weighed = {row["credential"]: held_in(row) for row in document["candidates"]}
        then = {(name, *_counted(one)) for name, held in weighed.items() for one in held}
        now = {(name, *_counted(one)) for name in weighed for one in today.get(lots.get(name, ""), ())}
        for award in sorted({award for _, award, *_ in then ^ now}):
            yield Reason(Outdated.LOWER_AWARD_CHANGED, award)

    def _by_documents(self, record: EvaluationRecord, day: date) -> Iterator[Reason]:
        document: Any = record.document
        rules = self._rules(record)
        if rules is None or digest_text(document_digest(rules)) != document["qualification"]["digest"]:
            yield Reason(Outdated.RULES_CHANGED, record.qualification)
            return
        newest = [one for one in self._catalogue.qualifications() if one.id == rules.id and in_force_on(one, day)]
        if newest and newest[-1].version != rules.version:
            yield Reason(Outdated.RULES_NEWER, f"{rules.id}@{newest[-1].version}")
        then, now = _decisions(document), self._decisions_today(record, rules, day)
        for id in sorted({id for id, _ in then ^ now}):
            yield Reason(Outdated.DECISIONS_CHANGED, id)
        if rules.admits.accredited and (told := self._register_today(document)) != document.get("register"):
            yield Reason(Outdated.REGISTER_NEWER, told or "")

    def _by_time(self, record: EvaluationRecord, day: date) -> Iterator[Reason]:
        """With the same units and documents, the rules may say something else on another day: of a unit, or at all."""
        document: Any = record.document
        then = date.fromisoformat(document["date"])
        rules = self._rules(record)
        if then == day or rules is None:
            return
        candidates = self._candidates(record, rules)
        try:
            setting = self._evaluating.setting_of(record)
            lower = lower_awards(rules, candidates, setting(day))
            for units in (candidates, freed(candidates, lower)) if lower else (candidates,):
                if _problem(rules, units, setting(then)) != _problem(rules, units, setting(day)):
                    yield Reason(Outdated.TIME, record.qualification)
                    return
        except CreditBankError as reason:  # out of force, or no longer accepted
            yield Reason(Outdated.TIME, reason.slug)

    def _rules(self, record: EvaluationRecord) -> Qualification | None:
        try:
            return self._catalogue.qualification(record.qualification, record.version)
        except CreditBankError:
            return None

    def _decisions_today(self, record: EvaluationRecord, rules: Qualification, day: date) -> set[tuple[str, str]]:
        return {
            (one.id, digest_text(document_digest(one))) for one in self._evaluating.decisions_for(record, rules, day)
        }

    def _register_today(self, document: Any) -> str | None:
        with self._store.transaction() as tx:
            told = chosen_register(tx, document.get("asked", {}).get("register"))
        return None if told is None else digest_text(document_digest(told))

    def _candidates(self, record: EvaluationRecord, rules: Qualification) -> list[Candidate]:
        """The units of a record; they are what they were, or there would be a reason already."""
        document: Any = record.document
        weighed = {row["credential"] for row in document["candidates"]}
        with self._store.transaction() as tx:
            lower = held_for_lower(tx, self._catalogue, record.learner, rules.absorbs)
            held = [(lot, standing_credential(tx, lot)) for lot in tx.lots_of(record.learner)]
            return [candidate_of(lot, issued, lower.get(lot.id, ())) for lot, issued in held if issued.id in weighed]


def _problem(rules: Qualification, candidates: list[Candidate], setting: Setting) -> object:
    """All that an answer follows from, days apart: what is refused and why, and every bound of the rest."""
    try:
        problem, refused = build(rules, candidates, setting)
    except TooComplex as reached:
        return reached.limit
    units = [(unit.candidate.facts.credential, unit.step, unit.steps) for unit in problem.units]
    reasons = [(item.credential, item.slug) for item in refused]
    return (units, reasons, problem.bounds, problem.places, problem.alternatives, problem.spreads, problem.either)


def _counted(held: Held) -> tuple[str, str, int, str]:
    """What is held without its name: another title is no other fact."""
    return (held.award, held.qualification, held.amount.thousandths, held.by)


def _weighed(record: EvaluationRecord) -> set[str]:
    document: Any = record.document
    return {row["credential"] for row in [*document["candidates"], *document["notVerified"]]}


def _decisions(document: Any) -> set[tuple[str, str]]:
    return {(one.id, digest_text(document_digest(one))) for one in decisions_of(document)}
