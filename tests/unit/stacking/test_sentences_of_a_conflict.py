"""The sentence of a no names every limit that makes it, and its numbers do not seem to contradict one another."""

from datetime import date, timedelta
from typing import Any

from stacking_samples import rules, setting_of, unit

from creditbank.stacking import evaluate
from creditbank.units import Credits


def place(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name.lower(), "title": name, "kind": "requirement", "where": {}, **more}


def test_a_limit_on_shared_credits_that_makes_a_no_is_named() -> None:
    both = [place(name, credits_at_least="9") for name in ("Major", "Minor")]
    entry = {"id": "both", "title": "Major and minor", "between": ["major", "minor"], "credits_at_most": "3"}
    units = [unit(name, "3") for name in "abcde"]
    assert evaluate(rules(both, sharing=[entry]), [*units, unit("f", "3")], setting_of()).adds_up
    assert evaluate(rules(both, sharing=[{**entry, "credits_at_most": "6"}]), units[:4], setting_of()).adds_up
    found = evaluate(rules(both, sharing=[entry]), units[:4], setting_of())
    assert found.conflict is not None
    assert "«Major and minor» lets at most 3 credits be shared" in found.conflict.sentence


def test_a_limit_on_shared_units_and_on_the_places_of_one_unit_are_named() -> None:
    three = [place(name, units_at_least=1) for name in ("One", "Two", "Three")]
    entry = {"id": "all", "title": "Any of them", "between": ["one", "two", "three"]}
    twice = evaluate(rules(three, sharing=[{**entry, "places_at_most": 2}]), [unit("a")], setting_of())
    assert twice.conflict is not None
    assert "«Any of them» lets one unit fill at most 2 places" in twice.conflict.sentence
    one = {**entry, "places_at_most": 3, "units_at_most": 0}
    never = evaluate(rules(three, sharing=[one]), [unit("a")], setting_of())
    assert never.conflict is not None
    assert "«Any of them» lets at most 0 units be shared" in never.conflict.sentence


def test_a_limit_on_sharing_that_changes_nothing_is_not_named() -> None:
    both = [place(name, credits_at_least="9") for name in ("Major", "Minor")]
    entry = {"id": "both", "title": "Major and minor", "between": ["major", "minor"], "credits_at_most": "3"}
    found = evaluate(rules(both, sharing=[entry]), [unit("a", "3"), unit("b", "3")], setting_of())
    assert found.conflict is not None
    assert "be shared" not in found.conflict.sentence


def test_of_several_limits_on_sharing_only_those_that_make_the_no_are_named() -> None:
    three = [place(name, credits_at_least="6") for name in ("One", "Two")]
    three.append(place("Three", credits_at_least="3", where={"category": ["c"]}))
    tight = {"id": "tight", "title": "Tight", "between": ["one", "two"], "credits_at_most": "0"}
    wide = {"id": "wide", "title": "Wide", "between": ["two", "three"], "credits_at_most": "6"}
    units = [unit("a", "6"), unit("c", "3", categories=["c"])]
    found = evaluate(rules(three, sharing=[tight, wide]), units, setting_of())
    assert found.conflict is not None
    assert "«Tight»" in found.conflict.sentence
    assert "«Wide» lets" not in found.conflict.sentence


def chain(length: int) -> Any:
    """Each unit but the last needs the next one before it, which was earned after it: all but the last are lost."""
    order = [
        {
            "id": f"n{at}",
            "title": f"Order {at}",
            "kind": "prerequisite",
            "over": "counted",
            "where": {"achievement": [f"urn:achievement:{at}"]},
            "needs": {"achievement": [f"urn:achievement:{at + 1}"]},
            "units_at_least": 1,
        }
        for at in range(length - 1)
    ]
    return rules([place("All", credits_at_least=str(3 * length)), *order])


def test_where_all_rules_lack_more_than_those_that_collide_a_sentence_says_so() -> None:
    units = [unit(f"{at}", "3", earned=date(2026, 3, 2) + timedelta(days=at)) for at in range(6)]
    found = evaluate(chain(6), units, setting_of())
    assert found.gap is not None
    assert (
        "So at most 15 credits can count, and 18 credits are needed. So much is seen by these rules alone; all rules"
        " together let less of it count, so more is missing. At least 15 credits are missing" in found.sentence
    )


def test_where_further_units_raise_a_share_a_sentence_says_so() -> None:
    share = {"id": "share", "title": "Share", "kind": "limit", "over": "counted", "where": {"mode": ["online"]}}
    asked = rules([place("All", credits_at_least="30"), {**share, "share_at_most": "1/5"}])
    units = [unit("own", "22"), *(unit(f"{at}", "3", mode="online") for at in range(4))]
    found = evaluate(asked, units, setting_of())
    assert found.gap is not None
    assert "So at most 25 credits can count, and 30 credits are needed." in found.sentence
    assert found.gap.credits == Credits(2_000)
    assert "Further units also raise how much may count, so less than that is missing." in found.sentence


def test_where_both_say_the_same_nothing_is_added() -> None:
    found = evaluate(rules([place("All", credits_at_least="9")]), [unit("a", "3")], setting_of())
    assert "so more is missing" not in found.sentence
    assert "less than that is missing" not in found.sentence
