"""Re-checking an award: each check in a case where it says no, and in one where it cannot say."""

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from verification_samples import (
    BLOCK_TIME,
    FRAMEWORK,
    KEYS,
    PROVIDER,
    SIGNED,
    START,
    UNIVERSITY,
    AwardWorld,
    acceptance,
    adopted,
    conversion,
    exception,
    issuer_facts,
    make_award_world,
    outcomes,
    qualification,
    revoked,
    rule_fact,
    sign,
    unsigned_unit,
    with_thesis,
)

from creditbank.canonical import canonical_json, json_digest, load_object, sha256
from creditbank.credential import credential_digest, unit_facts
from creditbank.framework import Acceptance, CreditSystem, Recognition, RuleException
from creditbank.signing import PrivateKey, did_key, did_web_document
from creditbank.stacking import Setting, recount
from creditbank.stacking.proof import Attempt, DocumentRef, StackingProof
from creditbank.units import Credits
from creditbank.verification import (
    AWARD_CHECKS,
    REGISTER_CHECKS,
    AwarderFacts,
    KeyFact,
    Kind,
    Report,
    SignedDecision,
    TrustFacts,
    Verdict,
    read_signed_decision,
)

Break = Callable[[AwardWorld], Report | None]
ALWAYS = [name for name in AWARD_CHECKS if name not in REGISTER_CHECKS]  # the others have a file of their own
NO: dict[str, list[tuple[str, Break]]] = {name: [] for name in ALWAYS}
OPEN: dict[str, list[tuple[str, Break]]] = {name: [] for name in ALWAYS}


def no(name: str) -> Callable[[Break], Break]:
    """The case makes the check `name` fail."""
    return lambda case: NO[name].append((case.__name__, case)) or case


def cannot_say(name: str) -> Callable[[Break], Break]:
    """The case leaves the check `name` unchecked."""
    return lambda case: OPEN[name].append((case.__name__, case)) or case


def with_conversion(world: AwardWorld, issuer: str = UNIVERSITY) -> None:
    """Let the units count only through a conversion policy."""
    world.conversions = (conversion(issuer),)
    world.rules = qualification(credit_system="half-credits")
    world.own_rules = (world.rules, FRAMEWORK)
    world.claimed_rules = world.conversions
    world.signed = (adopted(world.conversions[0], issuer),)
    world.make_award()


# the award and its proof ----------------------------------------------------------------------------------------


@no("award.proof-bound")
def another_proof(world: AwardWorld) -> Report:
    return world.award_report(proof=world.proof.replace(b'"engine":"test"', b'"engine":"best"'))


@no("award.proof-bound")
def white_space_added_to_the_proof(world: AwardWorld) -> Report:
    return world.award_report(proof=world.proof + b"\n")


@no("award.proof-bound")
def a_proof_made_for_another_award(world: AwardWorld) -> None:
    world.make_award(edit=lambda proof: replace(proof, award="urn:uuid:20000000-0000-4000-8000-000000000002"))


@no("award.proof-bound")
def a_proof_dated_after_the_award(world: AwardWorld) -> None:
    world.make_award(edit=lambda proof: replace(proof, date=date(2026, 5, 2)))


@no("award.proof-bound")
def an_award_of_another_qualification_than_its_proof(world: AwardWorld) -> None:
    world.make_award(qualification_id="sample-doctorate")


@no("award.proof-bound")
def a_bound_proof_that_cannot_be_read(world: AwardWorld) -> Report:
    rubbish = canonical_json({"document": "creditbank/stacking-proof/v1"})
    world.make_award(proof_digest=sha256(rubbish))
    return world.award_report(proof=rubbish)


@no("award.proof-bound")
@cannot_say("stack.arithmetic")
def a_unit_posing_as_an_award(world: AwardWorld) -> Report:
    return world.award_report(award=world.unit)


@cannot_say("award.proof-bound")
@cannot_say("award.awarder")
@cannot_say("award.learner")
@cannot_say("award.spent")
@cannot_say("stack.rules")
@cannot_say("stack.credentials")
@cannot_say("stack.conversions")
@cannot_say("stack.recognitions")
@cannot_say("stack.acceptances")
@cannot_say("stack.exceptions")
@cannot_say("stack.arithmetic")
def no_proof_given(world: AwardWorld) -> Report:
    return world.award_report(proof=None)


@no("award.proof-bound")
def an_award_dated_after_the_block_that_anchors_it(world: AwardWorld) -> None:
    world.make_award(valid_from=BLOCK_TIME + timedelta(days=400))


