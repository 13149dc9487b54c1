"""Half units: where units are counted, two of them are one."""

from datetime import date
from typing import Any

import pytest
from stacking_samples import rules, setting_of, unit
from test_stacking_proof import fields, forgeries, prove, put, resealed, slugs

from creditbank.stacking import Candidate, Evaluation, UnreadableProof, evaluate, read_proof

HALVES = {"half_units": {"size_at_most": "0.25"}}
SCALE = {"percent": {"numbers": ["0", "100"]}}


def course(name: str, grade: str = "80", **more: Any) -> Candidate:
    return unit(name, more.pop("credits", "0.5"), about={"grades": (("percent", grade),)}, **more)


def half(name: str, grade: str = "80", **more: Any) -> Candidate:
    return course(name, grade, credits="0.25", **more)


def found(of: list[dict[str, Any]], *units: Candidate, **changes: Any) -> Evaluation:
    return evaluate(rules(of, admits=HALVES, grading=SCALE, **changes), list(units), setting_of())


def place(**asked: Any) -> dict[str, Any]:
    return {"id": "courses", "title": "Two courses, or four half courses", "kind": "requirement", **asked}


def limit(**asked: Any) -> dict[str, Any]:
    return {"id": "limit", "title": "Limit", "kind": "limit", "over": "counted", **asked}


TWO = place(units_at_least=2)


@pytest.mark.parametrize(
    ("units", "holds"),
    [
        ([course("a"), course("b")], True),
        ([course("a"), half("b"), half("c")], True),
        ([half(name) for name in "abcd"], True),
        ([course("a"), half("b")], False),
        ([half(name) for name in "abc"], False),
    ],
    ids=["two", "one and two halves", "four halves", "one and a half", "three halves"],
)
def test_two_courses_or_four_half_courses(units: list[Candidate], holds: bool) -> None:
    answer = found([TWO], *units)
    assert answer.adds_up is holds
    assert answer.proven


def test_without_the_word_every_unit_counts_as_one() -> None:
    assert evaluate(rules([TWO]), [half("a"), half("b")], setting_of()).adds_up


def test_what_is_there_and_what_is_missing_is_told_in_halves() -> None:
    most = found([place(units_at_least=1, credits_at_least="0.75")], course("a"), half("b"))
    assert most.tree.children[0].have == "0.75 credits in 1.5 units"
    answer = found([TWO], course("a"), half("b"))
    assert answer.gap is not None
    assert answer.gap.units == 1  # one further unit would do, be it a half one or a whole one
    assert "1.5 units" in answer.sentence


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        (limit(units_at_most=2), True),
        (limit(units_at_most=1), False),
        (limit(units_at_least=2), True),
        (limit(where={"size_at_most": "0.25"}, weigh_by="units", share_at_most="1/2"), True),
        (limit(where={"size_at_most": "0.25"}, weigh_by="units", share_at_most="2/5"), False),
        (limit(grading="percent", weigh_by="units", mean_at_least="75"), True),
        (limit(grading="percent", weigh_by="units", mean_at_least="75.1"), False),
        ({**limit(), "kind": "prerequisite", "where": {"provider": ["did:web:b.example"]}, "needs": {}, "units_at_least": 1}, False),  # noqa: E501
    ],
    ids=str,
)  # fmt: skip
def test_wherever_units_are_counted_halves_are_halves(rule: dict[str, Any], holds: bool) -> None:
    units = [course("a", "90"), half("b", "70"), half("c", "50", provider="b")]
    assert found([TWO, rule], *units).adds_up is holds


def test_half_units_before_a_unit_prepare_for_it_together() -> None:
    after = {**limit(), "kind": "prerequisite", "where": {"provider": ["did:web:b.example"]}, "needs": {}}
    last = course("z", provider="b", earned=date(2026, 5, 1))
    rule = {**after, "units_at_least": 1}
    assert found([TWO, rule], half("a"), half("b"), last).adds_up
    assert not found(
        [place(units_at_least=1, where={"provider": ["did:web:b.example"]}), rule], half("a"), last
    ).adds_up


def test_a_place_takes_no_more_halves_than_its_most() -> None:
    full = place(credits_at_least="0.75", units_at_most=1)
    assert not found([full], *[half(name) for name in "abc"]).adds_up
    assert found([place(credits_at_least="0.5", units_at_most=1)], half("a"), half("b")).adds_up


def test_no_more_halves_are_shared_than_the_permission_says() -> None:
    both = [{**place(units_at_least=1), "id": "one"}, {**place(units_at_least=1), "id": "two"}]
    sharing = [{"id": "s", "title": "S", "between": ["one", "two"], "units_at_most": 1}]
    assert found(both, half("a"), half("b"), sharing=sharing).adds_up
    assert not found(both, half("a"), sharing=sharing).adds_up
    assert not found(
        [{**one, "units_at_least": 2} for one in both], *[half(n) for n in "abcde"], sharing=sharing
    ).adds_up


class TestTheProof:
    RULES = rules([TWO, limit(units_at_most=3, per="provider")], admits=HALVES, grading=SCALE)
    UNITS = (course("a"), half("b"), half("c"), half("d"))

    def test_states_halves_and_is_confirmed(self) -> None:
        less = rules([place(units_at_least=1, credits_at_least="0.75")], admits=HALVES)
        units = [course("a"), half("b")]
        proof = prove(less, units, setting_of())
        assert proof["totals"][0]["units"] == "1.5"
        assert slugs(proof, less, units, setting_of()) == []
        for forgery in (1, 2, "1", "1.25", "2.5", "1.50"):
            forged = put(proof, ("totals", 0, "units"), forgery)
            assert slugs(resealed(forged), less, units, setting_of()), forgery

    def test_with_one_field_forged_is_refused(self) -> None:
        proof = prove(self.RULES, list(self.UNITS), setting_of())
        for path, value in fields(proof):
            if path[0] == "totals":
                for forgery in forgeries(value):
                    assert slugs(resealed(put(proof, path, forgery)), self.RULES, list(self.UNITS), setting_of())

    def test_is_not_read_with_a_count_that_is_no_number_of_halves(self) -> None:
        proof = prove(self.RULES, list(self.UNITS), setting_of())
        with pytest.raises(UnreadableProof):
            read_proof(resealed(put(proof, ("totals", 0, "units"), "1.3")))


def test_an_attempted_unit_of_unknown_size_leaves_open_how_many_there_are() -> None:
    tries = {**limit(units_at_most=5), "over": "attempted"}
    foreign = half("f", system="elsewhere")
    assert not found([TWO, tries], course("a"), course("b"), foreign).adds_up
    assert found([TWO, tries], course("a"), course("b"), half("c")).adds_up
