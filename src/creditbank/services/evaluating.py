"""Evaluating: a university weighs a learner's credentials against a qualification, and the answer is a dated fact.

Only credentials that verify are weighed. The record names everything the answer rests on, so that the same evaluation
can be run again from it, to the byte (`again`), and the same question can be asked again of today's facts (`rerun`).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from creditbank import __version__
from creditbank.canonical import (
    Digest,
    Json,
    JsonObject,
    canonical_json,
    digest_text,
    json_digest,
    parse_digest,
)
from creditbank.credential import read_credential, unit_facts
from creditbank.errors import BadInput, Conflict, NotFound
from creditbank.framework import (
    Acceptance,
    ConversionPolicy,
    Qualification,
    Recognition,
    Register,
    RuleException,
    document_digest,
)
from creditbank.ledger import Lot
from creditbank.services.accrediting import chosen_register, register_by_digest
from creditbank.services.correcting import standing_credential
from creditbank.services.deciding import Deciding
from creditbank.services.laddering import held_for_lower
from creditbank.services.offering import Planned, offers_of, planned_units
from creditbank.services.ports import Catalogue, Clock, Entropy, Store, Transaction
from creditbank.services.records import EvaluationRecord, IssuedCredential
from creditbank.services.redeeming import awarder_of
from creditbank.services.verifying import Verifying
from creditbank.stacking import (
    Candidate,
    Difference,
    Evaluation,
    Held,
    Offer,
    Pace,
    Setting,
    WhatIf,
    difference,
    evaluate,
    refutation_proof,
)
from creditbank.stacking.carrying import Before, carried
from creditbank.stacking.messages import Wording
from creditbank.units import Credits
from creditbank.verification import Decision, Outcome, Verdict

DEADLINE: Final = timedelta(seconds=30)


class EvaluationChanged(Conflict):
    """A stored evaluation no longer gives the answer on record, or no longer rests on credentials that verify."""

    slug = "evaluation-changed"


class FollowsNothing(NotFound):
    """An evaluation that was not run again from another has nothing before it to differ from."""

    slug = "follows-nothing"


class NotComparable(BadInput):
    """Only evaluations of one learner and one qualification say something different of the same thing."""

    slug = "not-comparable"


@dataclass(frozen=True, slots=True)
class Weighed:
    """Everything an evaluation rests on, rebuilt from its record."""

    record: EvaluationRecord
    qualification: Qualification
    candidates: tuple[Candidate, ...]
    setting: Setting
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, so that it can be asked again: whose credits, by whose rules, for which body, with what besides.

    `register` is None where none was named; `decisions` were given by hand. In which version the rules are asked is
    said beside it: another version is the same question.
    """

    learner: str
    qualification: str
    organisation: str
    decisions: tuple[Decision, ...] = ()
    catalogue: bool = True
    credentials: tuple[str, ...] | None = None
    register: str | None = None

    def asked(self) -> JsonObject:
        """The part of a question that the answer does not show."""
        chosen: list[Any] | None = None if self.credentials is None else sorted(self.credentials)
        return {"catalogue": self.catalogue, "credentials": chosen, "register": self.register}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the bank knows today that bears on a question: rules, verified units, decisions, offers."""

    question: Question
    rules: Qualification
    candidates: tuple[Candidate, ...]
    setting: Setting
    offers: tuple[Offer, ...]
    refused: tuple[JsonObject, ...]
    adopted: frozenset[Digest]

    def document(self) -> JsonObject:
        """The facts as they stand in the record of an evaluation."""
        setting = self.setting
        decisions: list[Decision] = [*setting.conversions, *setting.recognitions, *setting.acceptances]
        decisions += setting.exceptions
        excepted: list[Json] = [decision.model_dump(mode="json", by_alias=True) for decision in setting.exceptions]
        told = {} if setting.register is None else {"register": digest_text(document_digest(setting.register))}
        candidates = sorted(self.candidates, key=lambda item: item.facts.credential)
        return {
            "document": "creditbank/evaluation-record/v1",
            "engine": __version__,
            "date": setting.date.isoformat(),
            "awarding": setting.awarding,
            "asked": self.question.asked(),
            "qualification": {
                "id": self.rules.id,
                "version": self.rules.version,
                "digest": digest_text(document_digest(self.rules)),
            },
            "candidates": [_row(candidate) for candidate in candidates],
            "conversions": [policy.model_dump(mode="json", by_alias=True) for policy in setting.conversions],
            "recognitions": [decision.model_dump(mode="json", by_alias=True) for decision in setting.recognitions],
            "acceptances": [decision.model_dump(mode="json", by_alias=True) for decision in setting.acceptances],
            **({"exceptions": excepted} if excepted else {}),
            **told,
            "notAdopted": [one.id for one in decisions if document_digest(one) not in self.adopted],
            "notVerified": list(self.refused),
        }

    def inputs(self) -> Digest:
        """A digest of all that the answer could depend on, the day and the program's version included."""
        document: Any = self.document()
        framework = self.setting.frameworks.get(self.rules.framework)
        return json_digest(
            {
                **document,
                "notVerified": [[row["credential"], row["verdict"]] for row in document["notVerified"]],
                "learner": self.question.learner,
                "organisation": self.question.organisation,
                "framework": None if framework is None else digest_text(document_digest(framework)),
                "offers": sorted(digest_text(offer.unit.digest) for offer in self.offers),
            }
        )