@no("award.proof-bound")
def an_award_that_bears_another_name_than_its_achievement(world: AwardWorld) -> None:
    world.make_award()
    document = {name: value for name, value in world.award.items() if name != "proof"}
    world.award = sign(document | {"name": "Sample doctorate"}, UNIVERSITY)


@no("award.awarder")
def a_body_that_is_not_admitted_to_award(world: AwardWorld) -> None:
    world.trust = replace(world.trust, awarders=(AwarderFacts(UNIVERSITY, "0x" + "c3" * 20, None),))


@no("award.awarder")
def a_body_admitted_only_after_the_award(world: AwardWorld) -> None:
    world.trust = replace(world.trust, awarders=(replace(world.trust.awarders[0], admitted=BLOCK_TIME.replace(day=2)),))


@no("award.awarder")
def a_body_withdrawn_before_the_award(world: AwardWorld) -> None:
    world.trust = replace(world.trust, awarders=(replace(world.trust.awarders[0], withdrawn=BLOCK_TIME),))


@no("award.awarder")
def a_sum_made_for_another_body(world: AwardWorld) -> None:
    world.make_award(edit=lambda proof: replace(proof, awarding=PROVIDER))


@cannot_say("award.awarder")
def a_body_nobody_speaks_of(world: AwardWorld) -> None:
    world.trust = replace(world.trust, awarders=())


@no("award.spent")
def the_same_credits_in_another_award(world: AwardWorld) -> None:
    """Two awards over one credit: each adds up by itself, and the chain tells them apart."""
    others = tuple(replace(spend, award="urn:uuid:another-award") for spend in world.trust.spends)
    world.trust = replace(world.trust, spends=others)


@no("award.spent")
def a_spend_of_another_amount(world: AwardWorld) -> None:
    first, *rest = world.trust.spends
    world.trust = replace(world.trust, spends=(replace(first, amount=Credits(1)), *rest))


@no("award.spent")
def a_spend_that_was_asked_for_and_is_not_there(world: AwardWorld) -> None:
    first, *rest = world.trust.spends
    world.trust = replace(world.trust, spends=(replace(first, amount=Credits(0)), *rest))


@no("award.spent")
def a_second_source_that_denies_the_spend(world: AwardWorld) -> None:
    denied = tuple(replace(spend, amount=Credits(0)) for spend in world.trust.spends)
    world.trust = world.trust.merge(TrustFacts(source="another register", spends=denied))


@cannot_say("award.spent")
def spends_that_nobody_told_us(world: AwardWorld) -> None:
    world.trust = replace(world.trust, spends=())


@cannot_say("award.spent")
def one_spend_that_nobody_told_us(world: AwardWorld) -> None:
    world.trust = replace(world.trust, spends=world.trust.spends[1:])


STRANGER = did_key(PrivateKey.from_seed(b"s" * 32).public)


@no("award.learner")
def an_award_to_another_learner_than_its_proof(world: AwardWorld) -> None:
    world.make_award(subject=STRANGER)


@no("award.learner")
@no("stack.arithmetic")
def a_unit_that_somebody_else_earned(world: AwardWorld) -> None:
    world.units = [world.unit, sign(unsigned_unit(2, subject=STRANGER), PROVIDER)]
    world.make_award()


@cannot_say("award.learner")
@cannot_say("stack.credentials")
@cannot_say("stack.arithmetic")
def one_credential_not_given(world: AwardWorld) -> Report:
    return world.award_report(credentials=world.units[:1])


# the sum --------------------------------------------------------------------------------------------------------


@no("stack.credentials")
def a_unit_signed_with_a_revoked_key(world: AwardWorld) -> None:
    world.change_key(revoked=BLOCK_TIME)


@cannot_say("stack.credentials")
def a_unit_whose_status_list_is_out_of_reach(world: AwardWorld) -> None:
    world.documents = {key: value for key, value in world.documents.items() if not key.startswith("https:")}


@no("stack.credentials")
def a_unit_that_is_no_unit(world: AwardWorld) -> None:
    """A credential without credits is counted."""
    document = unsigned_unit(2)
    subject = document["credentialSubject"]
    assert isinstance(subject, dict)
    achievement = subject["achievement"]
    assert isinstance(achievement, dict)
    del achievement["creditPoints"]
    good = world.units[1]
    world.units[1] = sign(document, PROVIDER)
    bare = world.units[1]

    def count_it(proof: StackingProof) -> StackingProof:
        from creditbank.credential import credential_digest

        return replace(proof, uses=(proof.uses[0], replace(proof.uses[1], digest=credential_digest(bare))))

    world.units[1] = good
    world.make_award(edit=count_it)
    world.units[1] = bare


