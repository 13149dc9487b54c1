"""What rules mean for one unit: who is admitted, at which level, in which categories, for how much."""

from datetime import date
from typing import Any

import pytest
from stacking_samples import changed, conversion, recognition, rules, setting_of, ug_certificate, unit
from test_indian_certificate import indian

from creditbank.credential import Level
from creditbank.framework import UnknownLevel
from creditbank.stacking import Candidate, MissingFramework, RulesNotInForce, Setting, TwoLearners, evaluate
from creditbank.units import Credits

SIX = [{"id": "x", "title": "Six credits", "kind": "requirement", "credits_at_least": "6"}]


def reason(candidate: Candidate, setting: Setting | None = None, **admits: Any) -> tuple[str, str]:
    """Why one unit does not count towards six credits."""
    found = evaluate(rules(SIX, admits=admits), [candidate], setting or setting_of())
    [item] = found.not_counted
    return item.slug, item.sentence


@pytest.mark.parametrize(
    ("candidate", "admits", "slug", "sentence"),
    [
        (unit("a", "6", revoked=True), {}, "revoked", "Its issuer has revoked it."),
        (unit("a", "6", expires=date(2026, 5, 31)), {}, "expired", "It could be counted until 2026-05-31."),
        (
            unit("a", "6", available="0"),
            {},
            "already-used",
            "All its credits are reserved for or counted towards another award.",
        ),
        (
            unit("a", "6", available="2.5"),
            {},
            "partly-used",
            "Only 2.5 of its 6 credits are left, and these rules count whole units only.",
        ),
        (
            unit("a", "6", earned=date(2026, 6, 2)),
            {},
            "not-yet-earned",
            "It was earned on 2026-06-02, after the day of this evaluation.",
        ),
        (
            unit("a", "6", earned=date(2025, 11, 30)),
            {"max_age": "P6M"},
            "too-old",
            "It was earned on 2025-11-30; units earned before 2025-12-01 no longer count.",
        ),
        (
            unit("a", "6", level=Level("eu-eqf", "5")),
            {},
            "not-recognised",
            "It belongs to eu-eqf, and no recognition decision says where it stands in kr-acbs.",
        ),
        (
            unit("a", "6", system="eu-ects"),
            {},
            "not-recognised",
            "It belongs to eu-ects, and no recognition decision says where it stands in kr-acbs.",
        ),
    ],
)
def test_each_unit_that_is_not_admitted_is_told_why(
    candidate: Candidate, admits: dict[str, Any], slug: str, sentence: str
) -> None:
    assert reason(candidate, **admits) == (slug, sentence)


def test_the_last_day_of_a_unit_still_counts() -> None:
    assert evaluate(rules(SIX), [unit("a", "6", expires=date(2026, 6, 1))], setting_of()).adds_up
    assert evaluate(rules(SIX), [unit("a", "6", earned=date(2026, 6, 1))], setting_of()).adds_up


def test_a_unit_too_small_to_convert_counts_nothing() -> None:
    policy = conversion(from_system="eu-ects", to_system="kr", ratio="1/3", rounding_unit="1")
    decision = recognition("urn:achievement:a", framework="kr-acbs", level=None)
    setting = setting_of(conversions=[policy], recognitions=[decision])
    slug, sentence = reason(unit("a", "2.5", system="eu-ects"), setting)
    assert slug == "counts-nothing"
    assert sentence == (
        "Its credits (2.5 eu-ects) convert to less than the smallest amount that sample-ects-to-ncrf counts."
    )


def test_a_level_floor_refuses_what_is_lower_and_what_is_unknown() -> None:
    floor = ug_certificate()
    floor = floor.model_copy(update={"admits": floor.admits.model_copy(update={"level_at_least": "4.5"})})
    found = evaluate(
        floor,
        [
            indian("low", own=True, level="4"),
            indian("odd", own=True, level="9000"),
            unit("none", "4", system="in-ncrf"),
            indian("good", own=True),
        ],
        setting_of(),
    )
    assert [(item.credential, item.slug, item.sentence) for item in found.not_counted] == [
        ("urn:uuid:low", "level-too-low", "It is at level 4; only units at level 4.5 or above count."),
        ("urn:uuid:none", "level-unknown", "Its level is not known, and only units at level 4.5 or above count."),
        ("urn:uuid:odd", "level-unknown", "Its level is not known, and only units at level 4.5 or above count."),
    ]