@dataclass(frozen=True, slots=True)
class Rerun:
    """An evaluation that was run again: the record that answers now, and how it differs from the one asked about.

    `stored` is False where nothing had changed: then the record is the standing one, and nothing new was written.
    """

    record: EvaluationRecord
    difference: Difference
    stored: bool


@dataclass(frozen=True, slots=True)
class WouldBe:
    """An answer of today, the answer under other decisions, and how they differ."""

    before: JsonObject
    after: JsonObject
    difference: Difference


class Evaluating:
    """Runs evaluations and keeps them."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        verifying: Verifying,
        deciding: Deciding,
        clock: Clock,
        entropy: Entropy,
        deadline: timedelta = DEADLINE,
    ) -> None:
        self._store, self._catalogue, self._verifying, self._deciding = store, catalogue, verifying, deciding
        self._clock, self._entropy, self._deadline = clock, entropy, deadline

    def evaluate(
        self,
        *,
        learner: str,
        qualification: str,
        organisation: str,
        version: str | None = None,
        conversions: Sequence[ConversionPolicy] = (),
        recognitions: Sequence[Recognition] = (),
        acceptances: Sequence[Acceptance] = (),
        exceptions: Sequence[RuleException] = (),
        catalogue: bool = True,
        credentials: Sequence[str] | None = None,
        register: str | None = None,
        wording: Wording | None = None,
    ) -> tuple[EvaluationRecord, Evaluation]:
        """Weigh a learner's credits (all of them, or the chosen `credentials`) for one university.

        It weighs by what the university has adopted and has in force today. Decisions given by hand come beside these,
        in the place of those of their kind with the same id: what they lead to shows what would be, and can be awarded
        only once the university has adopted them too. Exceptions are weighed with where they are for this learner.

        Where the rules count accredited units only, the newest snapshot of `register` says which these are, or that of
        the only register the bank holds. With `catalogue`, a "no" comes with the shortest way to a "yes" from what the
        bank's providers offer. The record is in English; with `wording` the evaluation returned beside it says the same
        in another language. Raises `NotAnAwarder`, `SeveralRegisters`, `EvaluationAbandoned`, and `UnknownRecord`,
        `UnknownDocument` or `UnknownRegister` for what does not exist.
        """
        question = Question(
            learner,
            qualification,
            organisation,
            (*conversions, *recognitions, *acceptances, *exceptions),
            catalogue,
            None if credentials is None else tuple(credentials),
            register,
        )
        now = self._clock.now()
        facts = self._facts(question, self._catalogue.qualification(qualification, version), now)
        evaluation = self._weigh(facts, facts.setting)
        record = self._record(facts, evaluation.to_json(), now)
        with self._store.transaction() as tx:
            tx.add_evaluation(record)
        if wording is not None:
            evaluation = self._weigh(facts, replace(facts.setting, wording=wording))
        return record, evaluation

    def plan(
        self,
        question: Question,
        *,
        version: str | None = None,
        planned: Sequence[Planned] = (),
        pace: Pace | None = None,
        alternatives: bool = True,
        wording: Wording | None = None,
    ) -> Evaluation:
        """What the answer would be if what is `planned` were earned, and the way on from there at this pace.

        It is no fact, so nothing of it is kept, and no award can name it. Without `planned` it is the evaluation that
        `evaluate` would keep, with the way on. Raises what `evaluate` raises, and `UnknownRecord` for an achievement
        that nobody offers.
        """
        now = self._clock.now()
        facts = self._facts(question, self._catalogue.qualification(question.qualification, version), now)
        with self._store.transaction() as tx:
            ahead = planned_units(tx, planned, facts.setting.learner, now.date())
        chosen = frozenset(one.facts.credential for one in ahead)
        return evaluate(
            facts.rules,
            [*facts.candidates, *ahead],
            facts.setting if wording is None else replace(facts.setting, wording=wording),
            catalogue=[offer for offer in facts.offers if offer.unit.facts.credential not in chosen],
            pace=pace,
            alternatives=alternatives,
            what_if=WhatIf(credentials=chosen) if ahead else None,
            stop=self._stop(),
        )

    def on_offer(self, learner: str) -> tuple[Offer, ...]:
        """What the bank's providers offer and the learner does not hold yet."""
        with self._store.transaction() as tx:
            held = self._held(tx, learner, None)
            owned = frozenset(unit_facts(issued.document).content for _, issued in held)
            return offers_of(tx, owned, self._clock.now().date())

    def rerun(self, evaluation: str, *, same_version: bool = False) -> Rerun:
        """Ask what a stored evaluation asked again, of today's facts, and tell what changed.

        The rules are the newest version in force today, or with `same_version` the one of that evaluation. What is
        found is a new record that names the old one (`follows`); the old one stays as it is. Where the inputs (see
        `Facts.inputs`) are those of the standing evaluation of this learner, body and qualification, nothing is solved
        and nothing is stored: the standing one answers. After a small change the old answer may show the new one, which
        is then not searched for (see `stacking.carrying`). Raises what `evaluate` raises.
        """
        before = self.get(evaluation)
        now = self._clock.now()
        question = self._question(before)
        version = before.version if same_version else self._version_in_force(before.qualification, now.date())
        facts = self._facts(question, self._catalogue.qualification(before.qualification, version), now)
        inputs = facts.inputs()
        with self._store.transaction() as tx:
            standing = tx.standing_evaluation(before.learner, before.organisation, before.qualification)
        if standing is not None and standing.inputs == inputs:
            return Rerun(standing, self._difference(before, standing), stored=False)
        found = self._carried(before, facts)
        if found is None:
            found = self._weigh(facts, facts.setting).to_json()
        record = self._record(facts, found, now, follows=before.id)
        with self._store.transaction() as tx:
            kept = tx.add_following(record)
        return Rerun(kept, self._difference(before, kept), stored=kept.id == record.id)

    def would_be(
        self, record: EvaluationRecord, *, adopted: Sequence[Decision] = (), ended: Collection[Digest] = ()
    ) -> WouldBe | None:
        """What a stored evaluation asked, weighed by today's facts twice: as they are, and with other decisions.

        `adopted` come beside what the body has in force, `ended` (by digest) are left out. None where that makes no
        difference to what is weighed. Nothing is stored. Raises what `evaluate` raises.
        """
        now, question = self._clock.now(), self._question(record)
        version = self._version_in_force(record.qualification, now.date())
        facts = self._facts(question, self._catalogue.qualification(record.qualification, version), now)
        setting, rules = facts.setting, facts.rules
        standing = self._adopted(setting.awarding, rules, setting.date, setting.learner)
        left = [one for one in standing if document_digest(one) not in ended]
        beside = _for_learner([one for one in adopted if _concerns(one, rules)], setting.learner)
        given = _for_learner(question.decisions, setting.learner)
        would = _beside(sorted([*left, *beside], key=lambda one: one.id), given)  # of several the first by id counts
        other = self._setting(setting.date, setting.awarding, would, setting.register, setting.learner)
        if other == setting:
            return None
        before, after = (self._weigh(facts, one).to_json() for one in (setting, other))
        return WouldBe(before, after, difference(before, after))

    def difference(self, evaluation: str, *, against: str | None = None) -> Difference:
        """How a stored evaluation differs from another one, or from the one it follows where none is named.

        Raises `UnknownRecord`, `FollowsNothing`, and `NotComparable` for one of another learner or qualification.
        """
        record = self.get(evaluation)
        if (other := against or record.follows) is None:
            raise FollowsNothing(
                f"{record.id} was not run again from another evaluation.",
                next_step="Name the evaluation to compare it with, or run it again.",
            )
        before = self.get(other)
        if (before.learner, before.qualification) != (record.learner, record.qualification):
            raise NotComparable(
                "These two are not of one learner and one qualification.",
                next_step="Name another evaluation of this learner for this qualification.",
            )
        return self._difference(before, record)

    def get(self, evaluation: str) -> EvaluationRecord:
        """A stored evaluation; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            return tx.get_evaluation(evaluation)

    def again(self, evaluation: str) -> Weighed:
        """Run a stored evaluation again from its own record; raises `EvaluationChanged` if the answer differs."""
        record = self.get(evaluation)
        document: Any = record.document
        rules = self._catalogue.qualification(record.qualification, record.version)
        candidates, setting = self._recorded(record)
        result = evaluate(rules, candidates, setting, stop=self._stop())
        stated = document["allocationDigest"]
        if (
            digest_text(document_digest(rules)) != document["qualification"]["digest"]
            or _allocation_digest(result.to_json()) != stated
        ):
            raise EvaluationChanged(
                f"The rules of {rules.id} {rules.version} or the engine changed since {record.id} was made.",
                next_step="Evaluate again.",
            )
        return Weighed(record, rules, candidates, setting, result)

    def proof_of_no(self, evaluation: str) -> bytes:
        """A document by which anybody can confirm, from files alone, that these units do not add up.

        Raises `EvaluationChanged`, and `NothingToProve` for an evaluation that does not say no or whose no is too
        complex to be proven.
        """
        weighed = self.again(evaluation)
        result: Any = weighed.record.document["result"]
        with self._store.transaction() as tx:
            learner = holder_in(tx, weighed.record)
        document = refutation_proof(
            weighed.evaluation,
            weighed.qualification,
            weighed.candidates,
            weighed.setting,
            id=f"{evaluation}#proof-of-no",
            learner=learner,
            engine=f"creditbank {__version__}",
            stated=json_digest(result),
        )
        return canonical_json(document)

    def confirm(self, weighed: Weighed) -> None:
        """Verify once more the credentials that an allocation rests on: a date lies between weighing and awarding.

        Raises `EvaluationChanged` when one of them is revoked by now, or cannot be verified.
        """
        used = {use.credential for use in weighed.evaluation.allocation or ()}
        used |= {tried.credential for tried in weighed.evaluation.attempted}
        with self._store.transaction() as tx:
            issued = [tx.get_credential(credential) for credential in sorted(used)]
        _, refused = self._verified(issued)
        if refused:
            raise EvaluationChanged(
                f"Since {weighed.record.id} was made, {refused[0]['credential']} is {refused[0]['verdict']}:"
                f" {refused[0]['because']}",
                next_step="Evaluate again; it counts only what still verifies.",
            )

    def verified(self, issued: Sequence[IssuedCredential]) -> frozenset[str]:
        """Of these credentials the ids of those that verify now."""
        return self._verified(issued)[0]

    def setting_for(self, organisation: str, rules: Qualification, day: date) -> Setting:
        """How a body weighs by these rules on a day: by what it has adopted, and by the bank's only register if asked.

        What it decided for one learner is not in it (see `exceptions_of`).

        Raises `NotAnAwarder`, `SeveralRegisters` and `UnknownRecord`.
        """
        with self._store.transaction() as tx:
            awarder = awarder_of(tx, organisation)
            told = chosen_register(tx, None) if rules.admits.accredited else None
        return self._setting(day, awarder.did, self._adopted(awarder.did, rules, day, ""), told)

    def exceptions_of(self, organisation: str, day: date) -> dict[str, tuple[RuleException, ...]]:
        """What a body decided for single learners and is in force on a day, by the learner's DID.

        Raises `NotAnAwarder` and `UnknownRecord`.
        """
        with self._store.transaction() as tx:
            awarder = awarder_of(tx, organisation)
        found: dict[str, tuple[RuleException, ...]] = {}
        for one in self._deciding.in_force(awarder.did, day):
            if isinstance(one, RuleException):
                found[one.learner] = (*found.get(one.learner, ()), one)
        return found

    def decisions_for(self, record: EvaluationRecord, rules: Qualification, day: date) -> list[Decision]:
        """The decisions by which the question of a record would be weighed on a day."""
        document: Any = record.document
        with self._store.transaction() as tx:
            learner = holder_in(tx, record)
        by_hand = _for_learner(self._question(record).decisions, learner)
        return _beside(self._adopted(document["awarding"], rules, day, learner), by_hand)

    def setting_of(self, record: EvaluationRecord) -> Callable[[date], Setting]:
        """The setting of a record as it would be on any day, by the same documents."""
        document: Any = record.document
        with self._store.transaction() as tx:
            told = None if "register" not in document else register_by_digest(tx, parse_digest(document["register"]))
            learner = holder_in(tx, record)
        return lambda day: self._setting(day, document["awarding"], decisions_of(document), told, learner)

    def rules_of(self, evaluation: str) -> Qualification:
        """The rules that an evaluation was made under."""
        record = self.get(evaluation)
        return self._catalogue.qualification(record.qualification, record.version)

    def _adopted(self, awarding: str, rules: Qualification, day: date, learner: str) -> list[Decision]:
        concerning = [one for one in self._deciding.in_force(awarding, day) if _concerns(one, rules)]
        return _for_learner(concerning, learner)

    def _facts(self, question: Question, rules: Qualification, now: datetime) -> Facts:
        day = now.date()
        with self._store.transaction() as tx:
            awarder = awarder_of(tx, question.organisation)
            held = self._held(tx, question.learner, question.credentials)
            owned = frozenset(unit_facts(issued.document).content for _, issued in held)
            offers = offers_of(tx, owned, day) if question.catalogue else ()
            told = chosen_register(tx, question.register) if rules.admits.accredited else None
            lower = held_for_lower(tx, self._catalogue, question.learner, rules.absorbs)
            learner, others = of_one_holder(tx, question.learner, [issued for _, issued in held])
        held = [(lot, issued) for lot, issued in held if issued.id not in others]
        accepted, refused = self._verified([issued for _, issued in held])
        refused += [_of_other_holder(id, others[id], learner) for id in sorted(others)]
        candidates = tuple(
            candidate_of(lot, issued, lower.get(lot.id, ())) for lot, issued in held if issued.id in accepted
        )
        adopted = self._adopted(awarder.did, rules, day, learner)
        decisions = _beside(adopted, _for_learner(question.decisions, learner))
        setting = self._setting(day, awarder.did, decisions, told, learner)
        digests = frozenset(map(document_digest, adopted))
        return Facts(question, rules, candidates, setting, offers, tuple(refused), digests)

    def _recorded(self, record: EvaluationRecord) -> tuple[tuple[Candidate, ...], Setting]:
        """What a record was made from, rebuilt."""
        document: Any = record.document
        with self._store.transaction() as tx:
            candidates = tuple(
                Candidate(
                    unit_facts(tx.get_credential(row["credential"]).document),
                    parse_digest(row["digest"]),
                    Credits.parse(row["available"]),
                    date.fromisoformat(row["expires"]) if "expires" in row else None,
                    revoked=row["revoked"],
                    held=held_in(row),
                )
                for row in document["candidates"]
            )
        return candidates, self.setting_of(record)(date.fromisoformat(document["date"]))

    def _carried(self, record: EvaluationRecord, facts: Facts) -> JsonObject | None:
        """The answer to today's facts as far as the one on record, by the same program and text of rules, shows it."""
        document: Any = record.document
        same_rules = document["qualification"]["digest"] == digest_text(document_digest(facts.rules))
        if document.get("engine") != __version__ or not same_rules:
            return None
        candidates, setting = self._recorded(record)
        before = Before(facts.rules, candidates, setting, document["result"])
        return carried(before, facts.rules, facts.candidates, facts.setting, catalogue=facts.offers)

    def facts_today(self, question: Question, version: str | None = None) -> Facts:
        """What the bank knows today that bears on a question. Raises what `evaluate` raises."""
        return self._facts(question, self._catalogue.qualification(question.qualification, version), self._clock.now())

    def record_of(self, facts: Facts, evaluation: Evaluation) -> EvaluationRecord:
        """The record of an evaluation made from these facts just now; it is not stored yet."""
        return self._record(facts, evaluation.to_json(), self._clock.now())

    def _weigh(self, facts: Facts, setting: Setting) -> Evaluation:
        """Weigh facts; raises `EvaluationAbandoned` when the bank's deadline passes first, and then nothing is kept."""
        return evaluate(facts.rules, facts.candidates, setting, catalogue=facts.offers, stop=self._stop())

    def _stop(self) -> Callable[[], bool]:
        ends = self._clock.now() + self._deadline
        return lambda: self._clock.now() >= ends

    def _record(
        self, facts: Facts, result: JsonObject, now: datetime, *, follows: str | None = None
    ) -> EvaluationRecord:
        return EvaluationRecord(
            self._entropy.urn(),
            facts.question.learner,
            facts.question.organisation,
            facts.rules.id,
            facts.rules.version,
            {
                **facts.document(),
                "allocationDigest": _allocation_digest(result),
                "result": result,
            },
            now,
            follows,
            facts.inputs(),
        )

    def _difference(self, before: EvaluationRecord, after: EvaluationRecord) -> Difference:
        old: Any = before.document
        new: Any = after.document
        with self._store.transaction() as tx:
            held = [standing_credential(tx, lot) for lot in tx.lots_of(after.learner)]
        titles = {one.id: unit_facts(one.document).title for one in held}
        refused = {row["credential"]: (row.get("check", ""), row["because"]) for row in new["notVerified"]}
        return difference(old["result"], new["result"], titles=titles, refused=refused)

    def _question(self, record: EvaluationRecord) -> Question:
        """What a record answers. One of older code does not say what was asked: then it was asked for everything."""
        document: Any = record.document
        asked = document.get("asked", {})
        by_hand = set(document.get("notAdopted", []))
        return Question(
            record.learner,
            record.qualification,
            record.organisation,
            tuple(one for one in decisions_of(document) if one.id in by_hand),
            asked.get("catalogue", True),
            None if asked.get("credentials") is None else tuple(asked["credentials"]),
            asked.get("register"),
        )

    def _version_in_force(self, qualification: str, day: date) -> str | None:
        """The newest version that applies on the day; None, which is the newest of all, where none does."""
        known = [rules for rules in self._catalogue.qualifications() if rules.id == qualification]
        in_force = [rules for rules in known if in_force_on(rules, day)]
        return in_force[-1].version if in_force else None

    def _held(self, tx: Transaction, learner: str, chosen: Sequence[str] | None) -> list[tuple[Lot, IssuedCredential]]:
        tx.get_learner(learner)
        held = [(lot, standing_credential(tx, lot)) for lot in tx.lots_of(learner)]
        return [(lot, issued) for lot, issued in held if chosen is None or issued.id in chosen]

    def _verified(self, issued: Sequence[IssuedCredential]) -> tuple[frozenset[str], list[JsonObject]]:
        reports = self._verifying.verify_held(issued)
        accepted = frozenset(id for id, report in reports.items() if report.verdict is Verdict.ACCEPTED)
        refused: list[JsonObject] = [
            {
                "credential": id,
                "verdict": str(report.verdict),
                "check": next(iter((*report.named(Outcome.FAILED), *report.named(Outcome.UNCHECKED))), ""),
                "because": report.first_reason,
            }
            for id, report in sorted(reports.items())
            if id not in accepted
        ]
        return accepted, refused

    def _setting(
        self,
        day: date,
        awarding: str,
        decisions: Sequence[Decision],
        register: Register | None,
        learner: str = "",
    ) -> Setting:
        with self._store.transaction() as tx:
            names = {organisation.did: organisation.name for organisation in tx.organisations()}
        return Setting(
            date=day,
            awarding=awarding,
            frameworks=self._catalogue.frameworks(day),
            systems=self._catalogue.credit_systems(),
            conversions=tuple(one for one in decisions if isinstance(one, ConversionPolicy)),
            recognitions=tuple(one for one in decisions if isinstance(one, Recognition)),
            acceptances=tuple(one for one in decisions if isinstance(one, Acceptance)),
            exceptions=tuple(one for one in decisions if isinstance(one, RuleException)),
            learner=learner,
            register=register,
            names=names,
        )