@no("stack.credentials")
def a_sum_dated_before_its_credentials_were_issued(world: AwardWorld) -> None:
    """Dated back to a day when other rules or decisions were in force."""
    world.make_award(edit=lambda proof: replace(proof, date=date(2026, 4, 20)))


@no("stack.credentials")
def a_unit_that_had_expired_on_the_day_of_the_sum(world: AwardWorld) -> None:
    """The archive asks no credential whether it is good today, but the sum asks whether it was good then."""
    expired = unsigned_unit(1, valid_until=SIGNED - timedelta(days=1)) | {"validFrom": "2026-04-02T00:00:00Z"}
    world.units = [sign(expired, PROVIDER), world.units[1]]
    world.make_award()


@no("stack.arithmetic")
def more_counted_than_the_unit_has(world: AwardWorld) -> None:
    world.make_award(
        edit=lambda proof: replace(
            proof, uses=(replace(proof.uses[0], amount=Credits.parse("21"), counted=Credits.parse("21")), proof.uses[1])
        )
    )


@no("stack.arithmetic")
def one_unit_counted_twice(world: AwardWorld) -> None:
    world.make_award(edit=lambda proof: replace(proof, uses=(proof.uses[0], proof.uses[0])))


@no("stack.arithmetic")
def a_total_that_is_not_the_sum(world: AwardWorld) -> None:
    world.make_award(edit=lambda proof: replace(proof, counted=Credits.parse("41")))


@no("stack.arithmetic")
def too_few_credits(world: AwardWorld) -> None:
    world.units = world.units[:1]
    world.make_award()


@no("stack.rules")
def rules_of_the_same_version_in_another_text(world: AwardWorld) -> None:
    """The awarding body halves the requirement and keeps the version."""
    easier = qualification(summary="Twenty credits at level 5.")
    world.rules = easier
    world.make_award()
    world.claimed_rules = (easier,)


@no("stack.rules")
def a_trusted_source_knows_another_text_of_these_rules(world: AwardWorld) -> None:
    world.claimed_rules, world.own_rules = world.own_rules, ()
    world.trust = replace(
        world.trust, rules=(rule_fact(qualification(summary="Fifty credits at level 5.")), rule_fact(FRAMEWORK))
    )


@no("stack.rules")
def a_level_above_the_one_the_rules_give(world: AwardWorld) -> None:
    world.make_award(level="8")


@no("stack.rules")
def a_name_above_the_one_the_rules_give(world: AwardWorld) -> None:
    world.make_award(title="Sample doctorate")


@no("stack.rules")
def a_kind_of_achievement_above_the_one_the_rules_give(world: AwardWorld) -> None:
    world.make_award(achievement_type="DoctoralDegree")


@cannot_say("stack.rules")
def rules_in_two_texts_that_are_both_the_verifiers_own(world: AwardWorld) -> None:
    world.own_rules = (*world.own_rules, qualification(summary="Fifty credits at level 5."))


@cannot_say("stack.rules")
def own_rules_that_a_trusted_source_knows_in_another_text(world: AwardWorld) -> None:
    world.trust = replace(world.trust, rules=(rule_fact(qualification(summary="Fifty credits at level 5.")),))


@cannot_say("stack.rules")
@cannot_say("stack.arithmetic")
def no_rules_given(world: AwardWorld) -> None:
    world.own_rules = ()


@cannot_say("stack.rules")
def rules_that_came_along_and_nobody_knows(world: AwardWorld) -> None:
    world.claimed_rules, world.own_rules = world.own_rules, ()


@no("stack.conversions")
def a_conversion_by_a_body_that_does_not_award(world: AwardWorld) -> None:
    with_conversion(world, issuer=PROVIDER)


@no("stack.conversions")
def a_conversion_that_a_trusted_source_knows_in_another_text(world: AwardWorld) -> None:
    """The awarding body raises the ratio for one award and keeps the version."""
    with_conversion(world)
    known = conversion().model_copy(update={"ratio": "1/1"})
    world.trust = replace(world.trust, rules=(rule_fact(known),))


@cannot_say("stack.conversions")
def a_conversion_of_which_trusted_sources_know_two_texts(world: AwardWorld) -> None:
    with_conversion(world)
    known = conversion().model_copy(update={"ratio": "1/1"})
    world.trust = replace(world.trust, rules=(rule_fact(known), rule_fact(conversion())))


