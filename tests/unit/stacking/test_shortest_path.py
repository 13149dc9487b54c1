"""The shortest way on: prerequisites, terms, caps, what could stand in a step's place, and why there is none."""

import dataclasses
import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from exception_samples import exception, with_exceptions
from stacking_samples import AWARDING, acbs, acbs_learner, conversion, rules, setting_of, ug_certificate, unit

from creditbank.credential import Level
from creditbank.framework import Qualification
from creditbank.stacking import (
    Candidate,
    Evaluation,
    ImpossiblePace,
    NoPath,
    Offer,
    Pace,
    Path,
    Standing,
    Term,
    WhatIf,
    evaluate,
)
from creditbank.units import Credits

NEED: dict[str, Any] = {"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "6"}
AUTUMN = Term(date(2026, 9, 1), date(2027, 1, 31), "autumn")
SPRING = Term(date(2027, 2, 1), date(2027, 6, 30), "spring")
NEXT = Term(date(2027, 9, 1), date(2028, 1, 31), "next")
TERMS = (AUTUMN, SPRING, NEXT)


def offer(name: str, credits: str = "3", *, after: list[set[str]] | None = None, **more: Any) -> Offer:
    terms = {key: more.pop(key) for key in ("days", "terms", "since", "until") if key in more}
    needs = tuple(frozenset(f"urn:achievement:{each}" for each in choice) for choice in after or [])
    return Offer(unit(name, credits, **more), after=needs, **terms)


def asked(
    catalogue: list[Offer] | list[Candidate],
    *,
    units: list[Candidate] | None = None,
    need: Qualification | None = None,
    pace: Pace | None = Pace(TERMS),  # noqa: B008 -- a frozen value
    **more: Any,
) -> Evaluation:
    return evaluate(need or rules([NEED]), units or [], setting_of(), catalogue=catalogue, pace=pace, **more)


def path_of(*args: Any, **more: Any) -> Path:
    found = asked(*args, **more)
    assert found.path is not None, found.sentence
    return found.path


def reason_of(*args: Any, **more: Any) -> NoPath:
    found = asked(*args, **more)
    assert found.path is None
    assert found.no_path is not None
    return found.no_path


def taken(path: Path) -> list[tuple[str, int]]:
    return [(step.credential.removeprefix("urn:uuid:"), step.term) for step in path.steps]


# -- prerequisites


def test_what_only_a_person_can_look_at_is_told_beside_the_step_and_not_weighed() -> None:
    one, other = offer("a"), offer("b")
    path = path_of([dataclasses.replace(one, asks=("A good ear.",)), other])
    assert [step.to_json().get("asks") for step in path.steps] == [["A good ear."], None]


def test_what_is_needed_before_is_taken_in_an_earlier_term() -> None:
    path = path_of([offer("a"), offer("b", after=[{"a"}])])
    assert taken(path) == [("a", 1), ("b", 2)]
    assert path.steps[1].after == ("Sample unit a",)
    assert path.steps[1].finished == SPRING.last
    assert path.sentence == (
        "With 2 units more it adds up: «Sample unit a» (3 credits, from did:web:a.example) and «Sample unit b»"
        " (3 credits, from did:web:a.example). Then 6 credits are counted."
        " The last is finished on 2027-06-30, in term 2 of 3."
    )


def test_what_the_learner_holds_needs_not_be_taken_again() -> None:
    held = unit("a", "3", achievement="urn:achievement:base")
    path = path_of([offer("b", after=[{"base"}])], units=[held])
    assert taken(path) == [("b", 1)]
    assert path.steps[0].after == ()


def test_a_unit_that_is_not_admitted_is_still_held() -> None:
    foreign = unit("a", system="eu-ects", achievement="urn:achievement:base")
    assert taken(path_of([offer("b", "6", after=[{"base"}])], units=[foreign])) == [("b", 1)]


def test_a_revoked_unit_is_not_held() -> None:
    revoked = unit("a", achievement="urn:achievement:base", revoked=True)
    none = reason_of([offer("b", "6", after=[{"base"}])], units=[revoked])
    assert none.because == "prerequisites"
    assert [(one.slug, one.sentence) for one in none.left_out] == [
        ("prerequisite-missing", "It needs «Sample unit a» before it, which is not held and cannot be taken in time.")
    ]


def test_a_prerequisite_that_nobody_offers_is_no_way() -> None:
    none = reason_of([offer("b", "6", after=[{"nobody", "either"}])])
    assert none.because == "prerequisites"
    assert none.left_out[0].sentence.startswith("It needs one of «urn:achievement:either» and «urn:achievement:nobody»")


def test_a_unit_that_counts_nothing_is_taken_where_another_needs_it() -> None:
    preparation = offer("prep", "2", system="eu-ects")  # nothing converts it, so it never counts
    path = path_of([preparation, offer("b", "6", after=[{"prep"}])])
    assert taken(path) == [("prep", 1), ("b", 2)]
    assert path.steps[0].counted == Credits(0)
    assert path.credits == Credits(6_000)
    assert path.cost == Credits(8_000)
    assert "«Sample unit prep» (counts nothing, but is needed before another; " in path.sentence
    assert [(str(one.credits), one.system) for one in path.own_credits] == [("2", "eu-ects"), ("6", "kr")]


def test_a_dearer_unit_without_prerequisites_beats_two_cheap_ones() -> None:
    path = path_of([offer("prep", "1"), offer("b", "6", after=[{"prep"}]), offer("c", "9")])
    assert taken(path) == [("c", 1)]


def test_two_things_needed_before_are_both_taken() -> None:
    path = path_of([offer("a", "1"), offer("b", "1"), offer("c", "6", after=[{"a"}, {"b"}])])
    assert taken(path) == [("a", 1), ("b", 1), ("c", 2)]
    either = path_of([offer("a", "1"), offer("b", "1"), offer("c", "6", after=[{"a", "b"}])])
    assert taken(either) == [("a", 1), ("c", 2)]


def test_a_circle_of_prerequisites_leads_nowhere() -> None:
    none = reason_of([offer("a", "6", after=[{"b"}]), offer("b", "6", after=[{"a"}])])
    assert none.because == "prerequisites"
    assert none.sentence == (
        "The units on offer would complete it, but what they need before them can be taken in no order that works."
    )


def test_the_rules_own_order_is_kept_too() -> None:
    first = {
        "id": "order",
        "title": "Order",
        "kind": "prerequisite",
        "over": "counted",
        "where": {"category": ["upper"]},
        "needs": {"category": ["base"]},
        "units_at_least": 1,
    }
    offers = [offer("a", categories=["base"]), offer("b", categories=["upper"])]
    assert taken(path_of(offers, need=rules([NEED, first]))) == [("a", 1), ("b", 2)]
    one_term = reason_of(offers, need=rules([NEED, first]), pace=Pace(TERMS[:1]))
    assert one_term.because == "rules"
    assert one_term.conflict is not None
    assert one_term.conflict.rules == ("root/x", "root/order")


# -- terms and caps


def test_an_offer_is_taken_in_the_terms_in_which_it_is_given() -> None:
    assert taken(path_of([offer("a", "6", terms=frozenset({"spring", "next"}))])) == [("a", 2)]
    assert taken(path_of([offer("a", "6", days=frozenset({date(2027, 10, 5), date(2020, 1, 1)}))])) == [("a", 3)]
    assert path_of([offer("a", "6", days=frozenset({date(2027, 10, 5)}))]).steps[0].finished == date(2027, 10, 5)
    assert taken(path_of([offer("a", "6", since=date(2027, 2, 1))])) == [("a", 2)]


def test_an_offer_whose_only_term_lies_after_the_horizon_is_no_way() -> None:
    late: tuple[dict[str, Any], ...] = (
        {"days": frozenset({date(2028, 6, 1)})},
        {"terms": frozenset({"later"})},
        {"until": date(2026, 12, 31)},
    )
    for when in late:
        none = reason_of([offer("a", "6", **when)])
        assert none.because == "rules"
        assert [(one.slug, one.sentence) for one in none.left_out] == [
            ("no-term", "It cannot be finished in any of the terms that are looked at, until 2028-01-31.")
        ]


def test_a_term_holds_no_more_than_the_learner_takes() -> None:
    offers = [offer("a"), offer("b"), offer("c")]
    need = rules([{**NEED, "credits_at_least": "9"}])
    assert taken(path_of(offers, need=need)) == [("a", 1), ("b", 1), ("c", 1)]
    by_credits = Pace(TERMS, credits_at_most=Credits(6_000))
    assert taken(path_of(offers, need=need, pace=by_credits)) == [("a", 1), ("b", 1), ("c", 2)]
    assert taken(path_of(offers, need=need, pace=Pace(TERMS, units_at_most=1))) == [("a", 1), ("b", 2), ("c", 3)]


def test_a_pace_that_is_too_slow_is_the_reason_given() -> None:
    offers = [offer("a"), offer("b"), offer("c")]
    need = rules([{**NEED, "credits_at_least": "9"}])
    none = reason_of(offers, need=need, pace=Pace(TERMS[:2], units_at_most=1))
    assert none.because == "pace"
    assert none.sentence == (
        "The units on offer would complete it, but not at this pace within 2 terms, until 2027-06-30."
    )
    large = reason_of([offer("a", "6")], pace=Pace(TERMS, credits_at_most=Credits(5_999)))
    assert large.because == "pace"
    assert [one.slug for one in large.left_out] == ["too-large"]


def test_what_converts_by_no_policy_fits_no_cap_of_credits() -> None:
    prep = offer("prep", "2", system="eu-ects")
    then = [prep, offer("b", "6", after=[{"prep"}])]
    none = reason_of(then, pace=Pace(TERMS, credits_at_most=Credits(9_000)))
    assert [one.slug for one in none.left_out] == ["prerequisite-missing", "load-unknown"]
    assert path_of(then, pace=Pace(TERMS, units_at_most=1)).timing is not None


def test_planned_units_take_their_room_in_a_term() -> None:
    planned = unit("p", earned=AUTUMN.last, standing=Standing.PLANNED)
    offers = [offer("a")]
    pace = Pace(TERMS, units_at_most=1)
    path = path_of(offers, units=[planned], what_if=WhatIf(), pace=pace)
    assert taken(path) == [("a", 2)]
    official = path_of([offer("a", "6")], units=[planned], pace=pace)
    assert taken(official) == [("a", 1)]  # nothing is counted on that is only planned


def test_a_planned_unit_prepares_for_a_later_term_in_a_what_if() -> None:
    planned = unit("p", achievement="urn:achievement:base", earned=AUTUMN.last, standing=Standing.PLANNED)
    path = path_of([offer("b", after=[{"base"}])], units=[planned], what_if=WhatIf())
    assert taken(path) == [("b", 2)]
    assert reason_of([offer("b", "6", after=[{"base"}])], units=[planned]).because == "prerequisites"


def test_a_limit_per_window_of_the_rules_spreads_the_path_over_terms() -> None:
    cap = {"id": "cap", "title": "Cap", "kind": "limit", "over": "counted", "per": "semester", "credits_at_most": "3"}
    need = rules([NEED, cap], calendars={"semester": {"starts": ["03-01", "09-01"]}})
    path = path_of([offer("a"), offer("b")], need=need, pace=None)
    assert [(step.credential[-1], step.term, step.finished) for step in path.steps] == [
        ("a", 1, date(2026, 8, 31)),
        ("b", 2, date(2027, 2, 28)),
    ]


def test_only_an_order_is_told_where_no_terms_are_known() -> None:
    path = path_of([offer("a"), offer("b", after=[{"a"}])], pace=None)
    assert [(step.term, step.finished) for step in path.steps] == [(1, None), (2, None)]
    assert path.sentence.endswith("They are named in the order in which they are taken.")
    plain = path_of([offer("a"), offer("b")], pace=None)
    assert [step.term for step in plain.steps] == [1, 1]
    assert plain.sentence.endswith("Then 6 credits are counted.")


def test_terms_that_are_over_are_not_gone_through() -> None:
    over = Term(date(2026, 1, 1), date(2026, 5, 31), "over")
    running = Term(date(2026, 6, 1), date(2026, 8, 31), "running")
    path = path_of([offer("a", "6")], pace=Pace((over, running)))
    assert path.steps[0].finished == date(2026, 8, 31)


@pytest.mark.parametrize(
    "made",
    [
        lambda: Pace((SPRING, AUTUMN)),
        lambda: Pace((AUTUMN, AUTUMN)),
        lambda: Pace((Term(date(2027, 1, 2), date(2027, 1, 1)),)),
        lambda: Pace(count=0),
        lambda: Pace(count=25),
        lambda: Pace((AUTUMN, Term(SPRING.first, SPRING.last, "autumn"))),
    ],
)
def test_a_pace_that_cannot_be_is_refused(made: Callable[[], Pace]) -> None:
    with pytest.raises(ImpossiblePace):
        made()


# -- what is best


def test_fewest_units_then_fewest_credits_then_the_earliest_last_day() -> None:
    offers = [offer("two", "2"), offer("four", "4"), offer("seven", "7", terms=frozenset({"autumn"}))]
    assert taken(path_of(offers)) == [("seven", 1)]
    six = offer("six", "6", terms=frozenset({"next"}))
    assert taken(path_of([*offers, six])) == [("six", 3)]
    sooner = offer("sooner", "6", terms=frozenset({"spring"}))
    assert taken(path_of([*offers, six, sooner])) == [("sooner", 2)]


def test_a_unit_that_grows_too_old_on_the_way_is_replaced() -> None:
    recent = rules([NEED], admits={"max_age": "P5Y"})
    old = unit("old", earned=date(2021, 11, 1))
    late = offer("a", terms=frozenset({"spring", "next"}))
    assert taken(path_of([late], units=[old])) == [("a", 2)]  # without a shelf life
    none = reason_of([late], units=[old], need=recent)
    assert none.because == "rules"
    two = path_of([late, offer("b", terms=frozenset({"next"}))], units=[old], need=recent)
    assert taken(two) == [("a", 2), ("b", 3)]


def test_rules_that_end_are_not_gone_beyond() -> None:
    ending = rules([NEED], valid_until="2027-03-31")
    late = offer("a", "6", terms=frozenset({"spring"}))
    assert asked([late], need=ending).no_path is not None
    assert taken(path_of([offer("a", "6")], need=ending)) == [("a", 1)]
    none = reason_of([offer("a", "6")], need=rules([NEED], valid_until="2026-12-31"))
    assert none.because == "time"


def test_a_policy_that_lapses_does_not_carry_what_is_finished_later() -> None:
    policy = conversion(to_system="kr", ratio="1/1", rounding_unit="1", valid_until="2027-02-15")
    level = Level("kr-acbs", "bachelor")
    late = offer("a", "6", system="eu-ects", level=level, terms=frozenset({"spring"}))
    early = offer("b", "6", system="eu-ects", level=level)
    setting = setting_of(conversions=[policy])
    assert evaluate(rules([NEED]), [], setting, catalogue=[late], pace=Pace(TERMS)).path is None
    found = evaluate(rules([NEED]), [], setting, catalogue=[early], pace=Pace(TERMS)).path
    assert found is not None
    assert taken(found) == [("b", 1)]


def test_the_order_of_catalogue_and_units_never_matters() -> None:
    offers = [
        offer(name, credits, after=after)
        for name, credits, after in (
            ("a", "2", None),
            ("b", "2", [{"a"}]),
            ("c", "4", [{"a", "d"}]),
            ("d", "1", None),
            ("e", "3", [{"d"}]),
        )
    ]
    units = [unit("u", "1"), unit("v", "2", categories=["c"])]
    need = rules([{**NEED, "credits_at_least": "9"}])
    first = asked(offers, units=units, need=need, alternatives=True).to_json()
    for seed in range(6):
        chance = random.Random(seed)
        again = asked(
            chance.sample(offers, len(offers)), units=chance.sample(units, len(units)), need=need, alternatives=True
        )
        assert again.to_json() == first


def test_what_is_only_taken_was_attempted_too() -> None:
    offers = [offer("prep", "2", system="eu-ects"), offer("b", "6", after=[{"prep"}])]
    for most, because in ((1, "prerequisites"), (2, "")):
        cap = {"id": "tries", "title": "Tries", "kind": "limit", "over": "attempted", "units_at_most": most}
        found = asked(offers, need=rules([NEED, cap]))
        assert (found.path is not None) is (most == 2)
        assert ("" if found.no_path is None else found.no_path.because) == because


def test_an_exception_that_lapses_does_not_carry_what_is_finished_later() -> None:
    core = {"id": "core", "title": "Core", "kind": "requirement", "where": {"category": ["c"]}, "units_at_least": 1}
    need = rules([NEED, core])
    waived = exception(need, "waive", "root/core", valid_until="2027-01-31")
    setting = with_exceptions(waived)
    offers = [offer("a", "6", terms=frozenset({"autumn", "spring"})), offer("c", categories=["c"])]
    learner = [unit("u", "1")]
    found = evaluate(need, learner, setting, catalogue=offers, pace=Pace(TERMS)).path
    assert found is not None
    assert taken(found) == [("a", 1)]
    late = [offer("a", "6", terms=frozenset({"spring"})), offers[1]]
    longer = evaluate(need, learner, setting, catalogue=late, pace=Pace(TERMS)).path
    assert longer is not None
    assert taken(longer) == [("c", 1), ("a", 2)]


# -- alternatives


def test_each_step_names_what_could_stand_in_its_place_and_other_ways_are_shown() -> None:
    offers = [
        offer("a", categories=["x"]),
        offer("b", categories=["x"]),
        offer("c", "4", categories=["x"]),
        offer("m", categories=["y"]),
        offer("n", categories=["y"], terms=frozenset({"spring"})),
    ]
    need = rules([{**NEED, "id": key, "credits_at_least": "3", "where": {"category": [key]}} for key in "xy"])
    path = path_of(offers, need=need, alternatives=True)
    assert taken(path) == [("a", 1), ("m", 1)]
    instead = [[one.credential[-1] for one in step.alternatives] for step in path.steps]
    assert instead == [["b", "c"], []]  # n could take the place of m, and would take longer
    assert [taken(other) for other in path.others] == [[("b", 1), ("m", 1)], [("c", 1), ("m", 1)]]
    assert all(len(other.steps) == len(path.steps) for other in path.others)


def test_without_being_asked_for_no_alternatives_are_looked_for() -> None:
    path = path_of([offer("a", "6"), offer("b", "6")])
    assert path.others == ()
    assert path.steps[0].alternatives == ()


# -- limits, and plain catalogues


def test_a_search_that_stops_shows_the_best_path_so_far_and_what_is_certain() -> None:
    offers = [offer(f"{index:02d}", str(Credits(1_000 + 37 * index))) for index in range(40)]
    need = rules(
        [
            {**NEED, "credits_at_least": "20.029"},
            {"id": "cap", "title": "Cap", "kind": "limit", "over": "counted", "credits_at_most": "20.031"},
        ]
    )
    found = asked(offers, need=need, pace=Pace(TERMS, units_at_most=4), limit=60)
    assert [stop.part for stop in found.stopped][-1] == "path"
    if found.path is not None:
        assert found.path.at_least is not None
        assert found.path.at_least <= len(found.path.steps)
        assert not found.path.proven


def test_more_courses_than_are_searched_are_named() -> None:
    offers = [offer(f"{index:03d}") for index in range(180)]
    found = asked(offers, need=rules([{**NEED, "credits_at_least": "9"}]), pace=Pace(count=24))
    assert [(stop.part, stop.limit) for stop in found.stopped] == [("path", "courses")]


def test_a_plain_catalogue_is_taken_as_it_stands() -> None:
    found = evaluate(rules([NEED]), [], setting_of(), catalogue=[unit("a"), unit("b")])
    assert found.path is not None
    document: Any = found.path.to_json()
    assert set(document) == {"steps", "credits", "counted", "sentence", "proven"}
    assert set(document["steps"][0]) == {
        "credential",
        "achievement",
        "title",
        "provider",
        "credits",
        "system",
        "counted",
        "node",
    }


def test_a_catalogue_that_is_not_enough_says_which_rules_stay_open() -> None:
    need = rules([NEED, {**NEED, "id": "y", "title": "Y", "where": {"category": ["y"]}}])
    none = reason_of([offer("a"), offer("b", categories=["y"])], need=need)
    assert none.because == "rules"
    assert none.sentence == (
        "Even with all 2 units on offer it does not add up. As if they all were yours: You have 3 credits that can"
        " count for «Y», and 6 credits are needed. So much is seen by these rules alone; all rules together let less of"
        " it count, so more is missing. At least 6 credits are missing, for «Y»."
    )
    assert none.gap is not None
    document: Any = asked([offer("a")], need=need).to_json()
    assert document["path"] is None
    assert document["noPath"]["because"] == "rules"


# -- real rules


def test_a_korean_bachelor_fills_the_last_credits_within_the_semester_caps() -> None:
    learner = acbs_learner(30, 11)  # 123 of 140 credits; all majors and general education are there
    offers = [offer(f"e{index}", provider="b", categories=["kr-acbs:elective"]) for index in range(9)]
    found = evaluate(acbs(), learner, setting_of(), catalogue=offers, pace=Pace(credits_at_most=Credits(9_000)))
    assert found.path is not None
    assert [step.term for step in found.path.steps] == [1, 1, 1, 2, 2, 2]
    assert found.path.timing is not None
    assert found.path.timing.finished == date(2027, 2, 28)
    assert found.path.counted == Credits(141_000)
    one = evaluate(acbs(), learner, setting_of(), catalogue=offers[:5], pace=Pace(credits_at_most=Credits(9_000)))
    assert one.path is None
    assert one.no_path is not None
    assert one.no_path.because == "rules"


def test_an_indian_certificate_needs_more_from_the_awarding_institution_in_what_way_it_is_offered() -> None:
    def indian(name: str, provider: str, **more: Any) -> Candidate:
        return unit(name, "4", provider=provider, system="in-ncrf", level=Level("in-ncrf", "4.5"), **more)

    learner = [indian(f"own{n}", AWARDING) for n in range(3)] + [indian(f"other{n}", "other") for n in range(5)]
    elsewhere = [Offer(indian(f"z{n}", "other")) for n in range(6)]
    base = Offer(indian("base", AWARDING))
    advanced = Offer(indian("next", AWARDING), after=(frozenset({"urn:achievement:base"}),))
    setting = setting_of(day=date(2026, 6, 1))
    found = evaluate(ug_certificate(), learner, setting, catalogue=[*elsewhere, base, advanced], alternatives=True)
    assert found.path is not None  # 32 credits are there, 12 of its own; half of 40 have to be its own
    assert taken(found.path) == [("base", 1), ("next", 2)]
    assert found.path.steps[1].after == ("Sample unit base",)
    assert [step.alternatives for step in found.path.steps] == [(), ()]
    only = evaluate(ug_certificate(), learner, setting, catalogue=[*elsewhere, base])
    assert only.no_path is not None
    assert only.no_path.conflict is not None
    assert only.no_path.conflict.rules == ("certificate/year-one", "certificate/from-awarding-institution")


def test_an_offer_that_never_counts_is_left_out_for_what_keeps_it_out_not_for_an_age_it_need_not_have() -> None:
    young = rules([NEED], admits={"max_age": "P6M"})
    found = reason_of([offer("far", level=Level("in-ncrf", "5"))], need=young)
    assert [one.slug for one in found.left_out] == ["not-recognised"]
    assert "earned on" not in found.left_out[0].sentence