def test_levels_are_ordered_by_the_framework_and_not_as_numbers() -> None:
    candidates = [indian(f"own{n}", own=True, level="5.5") for n in range(10)]
    assert evaluate(ug_certificate(), candidates, setting_of()).adds_up


def test_a_recognised_unit_takes_level_and_categories_from_the_decision_alone() -> None:
    major = [
        {
            "id": "major",
            "title": "Major",
            "kind": "requirement",
            "where": {"category": ["kr-acbs:major"]},
            "credits_at_least": "6",
        }
    ]
    foreign = unit("a", "6", level=Level("eu-eqf", "6"), categories=["kr-acbs:major"])
    plain = recognition("urn:achievement:a", framework="kr-acbs", level=None)
    assert not evaluate(rules(major), [foreign], setting_of(recognitions=[plain])).adds_up
    decided = recognition("urn:achievement:a", framework="kr-acbs", level=None, categories=["kr-acbs:major"])
    assert evaluate(rules(major), [foreign], setting_of(recognitions=[decided])).adds_up


@pytest.mark.parametrize(
    "changes",
    [
        {"achievement": "urn:achievement:b"},
        {"achievement_version": "2"},
        {"framework": "in-ncrf"},
        {"decided": "2026-06-02"},
        {"valid_until": "2026-05-31"},
    ],
)
def test_a_decision_about_something_else_recognises_nothing(changes: dict[str, Any]) -> None:
    decision = recognition(**{"achievement": "urn:achievement:a", "framework": "kr-acbs", "level": None, **changes})
    foreign = unit("a", "6", level=Level("eu-eqf", "6"))
    assert reason(foreign, setting_of(recognitions=[decision]))[0] == "not-recognised"


WHERES: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"category": ["x", "kr-acbs:major"]}, True),
    ({"category": ["x"]}, False),
    ({"source_type": ["accredited-course"]}, True),
    ({"source_type": ["qualification"]}, False),
    ({"mode": ["on-site"]}, True),
    ({"mode": ["online"]}, False),
    ({"provider": ["did:web:a.example"]}, True),
    ({"provider": ["awarding"]}, False),
    ({"framework": ["kr-acbs"]}, True),
    ({"framework": ["in-ncrf"]}, False),
    ({"achievement": ["urn:achievement:a"]}, True),
    ({"achievement": ["urn:achievement:b"]}, False),
    ({"earned_within": "P91D"}, True),
    ({"earned_within": "P90D"}, False),
    ({"excluding": {"mode": ["online"]}}, True),
    ({"excluding": {"category": ["kr-acbs:major"]}}, False),
    ({"mode": ["on-site"], "category": ["x"]}, False),
]


@pytest.mark.parametrize(("where", "fits"), WHERES)
def test_every_given_field_of_a_where_must_hold(where: dict[str, Any], *, fits: bool) -> None:
    candidate = unit("a", "6", categories=["kr-acbs:major"], earned=date(2026, 3, 2))
    assert evaluate(rules([{**SIX[0], "where": where}]), [candidate], setting_of()).adds_up is fits


def test_awarding_means_the_body_that_awards() -> None:
    where = [{**SIX[0], "where": {"provider": ["awarding"]}}]
    candidate = unit("a", "6", provider="did:web:a.example")
    assert not evaluate(rules(where), [candidate], setting_of()).adds_up
    assert evaluate(rules(where), [candidate], setting_of(awarding="did:web:a.example")).adds_up


def test_parts_of_units_count_where_the_rules_allow_it_and_no_more_than_needed() -> None:
    found = evaluate(
        rules([{**SIX[0], "credits_at_least": "5.5"}], admits={"whole_units": False}),
        [unit("a", "4"), unit("b", "4")],
        setting_of(),
    )
    assert [(use.credential, str(use.amount)) for use in found.uses] == [("urn:uuid:a", "4"), ("urn:uuid:b", "1.5")]


