"""Exit ladders: credits of a lower award count again once it is given up, and only as far as they are needed."""

import dataclasses
import random
from itertools import combinations
from typing import Any

import pytest
from stacking_samples import AWARDING, LEARNER, facts_of, load, rules, setting_of, unit

from creditbank.canonical import json_digest
from creditbank.credential import Level
from creditbank.framework import Qualification
from creditbank.stacking import (
    Candidate,
    Evaluation,
    GivenUp,
    Held,
    Moved,
    Verdict,
    check,
    evaluate,
    read_proof,
    stacking_proof,
)
from creditbank.units import Credits

SETTING = setting_of()


def diploma(credits: str = "6", *, whole: bool = True, **changes: Any) -> Qualification:
    place = {
        "id": "p",
        "title": "Units",
        "kind": "requirement",
        "credits_at_least": credits,
        "where": {"category": ["x"]},
    }
    changes.setdefault("absorbs", ["certificate", "short-course"])
    return rules([place], id="diploma", title="Diploma", admits={"whole_units": whole}, **changes)


def held(id: str, award: str = "w1", *, of: str = "certificate", amount: str = "3", **more: Any) -> Candidate:
    """A unit of three credits that counts for an award, all of it unless said otherwise."""
    left = str(Credits.parse("3") - Credits.parse(amount))
    lower = Held(award, of, Credits.parse(amount), title="Certificate" if of == "certificate" else "")
    return dataclasses.replace(unit(id, categories=["x"], **more), available=Credits.parse(left), held=(lower,))


def free(id: str) -> Candidate:
    return unit(id, categories=["x"])


def moved(evaluation: Evaluation) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (one.award, [(move.credential.removeprefix("urn:uuid:"), str(move.amount)) for move in one.moves])
        for one in evaluation.gives_up
    ]


def used(evaluation: Evaluation) -> list[str]:
    return sorted(use.credential.removeprefix("urn:uuid:") for use in evaluation.uses)


def proof_of(qualification: Qualification, candidates: list[Candidate]):
    found = evaluate(qualification, candidates, SETTING)
    return stacking_proof(found, qualification, candidates, SETTING, id="p", award="new", learner=LEARNER, engine="t")


def test_credits_of_a_lower_award_count_once_it_is_given_up() -> None:
    found = evaluate(diploma(), [held("1"), held("2"), held("3")], SETTING)
    assert (found.verdict, found.proven) == (Verdict.ADDS_UP, True)
    assert moved(found) == [("w1", [("1", "3"), ("2", "3")])]
    assert found.sentence == (
        "It adds up: 6 credits are counted towards «Diploma» of did:web:awarding.example. «Certificate» is given up for"
        " it: 6 kr counted there count here, and the rest is free again."
    )


def test_no_award_is_given_up_where_free_credits_suffice_even_if_more_of_them_count() -> None:
    """Giving nothing up comes before the fewest credits: 4 + 4 free ones count rather than 3 + 3 held ones."""
    units = [held("1"), held("2"), unit("3", "4", categories=["x"]), unit("4", "4", categories=["x"])]
    found = evaluate(diploma(), units, SETTING)
    assert (found.gives_up, used(found), str(found.totals.counted)) == ((), ["3", "4"], "8")
    assert "givesUp" not in found.to_json()


def test_once_an_award_is_given_up_the_fewest_credits_decide_and_its_rest_stays_free() -> None:
    units = [held("1"), held("2"), unit("3", "4", categories=["x"])]
    found = evaluate(diploma(), units, SETTING)
    assert (moved(found), used(found)) == ([("w1", [("1", "3"), ("2", "3")])], ["1", "2"])


def test_of_a_unit_the_free_part_counts_before_what_is_moved() -> None:
    found = evaluate(diploma("4", whole=False), [held("1", amount="2"), held("2", amount="1")], SETTING)
    assert [str(use.amount) for use in found.uses] == ["3", "1"]
    assert moved(found) == [("w1", [("1", "2")])]