@cannot_say("stack.conversions")
@cannot_say("stack.arithmetic")
def a_conversion_policy_not_given(world: AwardWorld) -> None:
    with_conversion(world)
    world.claimed_rules = world.signed = ()


@cannot_say("stack.conversions")
def a_conversion_that_its_body_never_signed(world: AwardWorld) -> None:
    with_conversion(world)
    world.signed = ()


@cannot_say("stack.conversions")
def a_signed_conversion_of_a_body_whose_keys_we_do_not_have(world: AwardWorld) -> None:
    with_conversion(world)
    del world.documents[UNIVERSITY]


@no("stack.conversions")
def a_conversion_that_another_body_signed_in_its_own_name(world: AwardWorld) -> None:
    with_conversion(world)
    world.signed = (adopted(conversion(), PROVIDER),)


@no("stack.conversions")
def a_conversion_that_another_body_signed_in_the_awarders_name(world: AwardWorld) -> None:
    with_conversion(world)
    world.signed = (adopted(conversion(), UNIVERSITY, signer=PROVIDER),)


@no("stack.conversions")
def a_conversion_signed_with_somebodys_key_under_the_awarders_key_id(world: AwardWorld) -> None:
    with_conversion(world)
    mine, method = PrivateKey.from_seed(b"f" * 32), f"{UNIVERSITY}#{KEYS[UNIVERSITY].public.multikey}"
    world.signed = (adopted(conversion(), key=mine, method=method),)


@no("stack.conversions")
@cannot_say("stack.arithmetic")
def a_ratio_altered_after_signing(world: AwardWorld) -> None:
    with_conversion(world)
    world.claimed_rules = ()
    world.signed = (altered(world.signed[0], ratio="3/1"),)


@no("stack.conversions")
def a_ratio_altered_after_signing_in_proof_and_award_too(world: AwardWorld) -> None:
    """The university itself raises the ratio for one award, and passes its old signature off for the new text."""
    with_conversion(world)
    forged = altered(world.signed[0], ratio="3/1")
    world.conversions = world.claimed_rules = (conversion(ratio="3/1"),)
    world.signed = (forged,)
    world.make_award()


@no("stack.conversions")
@cannot_say("stack.arithmetic")
def another_text_that_the_body_signed_under_the_same_version(world: AwardWorld) -> None:
    with_conversion(world)
    world.claimed_rules = ()
    world.signed = (adopted(conversion(ratio="1/1")),)


@no("stack.conversions")
def a_conversion_that_had_expired_on_the_day_of_the_sum(world: AwardWorld) -> None:
    with_conversion(world)
    expired = conversion(valid_until="2026-04-30")
    world.conversions = world.claimed_rules = (expired,)
    world.signed = (adopted(expired),)
    world.make_award(edit=lambda proof: replace(proof, conversions=(DocumentRef.of(expired),)))


@no("stack.conversions")
def a_conversion_adopted_after_the_day_of_the_sum(world: AwardWorld) -> None:
    with_conversion(world)
    world.signed = (adopted(conversion(), on=date(2026, 5, 2)),)


@no("stack.conversions")
def a_conversion_that_the_body_had_revoked(world: AwardWorld) -> None:
    with_conversion(world)
    world.revocations = (revoked(conversion()),)


@no("stack.conversions")
def a_conversion_revoked_from_the_very_day_of_the_sum(world: AwardWorld) -> None:
    with_conversion(world)
    world.revocations = (revoked(conversion(), since=date(2026, 5, 1)),)


@no("stack.conversions")
def a_conversion_signed_with_a_key_that_was_revoked_before_the_award_was_anchored(world: AwardWorld) -> None:
    with_conversion(world)
    old = PrivateKey.from_seed(b"o" * 32)
    document = did_web_document(UNIVERSITY, [KEYS[UNIVERSITY].public, old.public])
    world.documents[UNIVERSITY] = canonical_json(document)
    known = KeyFact(KEYS[UNIVERSITY].public.multikey, START)
    gone = KeyFact(old.public.multikey, START, revoked=START + timedelta(days=90))
    world.change_issuer(UNIVERSITY, keys=(known, gone), documents=(json_digest(document),))
    world.signed = (adopted(conversion(), key=old),)


