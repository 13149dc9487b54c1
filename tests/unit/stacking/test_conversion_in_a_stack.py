"""Credits of elsewhere in a stack: by which named policy, how much, and what a refusal shows where there is none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from stacking_samples import AWARDING, LEARNER, TODAY, rules, unit

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.credential import Level
from creditbank.framework import ConversionPolicy, Qualification, document_digest, load_document
from creditbank.stacking import Candidate, Evaluation, Setting, Verdict, evaluate, read_proof, stacking_proof
from creditbank.units import Credits

CATALOGUE = Catalogue.load(builtin_data("frameworks"))
DECISIONS = Path(__file__).resolve().parents[3] / "docs" / "examples" / "decisions"
BY_CMF, BY_CUSTOM = "sample-uk-by-cmf", "sample-uk-by-custom"


def policy(name: str) -> ConversionPolicy:
    path = DECISIONS / f"{name}.yaml"
    document = load_document(path.read_bytes(), str(path))
    assert isinstance(document, ConversionPolicy)
    return document


def setting(*policies: ConversionPolicy) -> Setting:
    return Setting(TODAY, AWARDING, CATALOGUE.frameworks(), CATALOGUE.credit_systems(), conversions=policies)


def european(least: str) -> Qualification:
    """So many ECTS credits of any units without a level, which stand for themselves."""
    asked: list[dict[str, Any]] = [
        {"id": "units", "title": "Units", "kind": "requirement", "credits_at_least": least},
    ]
    return rules(asked, admits={"frameworks": ["uk-fheq"]}, credit_system="eu-ects", framework="uk-fheq")


def british(name: str, credits: str) -> Candidate:
    return unit(name, credits, system="uk", level=Level("uk-fheq", "5"))


def weigh(least: str, units: Sequence[Candidate], *policies: ConversionPolicy) -> Evaluation:
    return evaluate(european(least), units, setting(*policies))


@pytest.mark.parametrize(
    ("name", "credits", "counted"),
    [
        (BY_CMF, "10", "4"),
        (BY_CMF, "15", "6"),
        (BY_CUSTOM, "10", "5"),
        (BY_CUSTOM, "15", "7.5"),
    ],
)
def test_framework_and_custom_count_one_unit_differently_and_by_name(name: str, credits: str, counted: str) -> None:
    learner = [british("unit", credits)]
    found = weigh(counted, learner, policy(name))
    assert found.verdict is Verdict.ADDS_UP
    (use,) = found.allocation or ()
    assert (use.conversion, str(use.amount), use.system, str(use.counted)) == (name, credits, "uk", counted)
    more = str(Credits.parse(counted) + Credits.parse("0.5"))
    assert weigh(more, learner, policy(name)).verdict is Verdict.FALLS_SHORT


@pytest.mark.parametrize("name", [BY_CMF, BY_CUSTOM])
def test_the_proof_names_the_policy_by_digest_and_each_use_names_it(name: str) -> None:
    learner = [british("unit", "10")]
    asked, chosen = european("4"), setting(policy(name))
    found = evaluate(asked, learner, chosen)
    proof = read_proof(
        stacking_proof(found, asked, learner, chosen, id="urn:p", award="urn:a", learner=LEARNER, engine="test")
    )
    assert [(ref.id, ref.version, ref.digest) for ref in proof.conversions] == [
        (name, "1", document_digest(policy(name)))
    ]
    assert [use.conversion for use in proof.uses] == [name]


def test_of_two_policies_the_first_by_id_counts_and_is_named() -> None:
    both = (policy(BY_CUSTOM), policy(BY_CMF))
    found = weigh("4", [british("unit", "10")], *both)
    assert [(use.conversion, str(use.counted)) for use in found.allocation or ()] == [(BY_CMF, "4")]
    assert weigh("5", [british("unit", "10")], *both).verdict is Verdict.FALLS_SHORT


def test_each_unit_is_rounded_by_itself_and_the_sum_never() -> None:
    whole = policy(BY_CMF).model_copy(update={"rounding_unit": "1"})
    three = [british(f"unit{number}", "4") for number in range(3)]  # 1.6 each: 1 + 1 + 1, and not 4.8
    assert weigh("3", three, whole).verdict is Verdict.ADDS_UP
    assert weigh("4", three, whole).verdict is Verdict.FALLS_SHORT


def test_where_only_the_whole_is_rounded_up_no_part_comes_to_the_step_it_passes() -> None:
    """0.002 at 3/2 in steps of 0.002: any part comes to nothing, all of it to 0.004, and nothing to 0.002."""
    steep = policy(BY_CMF).model_copy(update={"ratio": "3/2", "rounding_unit": "0.002", "rounding": "half-up"})
    asked: list[dict[str, Any]] = [
        {"id": "units", "title": "Units", "kind": "requirement", "credits_at_least": "0.002"},
        {"id": "most", "title": "Most", "kind": "limit", "over": "counted", "credits_at_most": "0.004"},
    ]
    admits = {"frameworks": ["uk-fheq"], "whole_units": False}

    def weighed(most: str) -> Evaluation:
        asked[1]["credits_at_most"] = most
        named = rules(asked, admits=admits, credit_system="eu-ects", framework="uk-fheq")
        return evaluate(named, [british("unit", "0.002")], setting(steep))

    (use,) = weighed("0.004").allocation or ()
    assert (str(use.amount), str(use.counted)) == ("0.002", "0.004")
    below = weighed("0.003")
    assert below.verdict is Verdict.FALLS_SHORT
    assert below.proven


SECTION_FIVE = [
    ("uk", "By hours alone one would be worth between 1/3 and 2/5, by a full-time year alone 1/2;"),
    ("nz", "By hours alone one would be worth between 1/3 and 2/5, by a full-time year alone 1/2;"),
    ("hk", "By hours alone one would be worth between 1/3 and 2/5"),
    ("za", "By hours alone one would be worth between 1/3 and 2/5, by a full-time year alone 1/2;"),
    ("pac-pqf", "By hours alone one would be worth between 1/3 and 2/5, by a full-time year alone 1/2;"),
    ("us-sch", "By hours alone one would be worth between 3/2 and 9/5, by a full-time year alone 2;"),
    ("in-ncrf", "By hours alone one would be worth between 1 and 6/5, by a full-time year alone 3/2;"),
    ("my-mqf", "By hours alone one would be worth between 4/3 and 8/5, by a full-time year alone 3/2;"),
    ("kr", "By hours it is not comparable: kr credits count time in class,"),
    ("cl-sct", "By hours alone one would be worth between 4/5 and 31/25, by a full-time year alone 1;"),
]


@pytest.mark.parametrize(("system", "said"), SECTION_FIVE, ids=[system for system, _ in SECTION_FIVE])
def test_without_a_policy_nothing_counts_and_the_refusal_shows_what_hours_and_years_say(system: str, said: str) -> None:
    learner = [unit("elsewhere", "10", system=system, level=Level("uk-fheq", "5"))]
    found = weigh("1", learner)
    assert found.verdict is Verdict.FALLS_SHORT
    (reason,) = found.not_counted
    assert reason.slug == "no-conversion"
    assert f"{said}" in reason.sentence
    assert reason.sentence.endswith("somebody has to decide.")


def test_a_policy_for_one_system_leads_from_no_other_and_not_back() -> None:
    american = unit("american", "3", system="us-sch")
    chain = policy(BY_CUSTOM).model_copy(update={"id": "us-uk", "from_system": "us-sch", "to_system": "uk"})
    back = policy(BY_CUSTOM).model_copy(update={"id": "back", "from_system": "eu-ects", "to_system": "us-sch"})
    found = weigh("1", [american], policy(BY_CUSTOM), chain, back)
    assert found.verdict is Verdict.FALLS_SHORT


def test_the_share_of_a_policy_is_told_where_it_collides_and_of_each_unit_that_it_keeps_out() -> None:
    third = policy(BY_CMF).model_copy(update={"max_share": "1/3", "title": "By the framework"})
    own = [unit(f"own-{n}", "4", system="eu-ects", level=Level("uk-fheq", "5")) for n in range(4)]
    learner = [*own, *(british(f"uk-{n}", "10") for n in range(4))]
    found = weigh("30", learner, third)
    rule = "at most 1/3 of the counted credits may come under «By the framework»"
    assert found.sentence.startswith(
        f"It does not add up yet. You have 32 credits, but {rule}."
        " So at most 24 credits can count, and 30 credits are needed."
    )
    said = {one.slug: one.sentence for one in found.not_counted}
    assert said == {"over-limit": f"With what is counted it would be too much: {rule}."}
