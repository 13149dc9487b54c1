"""What a trusted register says of an issuer and an awarding body: yes, no, and nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from registers import sample_register
from verification_samples import (
    PROVIDER,
    SIGNED,
    UNIVERSITY,
    AwardWorld,
    World,
    outcomes,
    rule_fact,
    sign,
    unsigned_unit,
)

from creditbank.canonical import JsonObject, digest_text
from creditbank.framework import Register, document_digest
from creditbank.verification import ARCHIVAL, LIVE, Policy, Report, RuleFact, UnknownPolicy, Verdict, policy_named

EARNED = "2026-04-01"
AWARDED = "2026-05-01"


def provider(**changed: Any) -> dict[str, Any]:
    accreditation = {
        "id": "P-1",
        "by": "Sample Agency",
        "kind": "institution",
        "decision": "accredited",
        "levels": [{"framework": "sample", "codes": ["4", "5"]}],
        "valid_from": "2025-01-01",
        **changed,
    }
    return {"id": PROVIDER, "names": ["Sample Provider"], "accreditations": [accreditation]}


def university(*awards: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"id": UNIVERSITY, "names": ["Sample University"], "awards": list(awards), **changed}


def right(**changed: Any) -> dict[str, Any]:
    return {"qualification": "sample-certificate", "version": "1", "valid_from": "2025-01-01", **changed}


def register(*bodies: dict[str, Any], **changed: Any) -> Register:
    told = {"taken": "2026-06-01", "bodies": list(bodies) or [provider(), university(right())]}
    return sample_register(**{**told, **changed})


def asking(world: World, *registers: Register) -> Report:
    """The report on the first unit, where the verifying party names these registers."""
    world.registers = registers
    world.policy = ARCHIVAL.with_register()
    return world.report()


def asking_of_award(world: AwardWorld, *registers: Register) -> Report:
    world.registers = registers
    world.policy = ARCHIVAL.with_register()
    return world.award_report()


# an issuer ------------------------------------------------------------------------------------------------------


def test_an_issuer_accredited_on_the_day_the_unit_was_earned_is_accepted_and_the_register_is_named(
    world: World,
) -> None:
    trusted = register()
    report = asking(world, trusted)
    check = report.check("issuer.accredited")
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert str(check.outcome) == "passed"
    assert EARNED in check.sentence
    for words in ("Sample Agency", "2026-06-01", "a sample", digest_text(document_digest(trusted))):
        assert words in check.how
    assert trusted.label in report.sources


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"valid_until": "2026-03-31"}, "lapsed after 2026-03-31"),
        ({"valid_from": "2026-04-02"}, "holds only from 2026-04-02"),
        ({"withdrawn": {"since": EARNED, "reason": "Fees were sold for credits."}}, "was withdrawn on 2026-04-01"),
        ({"levels": [{"framework": "sample", "codes": ["4"]}]}, "not for 5 of sample"),
        ({"kinds": ["degree"]}, "is for degree, not for a micro-credential"),
        ({"decision": "refused"}, "refused to accredit"),
        ({"decision": "evaluated"}, "accredited nothing"),
        ({"kind": "programme", "programmes": [{"id": "urn:other", "title": "Another"}]}, "Another"),
    ],
)
def test_an_issuer_that_was_not_accredited_is_rejected_and_the_reason_is_said(
    changed: dict[str, Any], words: str, world: World
) -> None:
    report = asking(world, register(provider(**changed)))
    assert outcomes(report)["issuer.accredited"] == "failed"
    assert words in report.check("issuer.accredited").sentence
    assert report.verdict is Verdict.REJECTED


@pytest.mark.parametrize(
    "silent",
    [
        register(taken="2026-03-31"),
        register(university(right())),
        register(provider(fields=["0613"])),
        register(provider(levels=[{"framework": "another", "codes": ["5"]}])),
    ],
    ids=["taken before the day", "another body", "field not told", "another framework"],
)
def test_a_register_that_does_not_say_leaves_the_credential_open(silent: Register, world: World) -> None:
    report = asking(world, silent)
    assert outcomes(report)["issuer.accredited"] == "unchecked", report.check("issuer.accredited").sentence
    assert report.verdict is Verdict.INCONCLUSIVE


def test_a_register_that_lists_everybody_rejects_whom_it_does_not_list(world: World) -> None:
    assert asking(world, register(university(), complete=True)).verdict is Verdict.REJECTED


def test_conditions_of_an_accreditation_are_shown(world: World) -> None:
    conditional = provider(decision="accredited-with-conditions", conditions=["A report every year."])
    report = asking(world, register(conditional))
    assert outcomes(report)["issuer.accredited"] == "passed"
    assert "A report every year." in report.check("issuer.accredited").sentence


def test_a_withdrawal_spares_what_was_earned_before(world: World) -> None:
    later = provider(withdrawn={"since": "2026-04-02", "reason": "It closed."})
    assert asking(world, register(later)).verdict is Verdict.ACCEPTED


def test_a_unit_dated_back_before_a_withdrawal_and_anchored_long_after_it_is_not_believed(world: World) -> None:
    """Threat 17: the day it was earned is the issuer's own word."""
    assert SIGNED.date() == date(2026, 5, 1)
    barely = provider(withdrawn={"since": "2026-01-30", "reason": "It closed."})
    long_ago = provider(withdrawn={"since": "2026-01-28", "reason": "It closed."})
    made = sign(earned_on(unsigned_unit(1), "2026-01-10"), PROVIDER)
    world.anchor(made)
    world.policy = ARCHIVAL.with_register()
    world.registers = (register(barely),)
    assert outcomes(world.report(made))["issuer.accredited"] == "passed"
    world.registers = (register(long_ago),)
    report = world.report(made)
    assert outcomes(report)["issuer.accredited"] == "unchecked"
    assert "nothing shows that it is older" in report.check("issuer.accredited").sentence
    assert report.verdict is Verdict.INCONCLUSIVE


