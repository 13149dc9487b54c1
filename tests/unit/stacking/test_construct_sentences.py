"""What a person reads of each construct: of its node, of a collision, and of a unit that does not count."""

from datetime import date
from typing import Any

import pytest
from stacking_samples import rules, setting_of, unit
from test_rule_constructs import (
    EITHER,
    SCALES,
    before,
    fielded,
    graded,
    limit,
    need,
    on,
    ordered,
    places,
    sharing,
)

from creditbank.stacking import Candidate, Evaluation, Status, evaluate

DAY, LATER = date(2025, 5, 1), date(2025, 5, 2)


def weigh(of: list[dict[str, Any]], units: list[Candidate], **document: Any) -> Evaluation:
    calendars = {"year": {"starts": ["01-01"]}}
    return evaluate(rules(of, grading=SCALES, calendars=calendars, **document), units, setting_of())


TWO = [unit("a"), unit("b", provider="b")]
NODES: list[tuple[dict[str, Any], list[Candidate], Status, str]] = [
    (
        limit(per="provider", distinct_at_least=2),
        TWO,
        Status.MET,
        "2 different institutions; at least 2 different institutions.",
    ),
    (
        limit(per="provider", distinct_at_least=3),
        TWO,
        Status.NEEDS_MORE,
        "2 different institutions; at least 3 different institutions: needs 1 unit more.",
    ),
    (limit(per="year", distinct_at_most=1), TWO, Status.MET, "1 window of year; at most 1 window of year."),
    (
        limit(per="provider", in_one_at_least="4"),
        TWO,
        Status.NEEDS_MORE,
        "3 credits from did:web:b.example; at least 4 credits from one institution: needs 1 credit more.",
    ),
    (
        limit(per="broad-field", credits_at_most="6"),
        [fielded("a", "0611", credits="6")],
        Status.MET,
        "The most is 6 credits, in the field 06; at most 6 credits in one broad field.",
    ),
    (
        limit(mean_at_least="3", grading="letters"),
        [graded("a", "A", "4"), graded("b", "C", "2"), graded("c", "P", "2")],
        Status.MET,
        "a mean grade of about 3.333; a mean grade of 3 or better on the scale letters.",
    ),
    (
        limit(points_at_least="20", grading="letters"),
        [graded("a", "B", "6")],
        Status.NEEDS_MORE,
        "18 grade points; at least 20 grade points on the scale letters: needs 0.5 credits more.",
    ),
    (
        limit(span_at_most="P2Y"),
        [on("a", date(2024, 1, 31)), on("b", date(2026, 1, 31))],
        Status.MET,
        "earned from 2024-01-31 to 2026-01-31; earned within 2 years.",
    ),
    (
        before(),
        ordered(DAY, LATER),
        Status.MET,
        "1 unit that needs something before; at least 1 unit earned before it.",
    ),
    (before(), TWO, Status.MET, "Nothing counted falls under it; at least 1 unit earned before it."),
    (
        EITHER,
        [unit("a", "6", categories=["x"])],
        Status.MET,
        "units of 1 of 2 choices; units of at most one of 2 choices.",
    ),
]


@pytest.mark.parametrize(("rule", "units", "status", "sentence"), NODES)
def test_each_construct_is_told_in_a_sentence(
    rule: dict[str, Any], units: list[Candidate], status: Status, sentence: str
) -> None:
    node = weigh([need(), rule], units).tree.children[1]
    assert (node.status, node.sentence) == (status, sentence)


