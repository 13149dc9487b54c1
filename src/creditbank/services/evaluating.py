"""Evaluating: a university weighs a learner's credentials against a qualification, and the answer is a dated fact.

Only credentials that verify are weighed. The record names everything the answer rests on, so that the same evaluation
can be run again from it, to the byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from creditbank.canonical import Digest, JsonObject, digest_text, json_digest, load_object, parse_digest
from creditbank.credential import Achievement, UnitFacts, unit_facts
from creditbank.errors import Conflict
from creditbank.framework import Acceptance, ConversionPolicy, Qualification, Recognition, Register, document_digest
from creditbank.ledger import Lot
from creditbank.services.accrediting import chosen_register, register_by_digest
from creditbank.services.deciding import Deciding
from creditbank.services.ports import Catalogue, Clock, Entropy, Store, Transaction
from creditbank.services.records import EvaluationRecord, IssuedCredential
from creditbank.services.redeeming import awarder_of
from creditbank.services.verifying import Verifying
from creditbank.stacking import Candidate, Evaluation, Setting, evaluate
from creditbank.stacking.messages import Wording
from creditbank.units import Credits
from creditbank.verification import Decision, Verdict


class EvaluationChanged(Conflict):
    """A stored evaluation no longer gives the answer on record, or no longer rests on credentials that verify."""

    slug = "evaluation-changed"


@dataclass(frozen=True, slots=True)
class Weighed:
    """Everything an evaluation rests on, rebuilt from its record."""

    record: EvaluationRecord
    qualification: Qualification
    candidates: tuple[Candidate, ...]
    setting: Setting
    evaluation: Evaluation


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
    ) -> None:
        self._store, self._catalogue, self._verifying, self._deciding = store, catalogue, verifying, deciding
        self._clock, self._entropy = clock, entropy

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
        catalogue: bool = True,
        credentials: Sequence[str] | None = None,
        register: str | None = None,
        wording: Wording | None = None,
    ) -> tuple[EvaluationRecord, Evaluation]:
        """Weigh a learner's credits (all of them, or the chosen `credentials`) for one university.

        It weighs by what the university has adopted and has in force today. Decisions given by hand come beside these,
        in the place of those of their kind with the same id: what they lead to shows what would be, and can be awarded
        only once the university has adopted them too.

        Where the rules count accredited units only, the newest snapshot of `register` says which these are, or that of
        the only register the bank holds. With `catalogue`, a "no" comes with the shortest way to a "yes" from what the
        bank's providers offer. The record is in English; with `wording` the evaluation returned beside it says the same
        in another language. Raises `NotAnAwarder`, `SeveralRegisters`, and `UnknownRecord`, `UnknownDocument` or
        `UnknownRegister` for what does not exist.
        """
        rules = self._catalogue.qualification(qualification, version)
        now = self._clock.now()
        with self._store.transaction() as tx:
            awarder = awarder_of(tx, organisation)
            held = self._held(tx, learner, credentials)
            offers = self._offers(tx, held) if catalogue else ()
            told = chosen_register(tx, register) if rules.admits.accredited else None
        accepted, refused = self._verified([issued for _, issued in held])
        candidates = tuple(_candidate(lot, issued) for lot, issued in held if issued.id in accepted)
        adopted = [one for one in self._deciding.in_force(awarder.did, now.date()) if _concerns(one, rules)]
        decisions = _beside(adopted, [*conversions, *recognitions, *acceptances])
        setting = self._setting(now.date(), awarder.did, decisions, told)
        evaluation = evaluate(rules, candidates, setting, catalogue=offers)
        record = EvaluationRecord(
            self._entropy.urn(),
            learner,
            organisation,
            rules.id,
            rules.version,
            _document(rules, candidates, setting, refused, evaluation, {document_digest(one) for one in adopted}),
            now,
        )
        with self._store.transaction() as tx:
            tx.add_evaluation(record)
        if wording is not None:
            evaluation = evaluate(rules, candidates, replace(setting, wording=wording), catalogue=offers)
        return record, evaluation

    def get(self, evaluation: str) -> EvaluationRecord:
        """A stored evaluation; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            return tx.get_evaluation(evaluation)

    def again(self, evaluation: str) -> Weighed:
        """Run a stored evaluation again from its own record; raises `EvaluationChanged` if the answer differs."""
        record = self.get(evaluation)
        document: Any = record.document
        rules = self._catalogue.qualification(record.qualification, record.version)
        with self._store.transaction() as tx:
            candidates = tuple(
                Candidate(
                    unit_facts(load_object(tx.get_credential(row["credential"]).signed)),
                    parse_digest(row["digest"]),
                    Credits.parse(row["available"]),
                    revoked=row["revoked"],
                )
                for row in document["candidates"]
            )
            told = None if "register" not in document else register_by_digest(tx, parse_digest(document["register"]))
        setting = self._setting(
            date.fromisoformat(document["date"]),
            document["awarding"],
            [
                *(ConversionPolicy.model_validate(value) for value in document["conversions"]),
                *(Recognition.model_validate(value) for value in document["recognitions"]),
                *(Acceptance.model_validate(value) for value in document.get("acceptances", [])),
            ],
            told,
        )
        result = evaluate(rules, candidates, setting)
        stated = document["allocationDigest"]
        if (
            digest_text(document_digest(rules)) != document["qualification"]["digest"]
            or _allocation_digest(result) != stated
        ):
            raise EvaluationChanged(
                f"The rules of {rules.id} {rules.version} or the engine changed since {record.id} was made.",
                next_step="Evaluate again.",
            )
        return Weighed(record, rules, candidates, setting, result)

    def confirm(self, weighed: Weighed) -> None:
        """Verify once more the credentials that an allocation uses, since a date lies between weighing and awarding.

        Raises `EvaluationChanged` when one of them is revoked by now, or cannot be verified.
        """
        used = {use.credential for use in weighed.evaluation.allocation or ()}
        with self._store.transaction() as tx:
            issued = [tx.get_credential(credential) for credential in sorted(used)]
        _, refused = self._verified(issued)
        if refused:
            raise EvaluationChanged(
                f"Since {weighed.record.id} was made, {refused[0]['credential']} is {refused[0]['verdict']}:"
                f" {refused[0]['because']}",
                next_step="Evaluate again; it counts only what still verifies.",
            )

    def rules_of(self, evaluation: str) -> Qualification:
        """The rules that an evaluation was made under."""
        record = self.get(evaluation)
        return self._catalogue.qualification(record.qualification, record.version)

    def _held(self, tx: Transaction, learner: str, chosen: Sequence[str] | None) -> list[tuple[Lot, IssuedCredential]]:
        tx.get_learner(learner)
        lots = [lot for lot in tx.lots_of(learner) if chosen is None or lot.credential in chosen]
        return [(lot, tx.get_credential(lot.credential)) for lot in lots]

    def _offers(self, tx: Transaction, held: Sequence[tuple[Lot, IssuedCredential]]) -> tuple[Candidate, ...]:
        """What the bank's providers offer and the learner does not hold yet, as units that could be earned."""
        owned = {unit_facts(load_object(issued.signed)).content for _, issued in held}
        offers = []
        for published in tx.achievements():
            achievement = Achievement.from_json(published.document)
            if achievement.content not in owned:
                provider = tx.get_organisation(published.organisation).did
                offers.append(_offer(achievement, provider, published.digest, self._clock.now()))
        return tuple(offers)

    def _verified(self, issued: Sequence[IssuedCredential]) -> tuple[frozenset[str], list[JsonObject]]:
        reports = self._verifying.verify_held(issued)
        accepted = frozenset(id for id, report in reports.items() if report.verdict is Verdict.ACCEPTED)
        refused: list[JsonObject] = [
            {"credential": id, "verdict": str(report.verdict), "because": report.first_reason}
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
            register=register,
            names=names,
        )