def earned_on(unit: JsonObject, day: str) -> JsonObject:
    """The unsigned unit with another day of earning; it is issued when it is signed, as before."""
    return {**unit, "awardedDate": f"{day}T00:00:00Z"}


# whose word counts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [LIVE, ARCHIVAL], ids=lambda policy: policy.name)
def test_without_a_register_nothing_is_said_and_no_verdict_changes(policy: Policy, world: World) -> None:
    world.policy = policy
    report = world.report()
    assert outcomes(report)["issuer.accredited"] == "unchecked"
    assert "No register was given" in report.check("issuer.accredited").sentence
    assert report.verdict is Verdict.ACCEPTED
    assert "issuer.accredited" not in report.required


def test_a_register_that_came_along_is_a_claim_and_trusts_nobody(world: World) -> None:
    world.register_claims = (register(),)
    report = asking(world)
    assert outcomes(report)["issuer.accredited"] == "unchecked"
    assert "came along" in report.check("issuer.accredited").sentence
    assert report.verdict is Verdict.INCONCLUSIVE


def test_a_register_that_came_along_counts_once_a_trusted_source_lists_its_digest(world: World) -> None:
    came = register()
    world.register_claims = (came,)
    world.trust = replace(world.trust, rules=(rule_fact(came),))
    report = asking(world)
    assert report.verdict is Verdict.ACCEPTED
    assert "the sample trust file" in report.check("issuer.accredited").how
    world.trust = replace(world.trust, rules=(RuleFact(came.id, "2026-05-31", document_digest(came)),))
    assert outcomes(world.report())["issuer.accredited"] == "unchecked"


def test_two_texts_of_one_snapshot_say_nothing(world: World) -> None:
    mine, other = register(), register(title="Another title")
    report = asking(world, mine, other)
    assert outcomes(report)["issuer.accredited"] == "unchecked"
    assert "two different texts" in report.check("issuer.accredited").sentence
    world.trust = replace(world.trust, rules=(rule_fact(other),))
    assert outcomes(asking(world, mine))["issuer.accredited"] == "unchecked"


def test_a_newer_snapshot_of_a_register_corrects_an_older_one(world: World) -> None:
    older = register(taken="2026-05-31")
    newer = register(provider(valid_until="2026-03-31"))
    assert asking(world, older).verdict is Verdict.ACCEPTED
    assert asking(world, older, newer).verdict is Verdict.REJECTED


def test_one_trusted_register_that_accredits_is_enough_and_a_known_no_outweighs_silence(world: World) -> None:
    no, silent = register(provider(valid_until="2026-03-31"), id="no"), register(university(), id="silent")
    assert asking(world, no, silent).verdict is Verdict.REJECTED
    assert asking(world, no, silent, register()).verdict is Verdict.ACCEPTED


def test_a_register_dated_on_a_day_that_has_not_come_says_nothing_and_hides_no_other(world: World) -> None:
    ahead, real = register(taken="2026-06-03"), register(taken="2026-05-31")
    report = asking(world, ahead)
    assert outcomes(report)["issuer.accredited"] == "unchecked"
    assert "has not come" in report.check("issuer.accredited").sentence
    assert asking(world, ahead, real).verdict is Verdict.ACCEPTED


def test_naming_a_register_changes_the_policys_name(world: World) -> None:
    assert LIVE.with_register().name == "live+register"
    assert LIVE.with_register().with_register() == LIVE.with_register()
    assert "Policy archival+register" in asking(world, register()).headline
    assert Policy.parse(LIVE.with_register().to_json()) == LIVE.with_register()
    for policy in (LIVE, ARCHIVAL):
        assert policy_named(f"{policy.name}+register") == policy.with_register()
    with pytest.raises(UnknownPolicy):
        policy_named("+register")


