"""So many of the last credits: Regulation 630 A of the Academic Senate of the University of California asks that 24 of
the final 30 semester units (35 of 45 quarter units) completed by a candidate were earned in residence.

Where units of one day, or a unit across the edge, leave open which the last are, the tests say how that is read.
"""

from datetime import date
from typing import Any

import pytest
from stacking_samples import AWARDING, facts_of, rules, setting_of, unit
from test_limits_within_places import place, proven
from test_stacking_proof import resealed

from creditbank.framework import Qualification
from creditbank.stacking import Candidate, check, evaluate, read_proof
from creditbank.stacking.joint import evaluate_jointly
from creditbank.units import Credits

FIRST, SECOND, THIRD = date(2024, 1, 10), date(2025, 1, 10), date(2026, 1, 10)
HERE = {"provider": ["awarding"]}


def residence(total: str, **more: Any) -> Qualification:
    last = {"id": "last", "title": "24 of the last 30 in residence", "kind": "limit", "over": "counted", "where": HERE}
    return rules([place("degree", credits_at_least=total), {**last, "last_at_least": "24", "of_last": "30", **more}])


def here(name: str, credits: str, day: date) -> Candidate:
    return unit(name, credits, provider=AWARDING, earned=day)


def away(name: str, credits: str, day: date) -> Candidate:
    return unit(name, credits, earned=day)


CASES = [
    # six credits from elsewhere may come last; of seven none may, and seven others are missing
    ([away("a", "12", FIRST), here("h", "24", SECOND), away("z", "6", THIRD)], 0),
    ([away("a", "12", FIRST), here("h", "24", SECOND), away("z", "7", THIRD)], 7),
    # a unit of nine lies across the edge: six of it are inside; or seven, until one more is taken here
    ([here("b", "6", FIRST), away("a", "9", SECOND), here("h", "24", THIRD)], 0),
    ([here("b", "6", FIRST), away("a", "9", SECOND), here("h", "23", THIRD)], 1),
    # a unit taken here that lies across the edge: 18 and six of its nine
    ([here("b", "9", FIRST), away("a", "6", SECOND), here("h", "18", THIRD)], 0),
    # of one day, what was taken elsewhere is the later
    ([here("b", "30", FIRST), here("h", "24", SECOND), away("a", "6", SECOND)], 0),
    ([here("b", "30", FIRST), here("h", "24", SECOND), away("a", "7", SECOND)], 7),
    # elsewhere in two places: what is inside adds up, and the smaller of them is given up for two credits taken here
    ([here("a", "12", FIRST), away("b", "4", FIRST), here("h", "12", SECOND), away("z", "2", THIRD)], 0),
    ([here("a", "11", FIRST), away("b", "5", SECOND), here("h", "12", SECOND), away("z", "2", THIRD)], 2),
]


@pytest.mark.parametrize(("units", "missing"), CASES)
def test_so_many_of_the_last_are_counted_back_to_the_edge(units: list[Candidate], missing: int) -> None:
    total = str(Credits(sum(one.facts.credits.credits.thousandths for one in units)))
    found, _ = proven(residence(total), units)
    assert found.adds_up is (missing == 0)
    if missing:
        assert found.gap is not None
        assert (found.gap.credits, found.gap.units, found.gap.proven) == (Credits(1000 * missing), 0, True)


def test_a_degree_shorter_than_that_has_no_more_of_anything_else_than_may_be_among_the_last() -> None:
    assert proven(residence("12"), [away("a", "6", THIRD), here("h", "6", FIRST)])[0].adds_up
    assert not proven(residence("13"), [away("a", "7", THIRD), here("h", "6", FIRST)])[0].adds_up


def test_all_of_the_last_is_what_it_was() -> None:
    every = [here("b", "6", FIRST), away("a", "9", SECOND), here("h", "30", THIRD)]
    for more in ({}, {"of_last": "30"}):
        strict = residence("45", **{"last_at_least": "30", **more})
        assert proven(strict, every)[0].adds_up
        assert not proven(strict, [*every[:2], here("h", "29", THIRD), away("c", "1", FIRST)])[0].adds_up


def test_the_way_on_is_what_is_taken_here() -> None:
    units = [here("b", "6", FIRST), away("a", "9", SECOND), here("h", "23", THIRD)]
    offers = [away("o1", "1", date(2026, 5, 1)), here("o2", "1", date(2026, 5, 1))]
    found = evaluate(residence("38"), units, setting_of(), catalogue=offers)
    assert found.path is not None
    assert [step.credential for step in found.path.steps] == ["urn:uuid:o2"]
    assert found.path.proven


def test_what_came_too_late_says_so() -> None:
    units = [here("h", "24", SECOND), away("z", "7", THIRD)]
    found = evaluate(residence("31"), units, setting_of())
    assert "24 of the last 30 credits must come under" in found.sentence or found.conflict is not None
    node = next(one for one in found.tree.children if one.id == "last")
    assert node.have == "24 credits of these among the last"
    assert node.need == "24 of the last 30 credits, by the day of earning"


@pytest.mark.parametrize("credits", ["6", "7"])
def test_of_all_attempted_the_same_holds(credits: str) -> None:
    units = [here("h", "24", SECOND), away("z", credits, THIRD)]
    assert proven(residence("24", over="attempted"), units)[0].adds_up is (credits == "6")


def test_two_awards_at_once_each_have_it() -> None:
    one = residence("36")
    other = Qualification.model_validate({**one.model_dump(mode="json"), "id": "other"})
    asked = [(one, setting_of()), (other, setting_of())]
    units = [away("a", "6", FIRST), here("h", "24", SECOND), away("z", "6", THIRD)]
    again = [away("a2", "6", FIRST), here("h2", "24", SECOND), away("z2", "6", THIRD)]
    assert evaluate_jointly(asked, [*units, *again]).adds_up
    found = evaluate_jointly(asked, [*units, *again[:1], here("h3", "23", SECOND), away("z3", "7", THIRD)])
    assert not found.adds_up
    assert found.proven


def test_a_proof_that_counts_one_credit_more_of_anything_else_is_refused() -> None:
    document = residence("30")
    units = [here("h", "24", SECOND), away("z", "6", THIRD)]
    _, proof = proven(document, units)
    late = [here("h", "24", SECOND), away("z", "6", THIRD), away("y", "1", THIRD)]
    _, other = proven(rules([place("degree", credits_at_least="31")]), late)
    forged = resealed({**proof, "uses": other["uses"]})
    slugs = {one.slug for one in check(read_proof(forged), document, facts_of(late), setting_of())}
    assert "rule-not-met" in slugs
