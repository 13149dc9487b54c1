"""Re-checking the proof of a no: each check in a case where it says no, and in one where it cannot say."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from verification_samples import (
    FRAMEWORK,
    LEARNER,
    LIST,
    NOW,
    PROVIDER,
    UNIVERSITY,
    World,
    acceptance,
    achievement,
    adopted,
    conversion,
    exception,
    make_world,
    outcomes,
    qualification,
    revoked,
    sign,
    status_list,
    unsigned_unit,
    with_thesis,
)

from creditbank.canonical import canonical_json, digest_text, json_digest, load_object, pretty_json
from creditbank.credential import IssuerProfile, StatusEntry, build_credential, credential_digest, unit_facts
from creditbank.framework import Qualification, Recognition
from creditbank.stacking import Candidate, Setting, evaluate, refutation_proof
from creditbank.units import Credits
from creditbank.verification import (
    DENIAL_CHECKS,
    DecisionRevocation,
    Kind,
    Report,
    Rules,
    SignedDecision,
    Verdict,
    verify_denial,
)

SCHEMA = json.loads((Path(__file__).parents[3] / "src/creditbank/verification/report.schema.json").read_text())
DAY = date(2026, 5, 1)
TWENTY = {"kind": "requirement", "id": "core", "title": "Twenty credits", "credits_at_least": "20"}
SIXTY = qualification(
    requires={
        "kind": "all",
        "id": "award",
        "title": "The award",
        "of": [{"kind": "requirement", "id": "core", "title": "Sixty credits", "credits_at_least": "60"}],
    }
)


@dataclass
class DenialWorld:
    """A learner with forty credits, rules that ask for sixty, and everything a verifier needs to accept the no."""

    world: World
    rules: Qualification = SIXTY
    conversions: tuple[Any, ...] = ()
    recognitions: tuple[Any, ...] = ()
    signed: tuple[SignedDecision, ...] = ()
    revocations: tuple[DecisionRevocation, ...] = ()
    own: tuple[Any, ...] = (SIXTY, FRAMEWORK)
    claims: tuple[Any, ...] = ()
    denial: bytes = b""
    weighed: tuple[int, ...] = (0, 1)

    def setting(self) -> Setting:
        return Setting(
            DAY, UNIVERSITY, {"sample": FRAMEWORK}, {}, conversions=self.conversions, recognitions=self.recognitions
        )

    def deny(self, **said: Any) -> None:
        """State the no; `said` is what the bank says of the first unit."""
        candidates = []
        for number in self.weighed:
            facts = unit_facts(self.world.units[number])
            one = Candidate(facts, credential_digest(self.world.units[number]), facts.credits.credits)
            candidates.append(replace(one, **said) if number == 0 else one)
        found = evaluate(self.rules, candidates, self.setting())
        document = refutation_proof(
            found, self.rules, candidates, self.setting(), id="urn:sample:no", learner=LEARNER, engine="test"
        )
        self.denial = canonical_json(document)

    def forge(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the document and seal it anew."""
        document: dict[str, Any] = load_object(self.denial)
        change(document)
        plain = {name: value for name, value in document.items() if name != "seal"}
        self.denial = canonical_json({**plain, "seal": digest_text(json_digest(plain))})

    def report(self, units: list[Any] | None = None) -> Report:
        return verify_denial(
            self.denial,
            self.world.units if units is None else units,
            Rules(self.own, self.claims, signed=self.signed, revocations=self.revocations),
            self.world.evidence,
            policy=self.world.policy,
            now=self.world.now,
        )


@pytest.fixture
def denial() -> DenialWorld:
    made = DenialWorld(make_world())
    made.deny()
    return made


Break = Callable[[DenialWorld], Report | None]
NO: dict[str, list[tuple[str, Break]]] = {name: [] for name in DENIAL_CHECKS}
OPEN: dict[str, list[tuple[str, Break]]] = {name: [] for name in DENIAL_CHECKS}


def no(name: str) -> Callable[[Break], Break]:
    return lambda case: NO[name].append((case.__name__, case)) or case


def cannot_say(name: str) -> Callable[[Break], Break]:
    return lambda case: OPEN[name].append((case.__name__, case)) or case


@no("format.readable")
@cannot_say("no.form")
@cannot_say("no.learner")
@cannot_say("no.complete")
@cannot_say("no.bank-word")
@cannot_say("stack.rules")
@cannot_say("stack.credentials")
@cannot_say("stack.conversions")
@cannot_say("stack.recognitions")
@cannot_say("stack.acceptances")
@cannot_say("stack.exceptions")
@cannot_say("no.decisions")
@cannot_say("no.certificate")
def broken_json(made: DenialWorld) -> None:
    made.denial = b"{"