def test_what_is_no_unit_of_credit_cannot_be_matched_with_an_accreditation(world: World) -> None:
    without = {key: value for key, value in unsigned_unit(1).items() if key != "awardedDate"}
    subject = without["credentialSubject"]
    assert isinstance(subject, dict)
    assert isinstance(subject["achievement"], dict)
    plain = {key: value for key, value in subject["achievement"].items() if key != "version"}
    world.registers = (register(),)
    report = world.report(sign({**without, "credentialSubject": {**subject, "achievement": plain}}, PROVIDER))
    assert outcomes(report)["issuer.accredited"] == "unchecked"
    assert "no unit of credit" in report.check("issuer.accredited").sentence


# an awarding body -----------------------------------------------------------------------------------------------


def test_a_body_entitled_on_the_date_of_the_award_may_award(award_world: AwardWorld) -> None:
    report = asking_of_award(award_world, register())
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert str(report.check("award.entitled").outcome) == "passed"
    assert AWARDED in report.check("award.entitled").sentence
    assert outcomes(report)["issuer.accredited"] == "not applicable"
    assert {outcomes(part)["issuer.accredited"] for part in report.parts} == {"passed"}


@pytest.mark.parametrize(
    "body",
    [
        university(),
        university(right(version="2")),
        university(right(qualification="another")),
        university(right(valid_from="2026-05-02")),
        university(right(valid_until="2026-04-30")),
        university(right(withdrawn={"since": AWARDED, "reason": "The right was lost."})),
    ],
    ids=["no right at all", "another version", "another qualification", "not yet", "lapsed", "withdrawn"],
)
def test_a_body_that_is_not_entitled_has_its_award_rejected(body: dict[str, Any], award_world: AwardWorld) -> None:
    report = asking_of_award(award_world, register(provider(), body))
    assert outcomes(report)["award.entitled"] == "failed"
    assert report.verdict is Verdict.REJECTED
    assert "award.entitled" in report.headline


@pytest.mark.parametrize(
    "trusted",
    [
        [],
        [register(provider())],
        [register(provider(), taken="2026-04-30")],
        [register(provider(), {"id": UNIVERSITY, "names": ["Sample University"]})],
    ],
    ids=["no register", "does not list it", "taken before", "silent about awards"],
)
def test_where_no_register_says_who_may_award_the_award_is_inconclusive(
    trusted: list[Register], award_world: AwardWorld
) -> None:
    report = asking_of_award(award_world, *trusted)
    assert outcomes(report)["award.entitled"] == "unchecked"
    assert report.verdict is Verdict.INCONCLUSIVE


def accredited_university(code: str) -> dict[str, Any]:
    accreditation = {**provider()["accreditations"][0], "levels": [{"framework": "sample", "codes": [code]}]}
    return {"id": UNIVERSITY, "names": ["Sample University"], "accreditations": [accreditation]}


def test_where_qualifications_are_not_listed_one_by_one_the_accreditation_for_their_level_answers(
    award_world: AwardWorld,
) -> None:
    report = asking_of_award(award_world, register(provider(), accredited_university("5")))
    assert outcomes(report)["award.entitled"] == "passed", report.check("award.entitled").sentence
    assert outcomes(asking_of_award(award_world, register(provider(), accredited_university("4"))))[
        "award.entitled"
    ] == ("unchecked")


def test_an_award_without_register_is_judged_as_before(award_world: AwardWorld) -> None:
    report = award_world.award_report()
    assert report.verdict is Verdict.ACCEPTED
    assert outcomes(report)["award.entitled"] == "unchecked"


def test_an_award_looked_at_without_its_sum_is_still_asked_for_its_right(award_world: AwardWorld) -> None:
    award_world.policy = ARCHIVAL.with_register()
    award_world.registers = (register(provider(), university()),)
    report = award_world.report(award_world.award)
    assert outcomes(report)["issuer.accredited"] == "failed"
    award_world.registers = (register(),)
    assert outcomes(award_world.report(award_world.award))["issuer.accredited"] == "passed"


@pytest.mark.parametrize("break_it", [lambda world: world.award_report(award=b"{"), lambda world: world.report(b"{")])
def test_what_cannot_be_read_is_never_entitled(
    break_it: Callable[[AwardWorld], Report], award_world: AwardWorld
) -> None:
    award_world.registers = (register(),)
    report = break_it(award_world)
    assert {outcomes(report).get(name, "unchecked") for name in ("issuer.accredited", "award.entitled")} == {
        "unchecked"
    }