def _concerns(decision: Decision, rules: Qualification) -> bool:
    """Whether a decision could matter under these rules at all."""
    if isinstance(decision, ConversionPolicy):
        return decision.to_system == rules.credit_system
    if isinstance(decision, RuleException):
        return decision.rules.id == rules.id
    return not isinstance(decision, Recognition) or decision.framework == rules.framework


def _for_learner(decisions: Iterable[Decision], learner: str) -> list[Decision]:
    """What was decided for everybody, and for this learner (by DID): nothing of another one gets into a record."""
    return [one for one in decisions if not isinstance(one, RuleException) or one.learner == learner]


def _beside(adopted: Sequence[Decision], given: Sequence[Decision]) -> list[Decision]:
    """What was given by hand, and of what is adopted whatever is of another kind or bears another id."""
    named = {(one.document, one.id) for one in given}
    return [*given, *(one for one in adopted if (one.document, one.id) not in named)]


def candidate_of(lot: Lot, issued: IssuedCredential, held: tuple[Held, ...] = ()) -> Candidate:
    """A lot as a unit to weigh, with what counts of it for lower awards.

    It counts through the last day on which some of it can still be reserved.
    """
    last = None if lot.expires is None else (lot.expires - timedelta(microseconds=1)).date()
    return Candidate(unit_facts(issued.document), issued.digest, lot.available, last, lot.revoked, held=held)


