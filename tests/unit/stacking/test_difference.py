"""Two evaluations of one learner, and what is said of the difference."""

import dataclasses
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pseudo_language import PSEUDO, known_names, leaks
from stacking_samples import acbs, acbs_learner, conversion, rules, setting_of, unit

from creditbank.stacking import Candidate, Setting, evaluate
from creditbank.stacking.differing import Difference, Move, Why, difference
from creditbank.stacking.messages import Wording
from creditbank.units import Credits

RULES = rules(
    [
        {
            "id": "six",
            "title": "Six credits of a kind",
            "kind": "requirement",
            "credits_at_least": "6",
            "where": {"category": ["kr-acbs:major"]},
        },
        {"id": "nine", "title": "Nine credits in all", "kind": "limit", "over": "counted", "credits_at_least": "9"},
    ],
    admits={"whole_units": True},
)


def major(id: str, credits: str = "3", **more: Any) -> Candidate:
    return unit(id, credits, categories=["kr-acbs:major"], **more)


def weighed(candidates: list[Candidate], qualification: Any = RULES, setting: Setting | None = None) -> dict[str, Any]:
    return dict(evaluate(qualification, candidates, setting or setting_of()).to_json())


def compared(before: list[Candidate], after: list[Candidate], **more: Any) -> Difference:
    return difference(weighed(before), weighed(after), **more)


THREE = [major("a"), major("b"), unit("c")]


def test_the_same_twice_differs_in_nothing_and_says_so() -> None:
    found = compared(THREE, THREE[::-1])
    assert found.empty
    assert found.sentences == ("Nothing has changed since 2026-06-01.",)


def test_another_day_alone_is_no_difference() -> None:
    found = difference(weighed(THREE), weighed(THREE, setting=setting_of(day=date(2026, 7, 1))))
    assert found.empty
    assert found.dates.to_json() == {"from": "2026-06-01", "to": "2026-07-01"}


def test_a_revocation_is_told_with_the_verdict_the_rule_and_the_reason() -> None:
    gone = dataclasses.replace(THREE[1], revoked=True)
    found = compared(THREE, [THREE[0], gone, THREE[2]], titles={gone.facts.credential: "Statistics"})
    assert found.verdict is not None
    assert (found.verdict.before, found.verdict.after) == ("adds-up", "falls-short")
    (change,) = [one for one in found.units if one.credential == gone.facts.credential]
    assert (change.move, change.why, change.counted.after) == (Move.NO_LONGER_COUNTED, Why.REVOKED, None)
    assert "root/six" in {node.path for node in found.nodes}
    assert found.gap is not None
    assert "«Statistics» no longer counts. Its issuer has revoked it." in found.sentences
    assert found.sentences[0] == "On 2026-06-01: it adds up. Now: it does not add up yet."


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"available": Credits.parse("0")}, Why.USED_ELSEWHERE),
        ({"expires": date(2026, 5, 1)}, Why.EXPIRED),
        ({"revoked": True}, Why.REVOKED),
    ],
)
def test_why_a_unit_no_longer_counts(changes: dict[str, Any], why: Why) -> None:
    found = compared(THREE, [dataclasses.replace(THREE[0], **changes), *THREE[1:]])
    (change,) = [one for one in found.units if one.credential == "urn:uuid:a"]
    assert (change.move, change.why) == (Move.NO_LONGER_COUNTED, why)


def test_a_unit_that_is_free_again_counts_and_says_so() -> None:
    taken = dataclasses.replace(THREE[0], available=Credits.parse("0"))
    (change,) = [
        one for one in compared([taken, *THREE[1:]], THREE).units if one.credential == THREE[0].facts.credential
    ]
    assert (change.move, change.why) == (Move.NEWLY_COUNTED, Why.FREE_AGAIN)


def test_a_new_unit_is_new_whether_it_counts_or_not() -> None:
    found = compared(THREE[:2], [*THREE, unit("d", earned=date(2026, 5, 2))])
    moves = {one.credential: (one.move, one.why) for one in found.units}
    assert moves["urn:uuid:c"] == (Move.NEWLY_COUNTED, Why.NEW)
    assert moves["urn:uuid:d"] == (Move.NEW, Why.NEW)


