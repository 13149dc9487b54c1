"""Limits over what fills certain places only, in real rules, each with a learner one credit or unit to either side."""

from typing import Any

import pytest
from exception_samples import exception, with_exceptions
from stacking_samples import AWARDING, LEARNER, facts_of, rules, setting_of, unit
from test_stacking_proof import resealed

from creditbank.framework import Qualification
from creditbank.stacking import (
    Candidate,
    Evaluation,
    check,
    check_refutation,
    evaluate,
    read_proof,
    read_refutation,
    refutation_proof,
    stacking_proof,
)
from creditbank.stacking.joint import evaluate_jointly
from creditbank.units import Credits

LETTERS = {"letters": {"grades": [{"code": code, "points": str(at)} for at, code in enumerate("FDCBA")]}}


def place(name: str, **asked: Any) -> dict[str, Any]:
    return {"id": name, "title": f"The {name}", "kind": "requirement", **asked}


def within(names: list[str], **bound: Any) -> dict[str, Any]:
    return {"id": "limit", "title": "The limit", "kind": "limit", "over": "counted", "within": names, **bound}


def group(name: str, of: list[dict[str, Any]], kind: str = "all") -> dict[str, Any]:
    return {"id": name, "title": f"The {name}", "kind": kind, "of": of}


def proven(qualification: Qualification, units: list[Candidate]) -> tuple[Evaluation, dict[str, Any]]:
    """The evaluation, and its proof, which is confirmed from the facts alone."""
    found, setting, facts = evaluate(qualification, units, setting_of()), setting_of(), facts_of(units)
    assert found.proven, found.sentence
    if found.adds_up:
        document = stacking_proof(
            found, qualification, units, setting, id="p", award="a", learner=LEARNER, engine="tests"
        )
        assert check(read_proof(document), qualification, facts, setting) == ()
    else:
        document = refutation_proof(found, qualification, units, setting, id="p", learner=LEARNER, engine="tests")
        assert check_refutation(read_refutation(document), qualification, facts, setting) == ()
    return found, document


AREAS = ["world", "culture", "creative", "society", "science"]


def flexible_core() -> Qualification:
    """City University of New York, Pathways: the Flexible Common Core is six courses, one at least from each of five
    areas, and no more than two courses in any discipline. The major beside it may be all of one discipline.
    """
    areas = [place(area, where={"category": [area]}, units_at_least=1) for area in AREAS]
    core = group("core", [*areas, place("sixth", where={"category": AREAS}, units_at_least=1, units_at_most=1)])
    major = place("major", where={"category": ["major"]}, units_at_least=4)
    return rules([core, major, within(["core"], per="achievement", units_at_most=2)])


def course(name: str, discipline: str, *areas: str) -> Candidate:
    return unit(name, "3", categories=areas, achievement=f"urn:{discipline}")


def of_one_discipline(last: str) -> list[Candidate]:
    """Four courses of history in the major, and six in the core, of which two and the last may be of history."""
    major = [course(f"m{number}", "history", "major") for number in range(4)]
    other = [course(f"c{area}", area, area) for area in AREAS[2:]]
    history = [course("h1", "history", "world"), course("h2", "history", "culture")]
    return [*major, *other, *history, course("last", last, "world")]


def test_a_third_course_of_the_discipline_is_one_too_many_in_the_core_alone() -> None:
    assert proven(flexible_core(), of_one_discipline("art"))[0].adds_up
    found, _ = proven(flexible_core(), of_one_discipline("history"))
    assert not found.adds_up
    assert found.gap is not None
    assert (found.gap.credits, found.gap.units) == (Credits(0), 1)
    [left] = found.not_counted
    assert left.slug == "place-full"
    assert left.sentence.endswith("«The limit» speaks of what fills its places: at most 2 units of one achievement.")


def test_one_course_of_another_discipline_is_the_way_on() -> None:
    offers = [course("o1", "history", "world"), course("o2", "major", "major"), course("o3", "art", "culture")]
    found = evaluate(flexible_core(), of_one_discipline("history"), setting_of(), catalogue=offers)
    assert found.path is not None
    assert [step.credential for step in found.path.steps] == ["urn:uuid:o3"]
    assert found.path.proven