def test_as_few_awards_as_possible_are_given_up_and_the_first_that_is_absorbed() -> None:
    both = evaluate(diploma(), [held("1", "w1"), held("2", "w2")], SETTING)
    assert moved(both) == [("w1", [("1", "3")]), ("w2", [("2", "3")])]
    one = evaluate(diploma("3"), [held("1", "a", of="short-course"), held("2", "b"), held("3", "c")], SETTING)
    assert moved(one) == [("b", [("2", "3")])]
    assert one.gives_up[0].qualification == "certificate"


def test_another_bodys_award_is_given_up_only_where_the_own_ones_do_not_do() -> None:
    foreign = held("1", "a")
    foreign = dataclasses.replace(foreign, held=(dataclasses.replace(foreign.held[0], by="did:web:rival.example"),))
    own = [held("2", "b"), held("3", "c")]
    assert [one.award for one in evaluate(diploma("6"), [foreign, *own], SETTING).gives_up] == ["b", "c"]
    assert [one.award for one in evaluate(diploma("9"), [foreign, *own], SETTING).gives_up] == ["a", "b", "c"]
    mine = dataclasses.replace(SETTING, awarding="did:web:rival.example")
    assert [one.award for one in evaluate(diploma("3"), [foreign, *own], mine).gives_up] == ["a"]


def test_an_award_that_these_rules_do_not_absorb_keeps_its_credits() -> None:
    found = evaluate(diploma("3"), [held("1", of="other")], SETTING)
    assert (found.verdict, found.not_counted[0].slug) == (Verdict.FALLS_SHORT, "already-used")
    assert evaluate(diploma("3", absorbs=[]), [held("1")], SETTING).verdict is Verdict.FALLS_SHORT


def test_a_unit_counted_for_two_awards_in_part_counts_whole_only_when_both_are_given_up() -> None:
    two = (Held("a", "certificate", Credits.parse("1")), Held("b", "certificate", Credits.parse("2")))
    units = [dataclasses.replace(unit("1", categories=["x"]), available=Credits(0), held=two)]
    found = evaluate(diploma("3"), units, SETTING)
    assert moved(found) == [("a", [("1", "1")]), ("b", [("1", "2")])]
    only_one = dataclasses.replace(two[1], qualification="other")
    kept = [dataclasses.replace(units[0], held=(two[0], only_one))]
    assert evaluate(diploma("3"), kept, SETTING).verdict is Verdict.FALLS_SHORT
    part = evaluate(diploma("1", whole=False), kept, SETTING)
    assert moved(part) == [("a", [("1", "1")])]


def test_a_no_says_that_giving_up_would_not_help() -> None:
    found = evaluate(diploma("9"), [held("1"), held("2")], SETTING)
    assert (found.verdict, found.proven, found.gives_up) == (Verdict.FALLS_SHORT, True, ())
    assert found.sentence.endswith("That is so even if «Certificate» were given up.")
    assert found.gap is not None
    assert str(found.gap.credits) == "3"


def test_the_same_facts_give_the_same_bytes_in_any_order() -> None:
    units = [held("1"), held("2", "w2"), held("3", "w2"), free("4")]
    digests = set()
    for seed in range(6):
        random.Random(seed).shuffle(units)
        digests.add(evaluate(diploma("12"), units, SETTING).digest)
    assert len(digests) == 1


def test_what_is_held_stands_among_the_inputs() -> None:
    (given,) = evaluate(diploma("3"), [held("1")], SETTING).inputs
    assert given.to_json()["held"] == [{"award": "w1", "qualification": "certificate", "amount": "3"}]
    (plain,) = evaluate(diploma("3"), [free("1")], SETTING).inputs
    assert "held" not in plain.to_json()


def test_more_lower_awards_than_are_tried_are_named_as_a_limit() -> None:
    found = evaluate(diploma("3"), [held(str(n), f"w{n}") for n in range(7)], SETTING)
    assert (found.verdict, found.stopped[0].limit) == (Verdict.TOO_COMPLEX, "lower-awards")