def of_one_holder(tx: Transaction, learner: str, held: Sequence[IssuedCredential]) -> tuple[str, Mapping[str, str]]:
    """The DID by which most of these name their holder, today's where there are as many; and the others, by id.

    An account may have had several DIDs, and nothing in an award would show a stranger that two of them are one
    person's. So the units of one DID are weighed together, and the others only once they are reissued or chosen.
    """
    today = tx.get_learner(learner).did
    if not tx.dids_of(learner):
        return today, {}
    names = {one.id: read_credential(one.document).subject or "" for one in held}
    count = Counter(names.values())
    chosen = max(sorted(count), key=lambda did: (count[did], did == today), default=today)
    return chosen, {id: did for id, did in names.items() if did != chosen}


def holder_in(tx: Transaction, record: EvaluationRecord) -> str:
    """The DID whose units a record weighed; the learner's of today where it weighed none."""
    document: Any = record.document
    for row in document["candidates"]:
        return unit_facts(tx.get_credential(row["credential"]).document).subject
    return tx.get_learner(record.learner).did


def _of_other_holder(credential: str, did: str, learner: str) -> JsonObject:
    return {
        "credential": credential,
        "verdict": str(Verdict.INCONCLUSIVE),
        "check": "award.learner",
        "because": f"It names its holder as {did}, and most units here as {learner}; an award shows that its units are"
        " one learner's. Ask its provider to reissue it to the account's identifier of today.",
    }


