"""Rules that are stated for each unit by itself end at one named limit, whoever states them."""

import pytest
from stacking_samples import facts_of, rules, setting_of, unit
from test_proof_of_a_no import deny

import creditbank.stacking.stating
from creditbank.framework import Qualification
from creditbank.stacking import Candidate, Verdict, check_refutation, evaluate, evaluate_jointly, read_refutation
from creditbank.stacking.refuting import proves
from creditbank.stacking.sweeping import Weighing

UNITS = [unit(f"{number:02d}", "2") for number in range(20)]


def in_order(**changes: object) -> Qualification:
    """Whatever counts needs two credits before it: one bound for each unit, with a weight for each unit."""
    order = {"kind": "prerequisite", "over": "counted", "where": {}, "needs": {}, "credits_at_least": "2"}
    need = {"id": "need", "title": "Need", "kind": "requirement", "credits_at_least": "90"}
    return rules([need, *({"id": f"n{at}", "title": "Order", **order} for at in range(5))], **changes)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if fewer weights were allowed than five rules make of twenty units."""
    monkeypatch.setattr(creditbank.stacking.stating, "MAX_STATED", 5 * 20 * 20 - 1)


def test_they_are_weighed_up_to_the_limit() -> None:
    found = evaluate(in_order(), UNITS, setting_of())
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.stopped == ()


@pytest.mark.usefixtures("narrow")
def test_an_evaluation_names_the_limit() -> None:
    found = evaluate(in_order(), UNITS, setting_of())
    assert found.verdict is Verdict.TOO_COMPLEX
    assert [(stop.part, stop.limit) for stop in found.stopped] == [("decision", "model-size")]


@pytest.mark.usefixtures("narrow")
def test_a_joint_evaluation_names_it_too() -> None:
    found = evaluate_jointly([(in_order(), setting_of()), (in_order(id="other"), setting_of())], UNITS)
    assert found.verdict is Verdict.TOO_COMPLEX
    assert [(stop.part, stop.limit) for stop in found.stopped] == [("decision", "model-size")]


@pytest.mark.usefixtures("narrow")
def test_a_glance_and_a_look_do_not_know() -> None:
    look = Weighing(in_order(), setting_of())
    for found in (look.glance(UNITS), look.look(UNITS)):
        assert found.verdict is Verdict.TOO_COMPLEX
        assert not found.certain


def test_the_checker_of_a_no_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    document = read_refutation(deny(in_order(), UNITS, setting_of()))
    assert check_refutation(document, in_order(), facts_of(UNITS), setting_of()) == ()
    assert proves(document, in_order(), facts_of(UNITS), setting_of())
    monkeypatch.setattr(creditbank.stacking.stating, "MAX_STATED", 5 * 20 * 20 - 1)
    assert [one.slug for one in check_refutation(document, in_order(), facts_of(UNITS), setting_of())] == ["model-size"]
    assert not proves(document, in_order(), facts_of(UNITS), setting_of())


def test_a_rule_that_speaks_of_one_unit_states_one_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creditbank.stacking.stating, "MAX_STATED", 20 * 20)
    chain = [
        {
            "id": f"n{at}",
            "title": "Order",
            "kind": "prerequisite",
            "over": "counted",
            "where": {"achievement": [f"urn:achievement:{at:02d}"]},
            "needs": {"achievement": [f"urn:achievement:{at - 1:02d}"]},
            "units_at_least": 1,
        }
        for at in range(1, 20)
    ]
    need = {"id": "need", "title": "Need", "kind": "requirement", "credits_at_least": "40"}
    found = evaluate(rules([need, *chain]), UNITS, setting_of())
    assert found.verdict is Verdict.FALLS_SHORT, "no unit was earned before another"
    assert found.proven


def test_limits_over_windows_and_last_days_are_counted_by_the_units_they_are_stated_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(creditbank.stacking.stating, "MAX_STATED", 20 * 20 - 1)
    need = {"id": "need", "title": "Need", "kind": "requirement", "credits_at_least": "2"}
    each = {"id": "each", "title": "Each", "kind": "limit", "over": "counted", "per": "provider"}
    last = {"id": "last", "title": "Last", "kind": "limit", "over": "counted", "where": {"provider": ["did:web:z.ex"]}}
    for rule in ({**each, "in_each_at_least": "4"}, {**last, "last_at_least": "2"}):
        found = evaluate(rules([need, rule]), UNITS, setting_of())
        assert [stop.limit for stop in found.stopped] == ["model-size"]
        half: list[Candidate] = UNITS[:19]
        assert evaluate(rules([need, rule]), half, setting_of()).stopped == ()


def test_rules_over_everything_attempted_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creditbank.stacking.stating, "MAX_STATED", 2 * 20 * 20 - 1)
    order = {"kind": "prerequisite", "over": "attempted", "where": {}, "needs": {}, "credits_at_least": "2"}
    need = {"id": "need", "title": "Need", "kind": "requirement", "credits_at_least": "2"}
    asked = [{"id": f"n{at}", "title": "Order", **order} for at in range(2)]
    assert [stop.limit for stop in evaluate(rules([need, *asked]), UNITS, setting_of()).stopped] == ["model-size"]
    assert evaluate(rules([need, asked[0]]), UNITS, setting_of()).stopped == ()


def test_more_like_places_than_a_unit_has_ways_are_refuted_by_a_sum() -> None:
    places = [{"id": f"p{at}", "title": f"Place {at}", "kind": "requirement", "units_at_least": 1} for at in range(190)]
    units = [unit(f"{number:03d}") for number in range(189)]
    found = evaluate(rules(places), units, setting_of())
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.proven, "35,910 places for single units are too many to search, and a sum shows it"
    document = deny(rules(places), units, setting_of())
    assert check_refutation(read_refutation(document), rules(places), facts_of(units), setting_of()) == ()