@no("no.form")
def an_edit_that_was_not_sealed(made: DenialWorld) -> None:
    made.denial = made.denial.replace(b'"engine":"test"', b'"engine":"best"')


@no("no.learner")
@no("no.certificate")
def credentials_of_somebody_else(made: DenialWorld) -> None:
    made.forge(lambda document: document.update(learner="did:key:zSomebodyElse"))


@no("no.complete")
def a_day_to_come_by_which_all_is_too_old(made: DenialWorld) -> None:
    made.forge(lambda document: document.update(date=f"{NOW.year + 9}-01-01"))


@no("no.complete")
def a_credential_that_was_left_out(made: DenialWorld) -> None:
    made.weighed = (1,)
    made.deny()


@no("no.complete")
def a_credential_that_the_learner_brings(made: DenialWorld) -> None:
    further(made, 3)


def further(made: DenialWorld, number: int, **how: Any) -> None:
    """One more credential of the learner, anchored like the others."""
    made.world.units.append(sign(unsigned_unit(number, **how), PROVIDER))
    made.world.anchor(*made.world.units)


@cannot_say("no.bank-word")
def credits_that_count_elsewhere(made: DenialWorld) -> None:
    made.rules = qualification(id="sample-forty")
    made.own = (made.rules, FRAMEWORK)
    made.deny(available=Credits(0))


@cannot_say("no.bank-word")
def a_revocation_that_no_list_shows(made: DenialWorld) -> None:
    made.rules = qualification(id="sample-forty")
    made.own = (made.rules, FRAMEWORK)
    made.deny(revoked=True)


@cannot_say("no.bank-word")
def an_end_that_no_credential_shows(made: DenialWorld) -> None:
    made.rules = qualification(id="sample-forty")
    made.own = (made.rules, FRAMEWORK)
    made.deny(expires=date(2026, 4, 20))


@no("stack.rules")
@cannot_say("no.certificate")
def rules_in_another_text(made: DenialWorld) -> None:
    made.own = (SIXTY.model_copy(update={"summary": "Others."}), FRAMEWORK)


@cannot_say("stack.rules")
@cannot_say("no.certificate")
@cannot_say("no.decisions")
def rules_that_were_not_given(made: DenialWorld) -> None:
    made.own = (FRAMEWORK,)


@cannot_say("stack.rules")
def rules_that_only_came_along(made: DenialWorld) -> None:
    made.own, made.claims = (FRAMEWORK,), (SIXTY,)


@no("stack.credentials")
def a_credential_whose_signature_does_not_hold(made: DenialWorld) -> None:
    forged = {**made.world.units[0], "name": "Another name"}
    made.world.units[0] = forged
    made.deny()


@cannot_say("stack.credentials")
@cannot_say("no.learner")
@cannot_say("no.certificate")
def a_credential_that_was_not_given(made: DenialWorld) -> Report:
    return made.report(made.world.units[1:])


def in_half_credits(made: DenialWorld, issuer: str = UNIVERSITY) -> None:
    made.conversions = (conversion(issuer, ratio="1/1"),)
    made.rules = qualification(id="sample-halves", credit_system="half-credits", requires=SIXTY.requires.model_dump())
    made.own, made.claims = (made.rules, FRAMEWORK), made.conversions
    made.signed = (adopted(made.conversions[0], issuer),)
    made.deny()


@no("stack.conversions")
def a_conversion_that_was_taken_back(made: DenialWorld) -> None:
    in_half_credits(made)
    made.revocations = (revoked(made.conversions[0]),)


@cannot_say("stack.conversions")
def a_conversion_without_a_signature(made: DenialWorld) -> None:
    in_half_credits(made)
    made.signed = ()


def recognised(by: str = UNIVERSITY, **changes: Any) -> Recognition:
    return Recognition.model_validate(
        {
            "document": "creditbank/recognition/v1",
            "id": "sample-recognition",
            "by": by,
            "achievement": achievement(1).id,
            "framework": "sample",
            "level": "5",
            "decided": "2026-01-15",
            "reason": "made for a test",
            "sample": True,
            **changes,
        }
    )


def with_recognition(made: DenialWorld) -> None:
    made.recognitions = (recognised(),)
    made.claims, made.signed = made.recognitions, (adopted(made.recognitions[0]),)
    made.deny()


@no("stack.recognitions")
def a_recognition_that_was_taken_back(made: DenialWorld) -> None:
    with_recognition(made)
    made.revocations = (revoked(made.recognitions[0]),)