def test_a_part_converts_rounded_down_and_spends_only_what_it_needs() -> None:
    policy = conversion(to_system="kr", ratio="1/3", rounding="half-up", basis="agreement", rounding_unit="0.5")
    decision = recognition("urn:achievement:a", framework="kr-acbs", level=None)
    setting = setting_of(conversions=[policy], recognitions=[decision])
    foreign = unit("a", "5.5", system="eu-ects")  # the whole is worth 1.833…, which this policy rounds to 2

    def uses(need: str) -> list[tuple[str, str]]:
        found = evaluate(
            rules([{**SIX[0], "credits_at_least": need}], admits={"whole_units": False}), [foreign], setting
        )
        return [(str(use.amount), str(use.counted)) for use in found.uses] if found.adds_up else []

    assert uses("1") == [("3", "1")]
    assert uses("1.5") == [("4.5", "1.5")]
    assert uses("2") == [("5.5", "2")]
    assert uses("2.5") == []


def test_a_part_of_a_unit_is_no_unit_where_units_are_counted() -> None:
    two = [{"id": "two", "title": "Two units", "kind": "requirement", "units_at_least": 2}]
    loose = rules(two, admits={"whole_units": False})
    assert evaluate(loose, [unit("a"), unit("b")], setting_of()).adds_up
    assert not evaluate(loose, [unit("a"), unit("b", available="2")], setting_of()).adds_up


def test_one_issue_counts_once_whatever_its_corrections_are_called() -> None:
    first, correction = unit("a"), unit("b", first_issue="urn:uuid:a")
    found = evaluate(rules(SIX), [first, correction], setting_of())
    assert not found.adds_up
    assert [(item.credential, item.slug) for item in found.not_counted] == [("urn:uuid:a", "corrected")]


def test_one_content_counts_once() -> None:
    found = evaluate(rules(SIX), [unit("a", content="k"), unit("b", content="k")], setting_of())
    assert not found.adds_up
    [left] = found.not_counted
    assert left.sentence == "It has the same content as «Sample unit a», which is counted."
    assert evaluate(rules(SIX), [unit("a"), unit("b")], setting_of()).adds_up


def test_a_candidate_given_twice_is_listed_and_counts_once() -> None:
    found = evaluate(rules(SIX), [unit("a"), unit("a")], setting_of())
    assert [(item.credential, item.slug) for item in found.not_counted] == [("urn:uuid:a", "given-twice")]
    assert found.totals.counted == Credits(3_000)


def test_units_of_two_learners_are_never_stacked() -> None:
    with pytest.raises(TwoLearners, match="belong to 2 learners"):
        evaluate(rules(SIX), [unit("a"), changed(unit("b"), subject="did:key:zOther")], setting_of())


def test_rules_apply_only_while_they_are_in_force() -> None:
    with pytest.raises(RulesNotInForce, match="is in force from 2020-01-01, not on 2019-12-31"):
        evaluate(rules(SIX), [], setting_of(day=date(2019, 12, 31)))
    ended = rules(SIX, valid_until="2026-05-31")
    with pytest.raises(RulesNotInForce, match="from 2020-01-01 until 2026-05-31, not on 2026-06-01"):
        evaluate(ended, [], setting_of())
    assert not evaluate(rules(SIX, valid_until="2026-06-01"), [], setting_of()).adds_up


def test_rules_that_compare_levels_need_the_framework_that_orders_them() -> None:
    bare = Setting(date(2026, 6, 1), "did:web:x.example", {}, {})
    with pytest.raises(MissingFramework, match="compares levels of in-ncrf"):
        evaluate(ug_certificate(), [], bare)
    assert not evaluate(rules(SIX), [], bare).adds_up
    odd = rules([{**SIX[0], "where": {"level_at_least": "99"}}])
    with pytest.raises(UnknownLevel):
        evaluate(odd, [], setting_of())
