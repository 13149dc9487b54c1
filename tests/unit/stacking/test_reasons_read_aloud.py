"""What a registrar would read aloud: true, in whole sentences, told once, with the rule and its numbers."""

from datetime import date
from typing import Any

import pytest
from stacking_samples import rules, setting_of, unit

from creditbank.stacking import Candidate, Evaluation, evaluate

SCALE = {"marks": {"numbers": ["0", "20"]}}


def place(name: str, credits: str, **more: Any) -> dict[str, Any]:
    return {"id": name.lower(), "title": name, "kind": "requirement", "credits_at_least": credits, **more}


def limit(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name.lower(), "title": name, "kind": "limit", "over": "counted", **more}


def marked(name: str, mark: str, credits: str = "6", **more: Any) -> Candidate:
    return unit(name, credits, about={"grades": (("marks", mark),)}, **more)


def weigh(of: list[dict[str, Any]], units: list[Candidate], *offers: Candidate, **document: Any) -> Evaluation:
    return evaluate(rules(of, **document), units, setting_of(), catalogue=offers)


class TestOffersThatDoNotComplete:
    """What is on offer and does not help is told once, and what would be then is not said to be so already."""

    CORE = place("Core", "12", where={"category": ["core"]})

    def test_offers_that_change_nothing_are_said_to_and_nothing_is_repeated(self) -> None:
        two = limit("Two", per="provider", distinct_at_least=2)
        found = weigh([place("All", "6"), two], [unit("a"), unit("b")], unit("c"))
        assert found.sentence == (
            "It does not add up yet. With your units, «Two» cannot hold: what counts must come from at least"
            " 2 different institutions (you have 1 institution). At least 1 unit is missing, for «Two»."
            " The 1 unit on offer changes nothing of that."
        )

    def test_what_would_be_with_them_is_told_as_such(self) -> None:
        found = weigh([self.CORE], [unit("a", categories=["core"])], unit("b", categories=["core"]))
        assert found.sentence == (
            "It does not add up yet. You have 3 credits that can count for «Core», and 12 credits are needed."
            " At least 9 credits are missing, for «Core». Even with 1 unit on offer it does not add up."
            " As if it were yours: You have 6 credits that can count for «Core», and 12 credits are needed."
            " At least 6 credits are missing, for «Core»."
        )

    def test_where_no_units_can_help_none_are_spoken_of(self) -> None:
        tries = limit("Tries", over="attempted", per="achievement", units_at_most=2)
        sits = [unit(name, achievement="urn:exam", categories=["core"]) for name in "abc"]
        found = weigh([place("All", "6"), tries], sits, unit("d"))
        assert found.sentence == (
            "It does not add up yet. Over all units that were attempted, «Tries» does not hold: 3 units of"
            " «Sample unit c»; at most 2 units of one achievement."
            " No further units can change that; only an exception by did:web:awarding.example could."
        )
        assert weigh([place("All", "6"), tries], sits[:2], unit("d")).adds_up


def test_what_is_missing_under_a_mean_over_attempts_is_credits_beside_a_catalogue_too() -> None:
    """4, 12 and 12 of six credits each are 2 x 6 below a mean of 10: 1.2 credits at twenty make that up."""
    mean = limit("Mean", over="attempted", grading="marks", mean_at_least="10")
    units = [marked("a", "4"), marked("b", "12")]
    found = weigh([place("All", "12"), mean], units, marked("c", "12"), grading=SCALE)
    assert found.gap is not None
    assert (str(found.gap.credits), found.gap.units) == ("2.4", 0)
    assert found.no_path is not None
    assert found.no_path.gap is not None
    assert (str(found.no_path.gap.credits), found.no_path.gap.units) == ("1.2", 0)
    assert weigh([place("All", "12"), mean], [*units, marked("c", "14")], grading=SCALE).adds_up


def test_credits_that_must_be_attempted_are_missing_as_credits_beside_a_catalogue_too() -> None:
    least = limit("Tried", over="attempted", credits_at_least="12")
    found = weigh([place("All", "3"), least], [unit("a")], unit("b"), unit("c"))
    assert found.no_path is not None
    assert found.no_path.gap is not None
    assert (str(found.no_path.gap.credits), found.no_path.gap.units) == ("3", 0)
    assert found.no_path.gap.sentence == "At least 3 credits are missing, for «Tried»."