def _concerns(decision: Decision, rules: Qualification) -> bool:
    """Whether a decision could matter under these rules at all."""
    if isinstance(decision, ConversionPolicy):
        return decision.to_system == rules.credit_system
    return not isinstance(decision, Recognition) or decision.framework == rules.framework


def _beside(adopted: Sequence[Decision], given: Sequence[Decision]) -> list[Decision]:
    """What was given by hand, and of what is adopted whatever is of another kind or bears another id."""
    named = {(one.document, one.id) for one in given}
    return [*given, *(one for one in adopted if (one.document, one.id) not in named)]


def _candidate(lot: Lot, issued: IssuedCredential) -> Candidate:
    return Candidate(unit_facts(load_object(issued.signed)), issued.digest, lot.available, revoked=lot.revoked)


def _offer(achievement: Achievement, provider: str, digest: Digest, now: datetime) -> Candidate:
    """What a unit would be if it were earned today: all that its credential would sign, but no grade yet."""
    facts = UnitFacts(
        credential=achievement.id,
        first_issue=achievement.id,
        issuer=provider,
        subject="",
        achievement=achievement.id,
        achievement_version=achievement.version,
        title=achievement.name,
        credits=achievement.credits,
        level=achievement.level,
        earned=now.date(),
        categories=frozenset(achievement.categories),
        source_type=achievement.source_type,
        mode=achievement.mode,
        content=achievement.content,
        dimensions=frozenset(outcome.dimension for outcome in achievement.outcomes),
        fields=frozenset(field.code for field in achievement.fields),
        language=achievement.language,
        country=achievement.country,
        kind=achievement.achievement_type,
    )
    return Candidate(facts, digest, achievement.credits.credits)


def _document(
    rules: Qualification,
    candidates: Sequence[Candidate],
    setting: Setting,
    refused: list[JsonObject],
    evaluation: Evaluation,
    adopted: set[Digest],
) -> JsonObject:
    decisions: list[Decision] = [*setting.conversions, *setting.recognitions, *setting.acceptances]
    rows: list[Any] = [
        {
            "credential": candidate.facts.credential,
            "digest": digest_text(candidate.digest),
            "available": str(candidate.available),
            "revoked": candidate.revoked,
        }
        for candidate in sorted(candidates, key=lambda item: item.facts.credential)
    ]
    told = {} if setting.register is None else {"register": digest_text(document_digest(setting.register))}
    return {
        "document": "creditbank/evaluation-record/v1",
        "date": setting.date.isoformat(),
        "awarding": setting.awarding,
        "qualification": {
            "id": rules.id,
            "version": rules.version,
            "digest": digest_text(document_digest(rules)),
        },
        "candidates": rows,
        "conversions": [policy.model_dump(mode="json", by_alias=True) for policy in setting.conversions],
        "recognitions": [decision.model_dump(mode="json", by_alias=True) for decision in setting.recognitions],
        "acceptances": [decision.model_dump(mode="json", by_alias=True) for decision in setting.acceptances],
        **told,
        "notAdopted": [one.id for one in decisions if document_digest(one) not in adopted],
        "notVerified": list(refused),
        "allocationDigest": _allocation_digest(evaluation),
        "result": evaluation.to_json(),
    }


def _allocation_digest(evaluation: Evaluation) -> str:
    document: Any = evaluation.to_json()
    return digest_text(json_digest({"verdict": document["verdict"], "uses": document["uses"]}))