@cannot_say("stack.recognitions")
def a_recognition_without_a_signature(made: DenialWorld) -> None:
    with_recognition(made)
    made.signed = ()


def with_acceptance(made: DenialWorld) -> None:
    made.rules = SIXTY.model_copy(update={"confidence": "L"})
    decision = acceptance(made.rules)
    made.own, made.claims, made.signed = (made.rules, FRAMEWORK), (decision,), (adopted(decision),)
    with_setting = made.setting
    made.setting = lambda: replace(with_setting(), acceptances=(decision,))  # type: ignore[method-assign]
    made.deny()


@no("stack.acceptances")
def an_acceptance_that_was_taken_back(made: DenialWorld) -> None:
    with_acceptance(made)
    made.revocations = (revoked(made.signed[0].decision),)


@cannot_say("stack.acceptances")
def an_acceptance_without_a_signature(made: DenialWorld) -> None:
    with_acceptance(made)
    made.signed = ()


def with_exception(made: DenialWorld) -> None:
    """An exception that changes nothing for these units: a thesis is asked for, and missing."""
    made.rules = with_thesis(id="sample-thesis")
    decision = exception(made.rules, kind="block", node="award/core", achievement="urn:nothing")
    made.own, made.claims, made.signed = (made.rules, FRAMEWORK), (decision,), (adopted(decision),)
    with_setting = made.setting
    made.setting = lambda: replace(with_setting(), exceptions=(decision,))  # type: ignore[method-assign]
    made.deny()


@no("stack.exceptions")
def an_exception_that_was_taken_back(made: DenialWorld) -> None:
    with_exception(made)
    made.revocations = (revoked(made.signed[0].decision),)


@cannot_say("stack.exceptions")
def an_exception_without_a_signature(made: DenialWorld) -> None:
    with_exception(made)
    made.signed = ()


@no("no.decisions")
def an_exception_that_was_adopted_and_not_weighed(made: DenialWorld) -> None:
    """Without it the thesis is missing; with it the rules hold."""
    made.rules = with_thesis(id="sample-thesis")
    made.own = (made.rules, FRAMEWORK)
    made.deny()
    made.signed = (adopted(exception(made.rules)),)


@no("no.decisions")
def a_conversion_that_was_adopted_and_not_weighed(made: DenialWorld) -> None:
    """Without it nothing counts at all; with it there is more than enough."""
    made.rules = qualification(id="sample-halves", credit_system="half-credits", requires=SIXTY.requires.model_dump())
    made.own = (made.rules, FRAMEWORK)
    made.deny()
    made.signed = (adopted(conversion()),)


@no("no.certificate")
def a_certificate_that_takes_a_bound_that_is_not_there(made: DenialWorld) -> None:
    made.forge(lambda document: document["certificate"][0]["sum"][0].update(bound="award/more[] credits at least"))


@no("no.certificate")
def a_certificate_of_nothing(made: DenialWorld) -> None:
    made.forge(lambda document: document.update(certificate=[{"sum": []}]))


@no("no.certificate")
def a_conflict_of_other_rules(made: DenialWorld) -> None:
    made.forge(lambda document: document["conflict"].update(rules=["award"]))


@no("no.certificate")
def a_revoked_unit_taken_for_an_attempt(made: DenialWorld) -> None:
    """Over all attempted units a revoked one says nothing, neither for nor against."""
    few = {
        "kind": "limit",
        "id": "few",
        "title": "At most one attempt",
        "over": "attempted",
        "units_at_most": 1,
    }
    made.rules = qualification(id="sample-attempts", requires={**SIXTY.requires.model_dump(), "of": [TWENTY, few]})
    made.own = (made.rules, FRAMEWORK)
    made.deny()
    made.world.documents[LIST] = status_list(1)


NEVER_NO = {"no.bank-word"}  # what the bank says is borne out, or stays its word


@pytest.mark.parametrize("name", [name for name in DENIAL_CHECKS if name not in NEVER_NO])
def test_every_check_has_a_case_in_which_it_says_no(name: str) -> None:
    assert NO[name]


@pytest.mark.parametrize("name", DENIAL_CHECKS[1:])
def test_every_check_has_a_case_in_which_it_cannot_say(name: str) -> None:
    assert OPEN[name]


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, cases in NO.items() for case in cases])
def test_it_says_no(denial: DenialWorld, name: str, case: tuple[str, Break]) -> None:
    report = case[1](denial) or denial.report()
    assert outcomes(report)[name] == "failed", report.check(name).sentence
    assert report.verdict is Verdict.REJECTED


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, cases in OPEN.items() for case in cases])
def test_it_cannot_say(denial: DenialWorld, name: str, case: tuple[str, Break]) -> None:
    report = case[1](denial) or denial.report()
    assert outcomes(report)[name] == "unchecked", report.check(name).sentence
    assert report.verdict is not Verdict.ACCEPTED