def decision(by: str) -> Recognition:
    return Recognition.model_validate(
        {
            "document": "creditbank/recognition/v1",
            "id": "sample-decision",
            "by": by,
            "achievement": "urn:uuid:00000000-0000-4000-8000-000000000001",
            "framework": "sample",
            "level": "5",
            "decided": "2026-01-01",
            "reason": "made for a test",
            "sample": True,
        }
    )


def with_recognition(world: AwardWorld, by: str) -> None:
    """Let the first unit rest on a recognition."""
    world.make_award(
        edit=lambda proof: replace(
            proof,
            uses=(replace(proof.uses[0], recognition="sample-decision"), proof.uses[1]),
            recognitions=(DocumentRef.of(decision(by)),),
        )
    )


def altered(signed: SignedDecision, **changes: str) -> SignedDecision:
    """A signed decision with one value changed and the signature left as it was."""
    value = copy.deepcopy(signed.value)
    inside = value["decision"]
    assert isinstance(inside, dict)
    inside.update(changes)
    return read_signed_decision(value)


@cannot_say("stack.recognitions")
def a_recognition_that_its_body_never_signed(world: AwardWorld) -> None:
    with_recognition(world, UNIVERSITY)
    world.claimed_rules = (decision(UNIVERSITY),)


@no("stack.recognitions")
def a_recognition_that_was_taken_back(world: AwardWorld) -> None:
    with_recognition(world, UNIVERSITY)
    world.signed, world.revocations = (adopted(decision(UNIVERSITY)),), (revoked(decision(UNIVERSITY)),)


@no("stack.recognitions")
def a_recognition_by_a_body_that_does_not_award(world: AwardWorld) -> None:
    with_recognition(world, PROVIDER)
    world.claimed_rules = (decision(PROVIDER),)


@cannot_say("stack.recognitions")
def a_recognition_not_given(world: AwardWorld) -> None:
    with_recognition(world, UNIVERSITY)


def with_acceptance(world: AwardWorld, by: str = UNIVERSITY, **changes: Any) -> Acceptance:
    """Let the rules be indicative, and the sum rest on somebody's decision to use them."""
    world.rules = qualification(confidence="L")
    decided = acceptance(world.rules, by, **changes)
    world.own_rules = (world.rules, FRAMEWORK)
    world.acceptances = world.claimed_rules = (decided,)
    world.signed = (adopted(decided, by),)
    world.make_award()
    return decided


@no("stack.acceptances")
def an_acceptance_by_a_body_that_does_not_award(world: AwardWorld) -> None:
    with_acceptance(world, PROVIDER)


@no("stack.acceptances")
def an_acceptance_that_had_ended(world: AwardWorld) -> None:
    with_acceptance(world, valid_until="2026-04-30")


@no("stack.acceptances")
def an_acceptance_that_was_taken_back(world: AwardWorld) -> None:
    world.revocations = (revoked(with_acceptance(world)),)


@cannot_say("stack.acceptances")
def an_acceptance_that_its_body_never_signed(world: AwardWorld) -> None:
    with_acceptance(world)
    world.signed = ()


@no("stack.arithmetic")
def indicative_rules_that_nobody_accepted(world: AwardWorld) -> None:
    with_acceptance(world)
    world.acceptances = ()
    world.make_award()


@no("stack.arithmetic")
def an_acceptance_of_another_text_of_the_rules(world: AwardWorld) -> None:
    accepts = with_acceptance(world).accepts
    other = acceptance(world.rules, accepts=accepts.model_dump() | {"digest": f"sha256:{'0' * 64}"})
    world.acceptances = world.claimed_rules = (other,)
    world.signed = (adopted(other),)
    world.make_award()


def with_exception(world: AwardWorld, by: str = UNIVERSITY, **changes: Any) -> RuleException:
    """Let the rules ask for a thesis, and the sum rest on somebody's decision to let it go."""
    world.rules = with_thesis()
    decided = exception(world.rules, by, **changes)
    world.own_rules = (world.rules, FRAMEWORK)
    world.exceptions = world.claimed_rules = (decided,)
    world.signed = (adopted(decided, by),)
    world.make_award()
    return decided


@no("stack.exceptions")
def an_exception_by_a_body_that_does_not_award(world: AwardWorld) -> None:
    with_exception(world, PROVIDER)


@no("stack.exceptions")
def an_exception_that_had_ended(world: AwardWorld) -> None:
    with_exception(world, valid_until="2026-04-30")


@no("stack.exceptions")
def an_exception_that_was_adopted_after_the_sum(world: AwardWorld) -> None:
    world.signed = (adopted(with_exception(world), on=date(2026, 5, 2)),)