def test_what_no_longer_verifies_is_told_by_the_report() -> None:
    said = {"urn:uuid:a": ("proof.signature", "The signature does not fit.")}
    found = compared(THREE, THREE[1:], refused=said)
    (change,) = [one for one in found.units if one.credential == "urn:uuid:a"]
    assert (change.why, change.because) == (Why.NOT_VERIFIED, "The signature does not fit.")
    gone = compared(THREE, THREE[1:], refused={"urn:uuid:a": ("status.revocation", "")}).units[0]
    assert gone.why is Why.REVOKED
    (bare,) = [one for one in compared(THREE, THREE[1:]).units if one.credential == "urn:uuid:a"]
    assert bare.why is Why.NOT_GIVEN


def test_other_rules_are_named_by_version_and_digest() -> None:
    newer = RULES.model_copy(update={"version": "2"})
    found = difference(weighed(THREE), weighed(THREE, newer))
    assert found.rules is not None
    assert (found.rules.versions.before, found.rules.versions.after) == ("1", "2")
    assert found.rules.digests.before != found.rules.digests.after
    assert "version 2" in found.sentences[0]
    assert found.units == ()


def test_what_counts_otherwise_under_other_rules_is_laid_to_the_rules() -> None:
    six = {"id": "six", "title": "Six credits", "kind": "requirement", "credits_at_least": "6", "where": {}}
    fewer = rules([six], version="2", admits={"whole_units": True})
    found = difference(weighed(THREE), weighed(THREE, fewer))
    assert {one.why for one in found.units if one.move is Move.NO_LONGER_COUNTED} == {Why.RULES_CHANGED}


def test_a_decision_that_came_or_went_is_named() -> None:
    policy = conversion(to_system="kr", ratio="1/1")
    with_it = weighed([*THREE, unit("e", system="eu-ects")], setting=setting_of(conversions=[policy]))
    found = difference(with_it, weighed([*THREE, unit("e", system="eu-ects")]))
    assert [change.id for change in found.documents] == [policy.id]
    assert found.documents[0].digests.after is None
    assert any("no longer rests on sample-ects-to-ncrf" in sentence for sentence in found.sentences)


def test_the_way_back_tells_the_same_with_before_and_after_exchanged() -> None:
    one, two = weighed(acbs_learner(40, 7), acbs()), weighed(acbs_learner(34, 13), acbs())
    there, back = difference(one, two), difference(two, one)
    assert [(change.credential, change.counted.before) for change in there.units] == [
        (change.credential, change.counted.after) for change in back.units
    ]
    assert {node.path for node in there.nodes} == {node.path for node in back.nodes}


def test_another_language_says_it_in_its_own_words() -> None:
    wording = Wording("xx", {"difference.nothing": "Idem, {day}.", "words.date": "{day}.{month}.{year}"})
    assert difference(weighed(THREE), weighed(THREE), wording=wording).sentences == ("Idem, 01.06.2026.",)


def test_an_old_document_without_newer_parts_is_compared_all_the_same() -> None:
    old = weighed(THREE)
    new = {**old, "someNewerPart": [1]}
    assert difference(old, new).other == ("someNewerPart",)
    assert any("someNewerPart" in sentence for sentence in difference(old, new).sentences)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("abcdefgh"), unique=True), st.lists(st.sampled_from("abcdefgh"), unique=True))
def test_a_difference_is_empty_exactly_when_the_facts_are_the_same(before: list[str], after: list[str]) -> None:
    pool = {name: (major if name < "e" else unit)(name, str(2 + index % 3)) for index, name in enumerate("abcdefgh")}
    one, two = (weighed([pool[name] for name in names]) for names in (before, after))
    found = difference(one, two)
    assert found.empty is (set(before) == set(after))
    assert bool(found.units) is (set(before) != set(after))
    assert found.to_json()["empty"] is found.empty


def test_in_a_language_in_which_every_message_names_itself_no_english_is_left() -> None:
    worse = [dataclasses.replace(THREE[0], revoked=True), THREE[1], unit("d")]
    newer = RULES.model_copy(update={"version": "2"})
    setting = dataclasses.replace(setting_of(), wording=PSEUDO)
    found = difference(weighed(THREE, RULES, setting), weighed(worse, newer, setting), wording=PSEUDO)
    assert found.verdict
    assert found.rules
    known = known_names(setting, newer, units=[*THREE, *worse])
    said = [re.sub(r"sha256:[0-9a-f]{64}", "", sentence) for sentence in found.sentences]
    assert leaks({"sentences": said}, known) == []