def half_here() -> Qualification:
    """Half of the major is taken at the body that gives the award, whatever else of the degree was taken elsewhere."""
    major = group("major", [place("theory", where={"category": ["theory"]}, credits_at_least="6"),
                            place("practice", where={"category": ["practice"]}, credits_at_least="6")])  # fmt: skip
    rest = place("rest", credits_at_least="12")
    return rules([major, rest, within(["major"], where={"provider": ["awarding"]}, share_at_least="1/2")])


def taken(here: str, elsewhere: str, name: str = "") -> list[Candidate]:
    """Six credits of theory, of which so many were taken here; six of practice likewise; and the rest here."""
    theory, practice = {"categories": ["theory"]}, {"categories": ["practice"]}
    found = [unit(f"{name}t1", here, provider=AWARDING, **theory), unit(f"{name}t2", elsewhere, **theory)]
    found += [unit(f"{name}p1", "3", provider=AWARDING, **practice), unit(f"{name}p2", "3", **practice)]
    return [*found, unit(f"{name}r", "12", provider=AWARDING)]


def test_half_of_the_major_is_not_made_up_for_by_the_rest_of_the_degree() -> None:
    assert proven(half_here(), taken("3", "3"))[0].adds_up
    found, _ = proven(half_here(), taken("2", "4"))
    assert not found.adds_up
    assert found.gap is not None
    assert (found.gap.credits, found.gap.units) == (Credits(2000), 0)  # 5 + 2 of 12 + 2, or 2 in the place of 2


def best_of(least: str) -> Qualification:
    """The mean of the best 100 credits at level 6, while all credits count: a place that takes exactly 100 of them."""
    best = place("best", where={"category": ["six"]}, credits_at_least="100", credits_at_most="100")
    other = place("other", credits_at_least="40")
    return rules([best, other, within(["best"], mean_at_least=least, grading="letters")], grading=LETTERS)


def marked(*marks: str) -> list[Candidate]:
    return [
        unit(f"u{at}", "20", categories=["six"], about={"grades": (("letters", mark),)})
        for at, mark in enumerate(marks)
    ]


@pytest.mark.parametrize(("least", "adds_up"), [("3.2", True), ("3.201", False)])
def test_a_mean_of_the_best_is_one_within_a_place_that_takes_no_more(least: str, adds_up: bool) -> None:
    units = marked("D", "A", "C", "B", "B", "A", "D")  # the best five are A, A, B, B, C: 16 of 5 units
    found, _ = proven(best_of(least), units)
    assert found.adds_up is adds_up
    assert {item.slug for item in found.not_counted} == (set() if adds_up else {"place-full"})


def tracks() -> Qualification:
    """One of two tracks, and three quarters of it taken here."""
    either = group("track", [place("left", where={"category": ["left"]}, credits_at_least="6"),
                             place("right", where={"category": ["right"]}, credits_at_least="6")], "any")  # fmt: skip
    limit = within(["track"], where={"provider": ["awarding"]}, share_at_least="3/4")
    return rules([either, limit])


def test_what_fills_a_place_that_the_answer_does_without_helps_no_limit() -> None:
    left = [unit("l1", "3", provider=AWARDING, categories=["left"]), unit("l2", "3", categories=["left"])]
    right = unit("r1", "6", provider=AWARDING, categories=["right"])
    assert proven(tracks(), [*left, right])[0].adds_up
    half = unit("r1", "5", provider=AWARDING, categories=["right"])
    assert not proven(tracks(), [*left, half])[0].adds_up


def test_a_proof_in_which_it_does_is_refused() -> None:
    units = [unit("l1", "6", provider=AWARDING, categories=["left"])]
    units.append(unit("r1", "3", provider=AWARDING, categories=["right"]))
    qualification = tracks()
    _, document = proven(qualification, units)
    facts = facts_of(units)
    (use,) = document["uses"]
    extra = evaluate(rules([place("p", credits_at_least="3")]), [units[1]], setting_of()).uses[0].to_json()
    beside = {**extra, "node": "root/track/right"}
    uses = sorted([use, beside], key=lambda one: one["credential"])
    slugs = {
        one.slug for one in check(read_proof(resealed({**document, "uses": uses})), qualification, facts, setting_of())
    }
    assert "wrong-place" in slugs