def test_a_no_is_confirmed_from_files_and_says_what_it_does_not_show(denial: DenialWorld) -> None:
    report = denial.report()
    assert report.verdict is Verdict.ACCEPTED
    assert report.kind is Kind.DENIAL
    assert [check.name for check in report.checks] == list(DENIAL_CHECKS)
    assert report.check("no.certificate").sentence == (
        "Added up again from signed credentials: whatever counts of these 2, and wherever, «Sample certificate»,"
        " version 1, does not hold. What cannot hold together: «Sixty credits»."
    )
    assert "That the learner holds no others, no document can show." in report.check("no.complete").sentence
    assert report.check("no.bank-word").sentence.startswith("Nobody's word is taken")
    assert [part.verdict for part in report.parts] == [Verdict.ACCEPTED, Verdict.ACCEPTED]


def test_what_is_revoked_or_over_only_makes_a_no_stronger(denial: DenialWorld) -> None:
    denial.world.documents[LIST] = status_list(1)
    assert denial.report().parts[0].verdict is Verdict.REJECTED
    assert denial.report().verdict is Verdict.ACCEPTED


def test_a_status_list_bears_the_bank_out(denial: DenialWorld) -> None:
    a_revocation_that_no_list_shows(denial)
    denial.world.documents[LIST] = status_list(1)
    report = denial.report()
    assert outcomes(report)["no.bank-word"] == "passed"
    assert report.verdict is Verdict.ACCEPTED


def test_a_credential_bears_the_bank_out_on_its_end(denial: DenialWorld) -> None:
    ending = build_credential(
        achievement(1),
        id="urn:uuid:10000000-0000-4000-8000-000000000001",
        issuer=IssuerProfile(PROVIDER, "Sample Provider", None, "IN"),
        subject=LEARNER,
        earned=date(2026, 4, 1),
        valid_from=datetime.fromisoformat("2026-04-02T00:00:00+00:00"),
        valid_until=datetime.fromisoformat("2026-04-20T00:00:00+00:00"),
        status=StatusEntry(LIST, 1),
    )
    denial.world.units[0] = sign(ending, PROVIDER)
    denial.world.anchor(*denial.world.units)
    an_end_that_no_credential_shows(denial)
    assert outcomes(denial.report())["no.bank-word"] == "passed"


def test_another_learners_credential_beside_it_says_nothing(denial: DenialWorld) -> None:
    further(denial, 3, subject="did:key:zSomebodyElse")
    assert denial.report().verdict is Verdict.ACCEPTED


def test_a_forged_credential_beside_it_says_nothing_against_a_no(denial: DenialWorld) -> None:
    further(denial, 3)
    denial.world.units[2] = {**denial.world.units[2], "name": "Another name"}
    assert denial.report().verdict is Verdict.ACCEPTED


def test_a_no_that_was_weighed_with_an_exception_is_confirmed_with_it(denial: DenialWorld) -> None:
    with_exception(denial)
    report = denial.report()
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert outcomes(report)["stack.exceptions"] == "passed"


def test_another_learners_exception_beside_a_no_says_nothing(denial: DenialWorld) -> None:
    denial.rules = with_thesis(id="sample-thesis")
    denial.own = (denial.rules, FRAMEWORK)
    denial.deny()
    denial.signed = (adopted(exception(denial.rules, learner="did:key:z6MkSomebodyElse")),)
    report = denial.report()
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert "Every decision of the awarding body that lies here" in report.check("no.decisions").sentence


def test_a_decision_that_changes_nothing_may_lie_beside_it(denial: DenialWorld) -> None:
    denial.signed = (adopted(recognised()),)
    report = denial.report()
    assert report.verdict is Verdict.ACCEPTED
    assert "change nothing" in report.check("no.decisions").sentence


def test_every_report_of_a_no_follows_the_published_schema(denial: DenialWorld) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    open_ = denial.report(denial.world.units[1:])
    for report in (denial.report(), open_):
        validator.validate(json.loads(pretty_json(report.to_json())))
        assert report.headline.endswith(".")
        assert all(check.sentence.endswith(".") for check in report.checks)
    assert NOW - timedelta(days=1) < report.checked_at