class TestWhatIsMissingInAll:
    """Where more is missing than the rules that collide ask for, it is said why."""

    AT_LEVEL = place("Core", "6", where={"category": ["core"]})

    def test_other_rules_that_lack_something_are_the_reason(self) -> None:
        found = weigh([limit("Total", credits_at_least="12"), self.AT_LEVEL], [])
        assert found.sentence == (
            "It does not add up yet. You have 0 credits that can count for «Core», and 6 credits are needed."
            " Other rules lack something too, so more is missing in all."
            " At least 12 credits are missing: 12 credits for «Total» and 6 credits for «Core»."
        )

    def test_it_is_not_said_where_they_lack_nothing(self) -> None:
        found = weigh([limit("Total", credits_at_least="12"), self.AT_LEVEL], [unit(name) for name in "abcd"])
        assert "Other rules" not in found.sentence


class TestPlacesOfOneTitle:
    """Two rules of one title are told apart by the group they stand in."""

    @staticmethod
    def language(name: str) -> dict[str, Any]:
        eight = {"id": f"{name}-eight", "title": "Eight of it", "kind": "requirement", "credits_at_least": "8"}
        of = [{**eight, "where": {"category": [name]}}]
        return {"id": name, "title": f"In {name}", "kind": "all", "of": of}

    def test_in_the_conflict_and_in_the_gap(self) -> None:
        found = weigh([self.language("french"), self.language("german")], [unit("f", "8", categories=["french"])])
        assert found.conflict is not None
        assert "«Eight of it (In german)»" in found.conflict.sentence
        assert found.gap is not None
        assert found.gap.sentence == "At least 8 credits are missing, for «Eight of it (In german)»."

    def test_a_title_that_stands_once_has_nothing_added(self) -> None:
        found = weigh([self.language("french")], [])
        assert found.gap is not None
        assert found.gap.sentence == "At least 8 credits are missing, for «Eight of it»."

    def test_where_no_group_tells_them_apart_the_address_does(self) -> None:
        twins = [{**place("Eight of it", "8"), "id": name, "where": {"category": [name]}} for name in ("one", "two")]
        found = weigh(twins, [unit("f", "8", categories=["one"])])
        assert found.gap is not None
        assert "«Eight of it (root/two)»" in found.gap.sentence


def test_a_place_for_units_of_one_body_says_that_it_is_one() -> None:
    found = weigh([place("Core", "6", same="provider")], [unit("a"), unit("b", provider="b")])
    assert found.conflict is not None
    assert found.conflict.sentence == (
        "You have at most 3 credits from one institution for «Core», and 6 credits are needed."
    )


def test_a_cap_on_some_units_only_is_not_said_to_be_on_all() -> None:
    online = limit("Online", where={"mode": ["online"]}, per="provider", credits_at_most="3")
    units = [unit("a", mode="online"), unit("b", mode="online"), unit("c")]
    found = weigh([place("All", "9"), online], units)
    assert found.conflict is not None
    assert "at most 3 credits may come from one institution under «Online»" in found.conflict.sentence
    every = limit("Each", per="provider", credits_at_most="3")
    whole = weigh([place("All", "9"), every], units).conflict
    assert whole is not None
    assert "at most 3 credits may come from one institution (you have" in whole.sentence


def test_a_concentration_that_is_lacking_says_what_there_is_most_of() -> None:
    one = limit("Depth", per="provider", in_one_at_least="6")
    found = weigh([place("All", "6"), one], [unit("a"), unit("b", provider="b")])
    assert found.conflict is not None
    assert found.conflict.sentence == (
        "With your units, «Depth» cannot hold: at least 6 credits must count from one institution"
        " (you have 3 from did:web:b.example)."
    )


def test_points_that_are_lacking_are_told() -> None:
    points = limit("Points", grading="marks", points_at_least="100")
    found = weigh([place("All", "6"), points], [marked("a", "12")], grading=SCALE)
    assert found.conflict is not None
    assert found.conflict.sentence == (
        "With your units, «Points» cannot hold: what counts must come to at least 100 grade points on the scale marks"
        " (you have 72 grade points)."
    )


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([date(2026, 3, 2)] * 2, "earned on 2026-03-02; earned within 1 year."),
        ([date(2026, 3, 2), date(2026, 3, 3)], "earned from 2026-03-02 to 2026-03-03; earned within 1 year."),
    ],
)
def test_a_span_of_one_day_is_a_day(days: list[date], said: str) -> None:
    units = [unit(str(number), earned=day) for number, day in enumerate(days)]
    found = weigh([place("All", "6"), limit("Year", span_at_most="P1Y")], units)
    assert found.tree.children[1].sentence == said


def test_the_steps_of_a_path_are_a_list_that_can_be_told_apart() -> None:
    found = weigh([place("All", "6")], [], unit("a"), unit("b"))
    assert found.path is not None
    assert "«Sample unit a» (3 credits, from did:web:a.example) and «Sample unit b» (3 credits," in found.path.sentence
