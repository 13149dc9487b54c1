"""Superseded units: a later version is the same achievement, and one of another id is said to stand for it."""

from dataclasses import replace
from typing import Any

from stacking_samples import facts_of, rules, setting_of, unit
from test_stacking_proof import prove, slugs

from creditbank.stacking import Candidate, Evaluation, evaluate, recount

OLD, NEW = "urn:statistics-1", "urn:statistics-2"
NAMED = {"id": "stats", "title": "Statistics", "kind": "requirement", "where": {"achievement": [OLD]}}
ONE, TWO = {**NAMED, "units_at_least": 1}, {**NAMED, "units_at_least": 2}
BOTH = {"id": "any", "title": "Six credits", "kind": "requirement", "credits_at_least": "6"}
ONCE = {"admits": {"same_achievement": "count-once"}}
SAME = {"equivalents": [{"id": "statistics", "achievements": [OLD, NEW]}]}
INSTEAD = {"substitutes": [{"id": "statistics", "instead_of": OLD, "accepted": [NEW]}]}


def version(name: str, number: str) -> Candidate:
    given = unit(name, achievement=OLD)
    return replace(given, facts=replace(given.facts, achievement_version=number))


def found(of: list[dict[str, Any]], *units: Candidate, **changes: Any) -> Evaluation:
    return evaluate(rules(of, **changes), list(units), setting_of())


def test_two_versions_of_an_achievement_are_one_achievement() -> None:
    first, second = version("a", "1"), version("b", "2")
    assert found([ONE], second).adds_up  # rules name the achievement, in whatever version
    assert found([BOTH], first, second).adds_up
    answer = found([BOTH], first, second, **ONCE)
    assert not answer.adds_up
    assert [item.slug for item in answer.not_counted] == ["same-achievement"]
    ruled = rules([BOTH], **ONCE)
    uses = found([BOTH], first, second).uses
    slug = [fault.slug for fault in recount(ruled, uses, facts_of([first, second]), setting_of()).faults]
    assert "same-achievement" in slug


def test_a_successor_of_another_id_counts_for_the_old_one_where_the_rules_say_so() -> None:
    new = unit("n", achievement=NEW)
    assert not found([ONE], new).adds_up
    for said in (SAME, INSTEAD):
        assert found([ONE], new, **said).adds_up
        ruled = rules([ONE], **said)
        assert slugs(prove(ruled, [new], setting_of()), ruled, [new], setting_of()) == []


def test_as_equivalents_old_and_new_count_once_as_a_substitute_both_may() -> None:
    both = [unit("o", achievement=OLD), unit("n", achievement=NEW)]
    assert not found([TWO], *both, **SAME).adds_up
    assert not found([BOTH], *both, **SAME).adds_up
    assert found([TWO], *both, **INSTEAD).adds_up


def test_what_is_said_of_the_old_one_is_not_said_of_the_new_one_the_other_way_round() -> None:
    new_named = {**ONE, "where": {"achievement": [NEW]}}
    old = unit("o", achievement=OLD)
    assert not found([new_named], old, **INSTEAD).adds_up
    assert found([new_named], old, **SAME).adds_up


def test_a_correction_counts_in_the_place_of_what_it_corrects_whatever_is_better() -> None:
    first, correction = unit("a", "6"), unit("b", "3", first_issue="urn:uuid:a")
    answer = found([BOTH], first, correction)
    assert not answer.adds_up
    assert [(item.credential, item.slug) for item in answer.not_counted] == [("urn:uuid:a", "corrected")]
    assert found([BOTH], first).adds_up
    assert found([BOTH], first, unit("b", "3", first_issue="urn:uuid:a", revoked=True)).adds_up
    stranger = unit("b", "3", first_issue="urn:uuid:a", provider="z")
    assert found([BOTH], first, stranger).adds_up  # only its own issuer corrects a credential
