"""Rules over all attempted units: what failed, is too old or was used elsewhere was attempted too."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from stacking_samples import LEARNER, conversion, facts_of, rules, setting_of, unit
from test_stacking_proof import fields, forgeries, prove, put, resealed, slugs

from creditbank.stacking import Attempt, Candidate, Evaluation, Status, Use, evaluate, recount
from creditbank.units import Credits

NEED = {"id": "need", "title": "Three credits", "kind": "requirement", "credits_at_least": "3"}
SCALE = {
    "letters": {"grades": [{"code": "F", "points": "0"}, {"code": "C", "points": "2"}, {"code": "A", "points": "4"}]}
}
PASSED = {"grade": {"scale": "letters", "at_least": "C"}}
BEFORE = {"kind": "prerequisite", "units_at_least": 1}
MEAN = {"kind": "limit", "grading": "letters", "mean_at_least": "2"}


def graded(name: str, grade: str, credits: str = "3", **more: Any) -> Candidate:
    return unit(name, credits, about={"grades": (("letters", grade),)}, **more)


def found(rule: dict[str, Any], *units: Candidate, **changes: Any) -> Evaluation:
    """What is found under one rule over attempted units, beside a place of three credits for units that were passed."""
    setting = changes.pop("setting", None) or setting_of()
    place = {**NEED, "where": PASSED} if changes.pop("passed", False) else NEED
    tried = {"id": "tried", "title": "Of all that was tried", "over": "attempted", **rule}
    return evaluate(rules([place, tried], grading=SCALE, **changes), list(units), setting)


def test_a_failed_unit_weighs_in_a_mean_over_attempts_and_not_in_one_over_what_counts() -> None:
    units = [graded("a", "C"), graded("b", "F")]
    assert not found(MEAN, *units, passed=True).adds_up
    assert found({**MEAN, "over": "counted"}, *units, passed=True).adds_up
    assert found(MEAN, graded("a", "A"), graded("b", "F"), passed=True).adds_up


def test_a_repetition_of_one_achievement_can_be_bounded() -> None:
    sits = {"kind": "limit", "per": "achievement", "units_at_most": 2}
    times = [graded(f"t{number}", grade, achievement="urn:exam") for number, grade in enumerate("FFC")]
    assert not found(sits, *times).adds_up
    assert found(sits, *times[1:]).adds_up


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"kind": "limit", "credits_at_most": "6"}, True),
        ({"kind": "limit", "credits_at_most": "5.9"}, False),
        ({"kind": "limit", "credits_at_least": "6"}, True),
        ({"kind": "limit", "credits_at_least": "6.1"}, False),
        ({"kind": "limit", "units_at_least": 2}, True),
        ({"kind": "limit", "units_at_most": 1}, False),
        ({"kind": "limit", "where": {"mode": ["online"]}, "share_at_most": "1/2"}, True),
        ({"kind": "limit", "where": {"mode": ["online"]}, "share_at_most": "1/3"}, False),
        ({"kind": "limit", "per": "provider", "distinct_at_least": 2}, True),
        ({"kind": "limit", "per": "provider", "distinct_at_most": 1}, False),
        ({"kind": "limit", "per": "provider", "in_one_at_least": "3"}, True),
        ({"kind": "limit", "per": "provider", "in_one_at_least": "4"}, False),
        ({"kind": "limit", "span_at_most": "P10Y"}, True),
        ({"kind": "limit", "span_at_most": "P1Y"}, False),
        ({"kind": "limit", "grading": "letters", "points_at_least": "12"}, True),
        ({"kind": "limit", "grading": "letters", "points_at_least": "12.1"}, False),
        ({**BEFORE, "where": {"mode": ["on-site"]}, "needs": {"mode": ["online"]}}, True),
        ({**BEFORE, "where": {"mode": ["online"]}, "needs": {"mode": ["on-site"]}}, False),
        ({"kind": "exclusion", "between": [{"mode": ["online"]}, {"mode": ["blended"]}]}, True),
        ({"kind": "exclusion", "between": [{"mode": ["online"]}, {"mode": ["on-site"]}]}, False),
    ],
    ids=str,
)  # fmt: skip
def test_a_unit_too_old_to_count_was_attempted(rule: dict[str, Any], holds: bool) -> None:
    old = graded("old", "F", earned=date(2017, 3, 2), provider="b", mode="online")
    answer = found(rule, graded("new", "A"), old, admits={"max_age": "P5Y"})
    assert [item.slug for item in answer.not_counted if item.credential == "urn:uuid:old"] == ["too-old"]
    assert answer.adds_up is holds
    assert answer.proven


def test_what_was_used_elsewhere_was_attempted_and_what_was_revoked_was_not() -> None:
    cap = {"kind": "limit", "credits_at_most": "5"}
    assert not found(cap, unit("a"), unit("spent", available="0")).adds_up
    assert found(cap, unit("a"), unit("gone", revoked=True)).adds_up


def test_a_unit_given_twice_or_issued_anew_was_attempted_once() -> None:
    cap = {"kind": "limit", "units_at_most": 1}
    assert found(cap, unit("a"), unit("a")).adds_up
    assert found(cap, unit("a"), unit("b", first_issue="urn:uuid:a")).adds_up
    assert not found(cap, unit("a"), unit("b")).adds_up


def test_a_correction_is_attempted_in_the_place_of_what_it_corrects() -> None:
    first, corrected = graded("a", "A"), graded("b", "F", first_issue="urn:uuid:a")
    assert found(MEAN, first).adds_up
    assert not found(MEAN, first, corrected).adds_up


def test_a_unit_that_nobody_converts_leaves_a_rule_open_that_needs_its_credits() -> None:
    foreign = graded("f", "A", system="eu-ects")
    for rule, holds in (
        ({"kind": "limit", "credits_at_most": "100"}, False),
        ({"kind": "limit", "credits_at_least": "3"}, True),
        ({"kind": "limit", "credits_at_least": "4"}, False),
        ({"kind": "limit", "units_at_most": 2}, True),
        ({"kind": "limit", "units_at_least": 2, "where": {"size_at_most": "9"}}, False),
        ({"kind": "limit", "where": {"mode": ["online"]}, "share_at_most": "1/2"}, False),
        (MEAN, False),
        ({**MEAN, "weigh_by": "units"}, True),
    ):
        answer = found(rule, graded("a", "A"), foreign)
        assert answer.adds_up is holds, rule
        doubtful = "Nobody can say what «Sample unit f» is worth here" in answer.sentence
        assert doubtful is (not holds and rule != {"kind": "limit", "credits_at_least": "4"}), rule


def test_where_only_a_unit_of_unknown_worth_is_graded_no_mean_is_told() -> None:
    answer = found(MEAN, unit("a"), graded("f", "A", system="eu-ects"))
    assert not answer.adds_up
    some = rules(
        [
            {**NEED, "credits_at_least": "9"},
            {
                "id": "way",
                "title": "Way",
                "kind": "any",
                "of": [
                    {"id": "tried", "title": "Tried", "over": "attempted", **MEAN},
                    {"id": "none", "title": "None", "kind": "limit", "over": "counted", "credits_at_least": "0"},
                ],
            },
        ],
        grading=SCALE,
    )
    shown = evaluate(some, [unit("a"), graded("f", "A", system="eu-ects")], setting_of())
    assert shown.tree.children[1].children[0].have == "no grade on that scale"


def test_a_policy_of_the_awarding_body_says_what_an_attempted_unit_is_worth() -> None:
    policy = conversion(to_system="kr", ratio="1/2")
    foreign = graded("f", "F", "6", system="eu-ects")
    cap = {"kind": "limit", "credits_at_most": "6"}
    answer = found(cap, graded("a", "A"), foreign, setting=setting_of(conversions=[policy]))
    assert answer.adds_up
    assert [tried.conversion for tried in answer.attempted] == [None, policy.id]
    assert not found(
        {**cap, "credits_at_most": "5.9"}, graded("a", "A"), foreign, setting=setting_of(conversions=[policy])
    ).adds_up


def test_further_units_would_be_attempted_too() -> None:
    answer = found(MEAN, graded("a", "C"), graded("b", "F", "1"))
    assert answer.gap is not None
    assert str(answer.gap.credits) == "1"  # a credit of the best grade makes up for one of the worst
    cap = {"kind": "limit", "units_at_most": 1}
    rule = rules([{**NEED, "credits_at_least": "6"}, {"id": "tried", "title": "One try", "over": "attempted", **cap}])
    assert evaluate(rule, [unit("a")], setting_of(), catalogue=[unit("b")]).path is None


def test_the_explanation_says_what_nothing_shows() -> None:
    node = found(
        {"kind": "limit", "credits_at_most": "6"}, unit("a"), unit("b", earned=date(2026, 3, 3))
    ).tree.children[1]
    assert node.status is Status.MET
    assert node.have == "6 credits"
    assert node.sentence.endswith("no credential shows that nothing was left out.")


def test_attempted_units_of_another_standing_are_not_asked_about() -> None:
    assert found({"kind": "limit", "over": "counted", "credits_at_most": "6"}, unit("a")).attempted == ()


POLICY = conversion(to_system="kr", ratio="1/2")
SETTING = setting_of(conversions=[POLICY])
RULES = rules(
    [
        {**NEED, "where": PASSED},
        {"id": "tried", "title": "A mean over all", "over": "attempted", **MEAN},
        {"id": "twice", "title": "Not more", "kind": "limit", "over": "attempted", "units_at_most": 3},
    ],
    grading=SCALE,
)
UNITS = [graded("a", "A"), graded("b", "F"), graded("c", "C", "6", system="eu-ects")]


class TestTheProof:
    def test_lists_every_attempted_unit_and_is_confirmed(self) -> None:
        proof = prove(RULES, UNITS, SETTING)
        assert [item["credential"] for item in proof["attempted"]] == ["urn:uuid:a", "urn:uuid:b", "urn:uuid:c"]
        assert [item["conversion"] for item in proof["attempted"]] == [None, None, POLICY.id]
        assert [item["id"] for item in proof["conversions"]] == [POLICY.id]
        assert slugs(proof, RULES, UNITS, SETTING) == []

    def test_with_one_field_forged_is_refused(self) -> None:
        proof = prove(RULES, UNITS, SETTING)
        for path, value in fields(proof):
            if path[0] != "attempted":
                continue
            for forgery in forgeries(value):
                assert slugs(resealed(put(proof, path, forgery)), RULES, UNITS, SETTING), (path, forgery)

    @pytest.mark.parametrize(
        ("listed", "slug"),
        [
            ([1, 2], "attempt-missing"),
            ([0, 0, 1, 2], "credential-twice"),
            ([], "attempt-missing"),
        ],
    )
    def test_that_leaves_out_what_counts_or_lists_a_unit_twice_is_refused(self, listed: list[int], slug: str) -> None:
        proof = prove(RULES, UNITS, SETTING)
        if listed:
            proof["attempted"] = [proof["attempted"][index] for index in listed]
        else:
            del proof["attempted"]
        assert slug in slugs(resealed(proof), RULES, UNITS, SETTING)

    def test_that_leaves_out_a_bad_unit_is_another_sum_and_nothing_shows_the_gap(self) -> None:
        proof = prove(RULES, UNITS[:1], SETTING)
        assert slugs(proof, RULES, UNITS, SETTING) == []  # said in words wherever such a rule is shown

    def test_with_a_unit_of_another_learner_or_of_a_later_day_is_refused(self) -> None:
        proof = prove(RULES, UNITS, SETTING)
        for change, slug in (
            ({"subject": f"{LEARNER}x"}, "other-learner"),
            ({"earned": date(2026, 6, 2)}, "wrong-attempt"),
            ({"first_issue": "urn:uuid:a"}, "issue-twice"),
        ):
            changed = [UNITS[0], replace(UNITS[1], facts=replace(UNITS[1].facts, **change)), UNITS[2]]
            assert slug in slugs(proof, RULES, changed, SETTING), change

    def test_lists_nothing_where_no_rule_asks_for_it(self) -> None:
        plain = rules([NEED])
        proof = prove(plain, UNITS[:1], SETTING)
        assert "attempted" not in proof
        listed = prove(RULES, UNITS[:1], SETTING)["attempted"]
        assert slugs(resealed({**proof, "attempted": listed}), plain, UNITS, SETTING) == ["needless-attempts"]

    def test_names_one_decision_for_a_unit_that_counts_and_was_attempted(self) -> None:
        wide = rules(
            [{**NEED, "credits_at_least": "6"}, {"id": "t", "title": "T", "over": "attempted", **MEAN}], grading=SCALE
        )
        own = [UNITS[0], unit("d", "6", system="eu-ects")]
        assert "attempt-differs" in [fault.slug for fault in _recount_without_policy(wide, own)]


def _recount_without_policy(wide: Any, units: list[Candidate]) -> Any:
    """A sum that counts a unit by a policy, and lists it as attempted without one."""

    whole = [
        Use(one.facts.credential, one.digest, one.facts.credits.credits, one.facts.credits.system, Credits(3000))
        for one in units
    ]
    uses = [whole[0], replace(whole[1], conversion=POLICY.id)]
    tried = [Attempt(one.facts.credential, one.digest) for one in units]
    return recount(wide, uses, facts_of(units), SETTING, attempted=tried).faults