@no("stack.exceptions")
def an_exception_that_was_taken_back(world: AwardWorld) -> None:
    world.revocations = (revoked(with_exception(world)),)


@no("stack.exceptions")
def an_exception_with_another_reason_than_was_signed(world: AwardWorld) -> None:
    with_exception(world)
    world.signed, world.claimed_rules = (altered(world.signed[0], reason="something else"),), ()


@cannot_say("stack.exceptions")
def an_exception_that_its_body_never_signed(world: AwardWorld) -> None:
    with_exception(world)
    world.signed = ()


@no("stack.arithmetic")
def a_rule_that_nobody_waived(world: AwardWorld) -> None:
    with_exception(world)
    world.make_award(edit=lambda proof: replace(proof, exceptions=()))


@no("stack.arithmetic")
def an_exception_for_another_learner(world: AwardWorld) -> None:
    with_exception(world)
    named = exception(world.rules, learner="did:key:z6MkSomebodyElse")
    world.claimed_rules, world.signed = (named,), (adopted(named),)
    world.make_award(edit=lambda proof: replace(proof, exceptions=(DocumentRef.of(named),)))


@no("stack.arithmetic")
def an_exception_to_another_text_of_the_rules(world: AwardWorld) -> None:
    with_exception(world)
    named = exception(with_thesis(summary="Another text."))
    world.claimed_rules, world.signed = (named,), (adopted(named),)
    world.make_award(edit=lambda proof: replace(proof, exceptions=(DocumentRef.of(named),)))


@no("stack.arithmetic")
def exceptions_that_contradict_each_other(world: AwardWorld) -> None:
    waived = with_exception(world)
    other = exception(world.rules, id="sample-other", kind="change-limit", bound="units_at_least", value=2)
    world.claimed_rules, world.signed = (waived, other), (adopted(waived), adopted(other))
    refs = (DocumentRef.of(waived), DocumentRef.of(other))
    world.make_award(edit=lambda proof: replace(proof, exceptions=refs))


# the cases ------------------------------------------------------------------------------------------------------


def cases(table: dict[str, list[tuple[str, Break]]]) -> list[object]:
    return [pytest.param(name, case, id=f"{name}: {label}") for name, found in table.items() for label, case in found]


@pytest.mark.parametrize(("name", "case"), cases(NO))
def test_a_check_says_no_and_the_award_is_rejected(name: str, case: Break, award_world: AwardWorld) -> None:
    report = case(award_world) or award_world.award_report()
    assert outcomes(report)[name] == "failed", report.check(name).sentence
    assert report.verdict is Verdict.REJECTED


@pytest.mark.parametrize(("name", "case"), cases(OPEN))
def test_a_check_that_cannot_say_never_lets_an_award_be_accepted(
    name: str, case: Break, award_world: AwardWorld
) -> None:
    report = case(award_world) or award_world.award_report()
    assert outcomes(report)[name] == "unchecked", report.check(name).sentence
    assert report.verdict is not Verdict.ACCEPTED


@pytest.mark.parametrize("table", [NO, OPEN], ids=["no", "cannot say"])
def test_every_check_has_a_case(table: dict[str, list[tuple[str, Break]]]) -> None:
    assert [name for name, found in table.items() if not found] == []


def test_a_good_award_is_accepted_with_the_report_of_each_credential(award_world: AwardWorld) -> None:
    report = award_world.award_report()
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert report.kind is Kind.AWARD
    assert [part.id for part in report.parts] == [unit["id"] for unit in award_world.units]
    assert "40 credits from 2 units" in report.check("stack.arithmetic").sentence


def test_without_trusted_block_hashes_an_award_is_inconclusive_and_nothing_worse(award_world: AwardWorld) -> None:
    award_world.change_chain(blocks=())
    report = award_world.award_report()
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.named(report.check("anchor.on-chain").outcome) == [
        "anchor.on-chain",
        "anchor.key-valid",
        "dates.signed",
        "stack.credentials",
    ]


def test_a_unit_altered_after_signing_is_not_counted(award_world: AwardWorld) -> None:
    """Its digest is no longer the one in the proof, so it is missing rather than present with other credits."""
    forged = load_object(canonical_json(award_world.unit).replace(b'"creditPoints":"20"', b'"creditPoints":"60"'))
    report = award_world.award_report(credentials=[forged, award_world.units[1]])
    assert report.verdict is Verdict.INCONCLUSIVE
    assert outcomes(report)["stack.credentials"] == "unchecked"