def test_the_indian_diploma_takes_up_the_certificate_of_the_first_year() -> None:
    """Ten units of the first year count for the certificate; with ten of the second they make the diploma."""
    rules_ = load("qualifications/in-ncrf/2023/ug-diploma.yaml")
    lower = (Held("w1", "in-ncrf-ug-certificate", Credits.parse("4"), title="Undergraduate Certificate"),)
    units = [
        dataclasses.replace(
            unit(
                f"{n:02d}", "4", system="in-ncrf", level=Level("in-ncrf", "4.5" if n < 10 else "5"), provider=AWARDING
            ),
            **({"available": Credits(0), "held": lower} if n < 10 else {}),
        )
        for n in range(20)
    ]
    found = evaluate(rules_, units, SETTING)
    assert (found.adds_up, len(found.uses), len(found.gives_up[0].moves)) == (True, 20, 10)
    assert "«Undergraduate Certificate» is given up for it: 40 in-ncrf counted there count here" in found.sentence
    kept = [dataclasses.replace(one, held=()) for one in units]
    assert evaluate(rules_, kept, SETTING).verdict is Verdict.FALLS_SHORT


@pytest.mark.parametrize("seed", range(40))
def test_the_awards_given_up_are_the_fewest_that_do(seed: int) -> None:
    """By hand: every set of awards is tried, and what counts afterwards is a plain sum of whole units."""
    chance = random.Random(seed)
    units = []
    for number in range(chance.randint(1, 6)):
        award = chance.choice(["", "a", "b", "c"])
        units.append(free(str(number)) if not award else held(str(number), award))
    wanted = chance.randint(1, 6)
    found = evaluate(diploma(str(3 * wanted)), units, SETTING)
    by_award = {name: sum(held.award == name for one in units for held in one.held) for name in "abc"}
    count = sum(not one.held for one in units)
    enough = [
        some
        for size in range(4)
        for some in combinations([name for name in "abc" if by_award[name]], size)
        if count + sum(by_award[name] for name in some) >= wanted
    ]
    assert found.adds_up == bool(enough)
    if enough:
        assert tuple(one.award for one in found.gives_up) == enough[0]
        assert len(found.uses) == wanted


def test_the_proof_names_each_award_given_up_and_reads_back() -> None:
    units = [held("1"), held("2")]
    document = proof_of(diploma(), units)
    assert document["givesUp"] == [
        {
            "award": "w1",
            "qualification": "certificate",
            "moves": [{"credential": f"urn:uuid:{id}", "amount": "3"} for id in "12"],
        }
    ]
    proof = read_proof(document)
    assert proof.to_json() == document
    assert check(proof, diploma(), facts_of(units), SETTING) == ()
    assert "givesUp" not in proof_of(diploma(), [free("1"), free("2")])


def forged(**changes: Any) -> GivenUp:
    moves = (Moved("urn:uuid:1", Credits.parse("3")), Moved("urn:uuid:2", Credits.parse("3")))
    return dataclasses.replace(GivenUp("w1", "certificate", moves), **changes)


@pytest.mark.parametrize(
    ("gives_up", "slug"),
    [
        ([forged(qualification="other")], "not-absorbed"),
        ([forged(moves=())], "wrong-move"),
        ([forged(award="new")], "wrong-move"),
        ([forged(), forged()], "wrong-move"),
        ([forged(moves=(Moved("urn:uuid:1", Credits.parse("3.001")),))], "wrong-move"),
        ([forged(moves=(Moved("urn:uuid:1", Credits(0)),))], "wrong-move"),
        ([forged(moves=(Moved("urn:uuid:3", Credits.parse("3")),))], "wrong-move"),
        ([forged(moves=forged().moves[::-1])], "wrong-move"),
        ([forged(moves=forged().moves[:1] * 2)], "wrong-move"),
        ([forged(), forged(award="w2", moves=forged().moves[:1])], "wrong-move"),
    ],
)
def test_a_forged_move_is_found_out(gives_up: list[GivenUp], slug: str) -> None:
    units = [held("1"), held("2")]
    proof = dataclasses.replace(read_proof(proof_of(diploma(), units)), gives_up=tuple(gives_up))
    assert slug in {fault.slug for fault in check(proof, diploma(), facts_of(units), SETTING)}


def test_an_empty_list_of_awards_given_up_is_refused() -> None:
    document = {**proof_of(diploma(), [free("1"), free("2")]), "givesUp": []}
    document.pop("seal")
    with pytest.raises(Exception, match="left out where it says nothing"):
        read_proof({**document, "seal": f"sha256:{json_digest(document).hex()}"})