@pytest.mark.parametrize("adds_up", [True, False])
def test_distinct_portions_are_those_of_the_places_alone(adds_up: bool) -> None:
    """Nine credits of humanities from two departments at least; the electives are of as many as one likes."""
    humanities = place("humanities", where={"category": ["hum"]}, credits_at_least="9")
    document = rules([humanities, place("free", credits_at_least="3"), within(["humanities"], per="achievement",
                      distinct_at_least=2)])  # fmt: skip
    units = [unit(f"h{at}", "3", categories=["hum"], achievement="urn:history") for at in range(2)]
    units += [unit("h2", "3", categories=["hum"], achievement="urn:law" if adds_up else "urn:history")]
    units += [unit("f", "3", achievement="urn:law")]
    assert proven(document, units)[0].adds_up is adds_up


def test_two_awards_at_once_keep_to_it_each_by_itself() -> None:
    one = half_here()
    other = Qualification.model_validate({**one.model_dump(mode="json"), "id": "other"})
    units = taken("3", "3")
    asked = [(one, setting_of()), (other, setting_of())]
    short = evaluate_jointly(asked, [*units, *taken("2", "4", "x")])
    assert not short.adds_up
    assert short.proven
    assert evaluate_jointly(asked, [*units, *taken("3", "3", "x")]).adds_up


def test_the_sentences_say_what_fills_the_places() -> None:
    found, _ = proven(half_here(), taken("2", "4"))
    limit = next(node for node in found.tree.children if node.id == "limit")
    assert limit.need == "at least half of the credits in its places"
    assert limit.have == "5 credits"
    assert [use.credential for use in limit.met_by] == ["urn:uuid:p1", "urn:uuid:t1"]
    assert "«The limit» speaks of what fills its places" in found.sentence or found.conflict is not None


OF_NOTHING = [
    {"credits_at_least": "3"},
    {"units_at_least": 1},
    {"mean_at_least": "3", "grading": "letters"},
    {"points_at_least": "3", "grading": "letters"},
    {"per": "provider", "distinct_at_least": 1},
    {"per": "provider", "in_one_at_least": "3"},
]


@pytest.mark.parametrize("bound", OF_NOTHING)
def test_where_all_its_places_were_waived_nothing_further_helps_a_minimum(bound: dict[str, Any]) -> None:
    major = group("major", [place("theory", where={"category": ["theory"]}, credits_at_least="6")])
    document = rules([major, place("rest", credits_at_least="12"), within(["major"], **bound)], grading=LETTERS)
    units = [unit("r", "12"), unit("t", "6", categories=["theory"])]
    setting = with_exceptions(exception(document, "waive", "root/major"))
    offer = unit("o", "6", categories=["theory"], about={"grades": (("letters", "A"),)})
    found = evaluate(document, units, setting, catalogue=[offer])
    assert not found.adds_up
    assert found.gap is None
    assert found.path is None
    assert "No further units can change that" in found.sentence
    no = refutation_proof(found, document, units, setting, id="p", learner=LEARNER, engine="tests")
    assert check_refutation(read_refutation(no), document, facts_of(units), setting) == ()


HELD_BY_NOTHING = [{"share_at_least": "1/2"}, {"credits_at_most": "0"}, {"per": "provider", "distinct_at_most": 1}]


@pytest.mark.parametrize("bound", HELD_BY_NOTHING)
def test_where_all_its_places_were_waived_a_share_or_a_maximum_holds(bound: dict[str, Any]) -> None:
    major = group("major", [place("theory", where={"category": ["theory"]}, credits_at_least="6")])
    here = {"where": {"provider": ["awarding"]}}
    document = rules([major, place("rest", credits_at_least="12"), within(["major"], **here, **bound)])
    units = [unit("r", "12")]
    setting = with_exceptions(exception(document, "waive", "root/major"))
    found = evaluate(document, units, setting)
    assert found.adds_up
    proof = stacking_proof(found, document, units, setting, id="p", award="a", learner=LEARNER, engine="tests")
    assert check(read_proof(proof), document, facts_of(units), setting) == ()