def test_a_forged_sum_is_rejected_even_when_the_awarding_body_signed_it(award_world: AwardWorld) -> None:
    one_counted_twice = NO["stack.arithmetic"][2][1]
    one_counted_twice(award_world)
    report = award_world.award_report()
    assert outcomes(report)["proof.signature"] == "passed"
    assert report.named(report.check("stack.arithmetic").outcome) == ["award.spent", "stack.arithmetic"]


def test_rules_that_came_along_count_once_a_trusted_source_lists_them(award_world: AwardWorld) -> None:
    award_world.claimed_rules, award_world.own_rules = award_world.own_rules, ()
    award_world.trust = replace(award_world.trust, rules=(rule_fact(award_world.rules), rule_fact(FRAMEWORK)))
    report = award_world.award_report()
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert report.check("stack.rules").how == "Vouched for by the sample trust file."


def test_a_conversion_of_the_awarding_body_is_adopted_by_its_signature(award_world: AwardWorld) -> None:
    with_conversion(award_world)
    report = award_world.award_report()
    assert report.verdict is Verdict.ACCEPTED, report.headline
    said = report.check("stack.conversions").sentence
    assert "sample-conversion (a sample) by the awarding body, which adopted it on 2026-02-01" in said


def test_indicative_rules_count_by_the_signed_acceptance_of_the_awarding_body(award_world: AwardWorld) -> None:
    with_acceptance(award_world)
    report = award_world.award_report()
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert "sample-acceptance (a sample) by the awarding body" in report.check("stack.acceptances").sentence


def test_an_award_rests_on_an_exception_that_a_stranger_can_check(award_world: AwardWorld) -> None:
    with_exception(award_world)
    report = award_world.award_report()
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert "sample-exception (a sample) by the awarding body" in report.check("stack.exceptions").sentence
    assert "which adopted it on 2026-02-01" in report.check("stack.exceptions").sentence


def test_an_exception_that_is_revoked_after_the_award_leaves_the_award_standing(award_world: AwardWorld) -> None:
    award_world.revocations = (revoked(with_exception(award_world), since=date(2026, 5, 2)),)
    assert award_world.award_report().verdict is Verdict.ACCEPTED


def test_the_signed_form_alone_is_enough(award_world: AwardWorld) -> None:
    with_conversion(award_world)
    award_world.claimed_rules = ()
    assert award_world.award_report().verdict is Verdict.ACCEPTED


def test_a_good_signature_is_enough_among_worse_ones(award_world: AwardWorld) -> None:
    with_conversion(award_world)
    award_world.signed = (adopted(conversion(), PROVIDER), *award_world.signed)
    assert award_world.award_report().verdict is Verdict.ACCEPTED


def test_a_revocation_from_a_later_day_on_leaves_the_award_as_it_was(award_world: AwardWorld) -> None:
    with_conversion(award_world)
    award_world.revocations = (revoked(conversion(), since=date(2026, 5, 2)),)
    assert award_world.award_report().verdict is Verdict.ACCEPTED


def test_a_revocation_by_another_body_counts_for_nothing(award_world: AwardWorld) -> None:
    with_conversion(award_world)
    award_world.revocations = (revoked(conversion(), PROVIDER), revoked(conversion(), UNIVERSITY, signer=PROVIDER))
    assert award_world.award_report().verdict is Verdict.ACCEPTED


def test_a_revocation_holds_even_if_its_key_was_revoked_since(award_world: AwardWorld) -> None:
    with_conversion(award_world)
    award_world.revocations = (revoked(conversion()),)
    key = KeyFact(KEYS[UNIVERSITY].public.multikey, START, revoked=BLOCK_TIME + timedelta(days=1))
    award_world.change_issuer(UNIVERSITY, keys=(key,))
    report = award_world.award_report()
    assert outcomes(report)["anchor.key-valid"] == "passed"
    assert outcomes(report)["stack.conversions"] == "failed"


def test_a_key_revoked_after_the_award_was_anchored_leaves_the_decision_standing(award_world: AwardWorld) -> None:
    with_conversion(award_world)
    key = KeyFact(KEYS[UNIVERSITY].public.multikey, START, revoked=BLOCK_TIME + timedelta(days=1))
    award_world.change_issuer(UNIVERSITY, keys=(key,))
    assert award_world.award_report().verdict is Verdict.ACCEPTED