def _row(candidate: Candidate) -> JsonObject:
    last = {} if candidate.expires is None else {"expires": candidate.expires.isoformat()}
    held: Any = [{**one.to_json(), "title": one.title} for one in candidate.held]
    return {
        "credential": candidate.facts.credential,
        "digest": digest_text(candidate.digest),
        "available": str(candidate.available),
        "revoked": candidate.revoked,
        **last,
        **({"held": held} if held else {}),
    }


def held_in(row: Any) -> tuple[Held, ...]:
    """What counts of a credential for lower awards, as its row in the record of an evaluation has it."""
    return tuple(
        Held(one["award"], one["qualification"], Credits.parse(one["amount"]), one.get("by", ""), one["title"])
        for one in row.get("held", [])
    )


def decisions_of(document: Any) -> list[Decision]:
    """The decisions that stand in the record of an evaluation."""
    return [
        *(ConversionPolicy.model_validate(value) for value in document["conversions"]),
        *(Recognition.model_validate(value) for value in document["recognitions"]),
        *(Acceptance.model_validate(value) for value in document.get("acceptances", [])),
        *(RuleException.model_validate(value) for value in document.get("exceptions", [])),
    ]


def in_force_on(rules: Qualification, day: date) -> bool:
    """Whether a version of rules applies on a day to somebody who begins now: its transition is for those who began."""
    return rules.valid_from <= day.isoformat() <= (rules.valid_until or "9999-12-31")


def _allocation_digest(document: Any) -> str:
    given_up = {"givesUp": document["givesUp"]} if "givesUp" in document else {}
    return digest_text(json_digest({"verdict": document["verdict"], "uses": document["uses"], **given_up}))