COLLISIONS: list[tuple[list[dict[str, Any]], list[Candidate], dict[str, Any], str]] = [
    (
        [need(), limit(per="provider", distinct_at_most=1)],
        TWO,
        {},
        (
            "You have 6 credits, but what counts must come from at most 1 institution."
            " So at most 3 credits can count, and 6 credits are needed."
        ),
    ),
    (
        [need("8"), limit(mean_at_least="3", grading="letters")],
        [graded("a", "A", "3"), graded("b", "C", "5")],
        {},
        (
            "You have 8 credits, but what counts must have a mean grade of 3 or better on the scale letters."
            " So at most 3 credits can count, and 8 credits are needed."
        ),
    ),
    (
        [need(), before()],
        ordered(LATER, DAY),
        {},
        (
            "You have 6 credits, but what counts under «First the one, then the other» needs at least 1 unit earned"
            " before it. So at most 3 credits can count, and 6 credits are needed."
        ),
    ),
    (
        [need(), EITHER],
        [unit("a", categories=["x"]), unit("b", categories=["y"])],
        {},
        (
            "You have 6 credits, but units of at most one choice of «One or the other» may count."
            " So at most 3 credits can count, and 6 credits are needed."
        ),
    ),
    (
        places("6", "6"),
        TWO,
        sharing("p0", "p1", units_at_most=1),
        (
            "With your units, these rules cannot all hold together: «Place 0» and «Place 1»."
            " How far one unit may fill several of them plays a part: «May fill both» lets at most 1 unit be shared."
        ),
    ),
    (
        [need(same="provider")],
        TWO,
        {},
        "You have at most 3 credits from one institution for «The place», and 6 credits are needed.",
    ),
]


@pytest.mark.parametrize(("of", "units", "document", "sentence"), COLLISIONS)
def test_a_collision_with_each_construct_is_told_in_true_numbers(
    of: list[dict[str, Any]], units: list[Candidate], document: dict[str, Any], sentence: str
) -> None:
    found = weigh(of, units, **document)
    assert found.conflict is not None
    assert found.conflict.proven
    assert found.conflict.sentence == sentence


def test_a_unit_that_no_place_can_take_any_more_is_told_so() -> None:
    together = weigh([need(same="provider")], TWO)
    assert [(item.slug, item.sentence) for item in together.not_counted] == [
        (
            "place-full",
            (
                "With what fills it already it would break a rule: «The place» takes at least 6 credits, all from one"
                " institution."
            ),
        )
    ]
    small = weigh([need(credits_at_most="7")], [unit("a", "4"), unit("b", "4")])
    assert [item.slug for item in small.not_counted] == ["place-full"]
    few = weigh([need(units_at_most=1)], [unit("a"), unit("b")])
    assert [item.slug for item in few.not_counted] == ["place-full"]


def test_units_that_may_be_shared_are_never_said_to_fill_only_one_place() -> None:
    alone = weigh(places("6", "6"), [unit("a", "6")])
    assert alone.conflict is not None
    assert alone.conflict.sentence.startswith("«Place 0» and «Place 1» share only 6 credits of yours")
    shared = weigh(places("6", "6"), [unit("a", "6")], **sharing("p0", "p1", credits_at_most="5"))
    assert shared.conflict is not None
    assert "share only" not in shared.conflict.sentence


def test_an_offered_unit_has_no_grade_so_it_is_no_way_to_a_place_that_asks_for_one() -> None:
    rule = need("3", where={"grade": {"scale": "letters", "at_least": "C"}})
    qualification = rules([rule], grading=SCALES)
    offer = unit("offer")
    assert evaluate(qualification, [], setting_of(), catalogue=[offer]).path is None
    plain = evaluate(rules([need("3")]), [], setting_of(), catalogue=[offer])
    assert plain.path is not None
    assert len(plain.path.steps) == 1


def test_of_a_minimum_in_each_portion_only_the_short_ones_are_told_and_each_once() -> None:
    each = limit(per="year", in_each_at_least="9")
    units = [unit(f"a{n}", earned=date(2024, 5, n)) for n in (1, 2, 3)]
    units += [unit(f"b{n}", earned=date(2025, 5, n)) for n in (1, 2)]
    found = weigh([need("all", credits_at_least="15"), each], units)
    assert found.conflict is not None
    assert "(you have 6 in the one begun 2025-01-01)" in found.conflict.sentence