def test_a_conversion_of_another_body_counts_if_a_trusted_source_lists_it(award_world: AwardWorld) -> None:
    with_conversion(award_world, issuer=PROVIDER)
    award_world.trust = replace(award_world.trust, rules=(rule_fact(conversion(PROVIDER)),))
    assert outcomes(award_world.award_report())["stack.conversions"] == "passed"


def test_an_award_must_itself_be_anchored(award_world: AwardWorld) -> None:
    """Only anchoring shows that the awarding body's key was good when it signed."""
    award_world.receipts = award_world.receipts[:2]
    report = award_world.award_report()
    assert outcomes(report)["anchor.included"] == "unchecked"
    assert report.verdict is Verdict.INCONCLUSIVE


def test_an_award_by_somebody_who_only_says_to_be_the_university_is_rejected(award_world: AwardWorld) -> None:
    award_world.make_award(signer=PROVIDER)
    report = award_world.award_report()
    assert outcomes(report)["issuer.method"] == "failed"
    assert report.verdict is Verdict.REJECTED


def test_credentials_that_the_sum_does_not_count_are_left_aside(award_world: AwardWorld) -> None:
    extra = sign(unsigned_unit(3), PROVIDER)
    report = award_world.award_report(credentials=[*award_world.units, extra, b"not JSON"])
    assert report.verdict is Verdict.ACCEPTED
    assert len(report.parts) == 2


def test_the_university_is_known_by_its_key_and_not_by_its_name(award_world: AwardWorld) -> None:
    """Threat 8."""
    posing = replace(issuer_facts(PROVIDER, "Sample University"), did="did:web:university.invalid")
    award_world.trust = replace(award_world.trust, issuers=(award_world.trust.issuers[0], posing))
    assert outcomes(award_world.award_report())["issuer.registered"] == "unchecked"


def test_a_framework_and_a_credit_system_may_share_an_id(award_world: AwardWorld) -> None:
    named_alike = CreditSystem.model_validate(
        {
            "document": "creditbank/credit-system/v1",
            "id": FRAMEWORK.id,
            "name": "Sample credit",
            "hours_min": "10",
            "hours_max": "10",
            "full_time_year": None,
            "basis": "made for a test",
            "confidence": "L",
            "sources": [{"name": "made for a test"}],
        }
    )
    award_world.own_rules = (*award_world.own_rules, named_alike)
    assert award_world.award_report().verdict is Verdict.ACCEPTED


def over_attempts(world: AwardWorld, units: int) -> None:
    """Rules that bound what was attempted; of two attempted units one counts."""
    both, plain = world.units, world.rules.model_dump(mode="json", by_alias=True)
    plain["requires"]["of"][0].pop("units_at_least", None)
    plain["requires"]["of"][0]["credits_at_least"] = "1"
    plain["requires"]["of"].append(
        {"id": "tries", "title": "Tries", "kind": "limit", "over": "attempted", "units_at_most": units}
    )
    world.rules = type(world.rules).model_validate(plain)
    world.own_rules = (world.rules, FRAMEWORK)
    world.trust = replace(world.trust, rules=(rule_fact(world.rules), rule_fact(FRAMEWORK)))
    tried = tuple(Attempt(unit["id"], credential_digest(unit)) for unit in both)

    def listed(proof: StackingProof) -> StackingProof:
        facts = {credential_digest(unit): unit_facts(unit) for unit in both}
        setting = Setting(proof.date, UNIVERSITY, {"sample": FRAMEWORK}, {})
        total = recount(world.rules, proof.uses, facts, setting, attempted=tried)
        return replace(proof, attempted=tried, totals=total.totals)

    world.units = both[:1]
    world.make_award(edit=listed)
    world.units = both


def test_attempted_units_are_verified_too_and_the_report_says_what_nothing_shows() -> None:
    world = make_award_world()
    over_attempts(world, 2)
    report = world.award_report()
    told = outcomes(report)
    assert told["stack.arithmetic"] == "passed"
    sentence = next(check.sentence for check in report.checks if check.name == "stack.arithmetic")
    assert sentence.endswith("2 were listed, and no credential shows that nothing was left out.")
    assert len(report.parts) == 2
    world.units = world.units[:1]
    told = outcomes(world.award_report())
    assert told["stack.credentials"] == told["stack.arithmetic"] == told["award.learner"] == "unchecked"


def test_a_sum_over_attempted_units_that_does_not_hold_is_refused() -> None:
    world = make_award_world()
    over_attempts(world, 1)
    assert outcomes(world.award_report())["stack.arithmetic"] == "failed"
