"""Several awards at once, worked out by hand: a shared capstone, a double major, units divided to the thousandth."""

import dataclasses
from datetime import date, timedelta
from typing import Any

import pytest
from stacking_samples import TODAY, conversion, facts_of, recognition, rules, setting_of, unit

from creditbank.framework import Qualification
from creditbank.stacking import (
    Candidate,
    Overlap,
    Shared,
    UnclearAwards,
    UnclearSharing,
    Verdict,
    check,
    check_jointly,
    evaluate,
    evaluate_jointly,
    read_proof,
    stacking_proof,
)
from creditbank.units import CreditAmount, Credits

SETTING = setting_of()


def place(id: str, categories: list[str], **needs: Any) -> dict[str, Any]:
    return {"id": id, "title": id.capitalize(), "kind": "requirement", "where": {"category": categories}, **needs}


def award(id: str, *places: dict[str, Any], whole: bool = True, **changes: Any) -> Qualification:
    return rules(list(places), id=id, title=f"Award {id.upper()}", admits={"whole_units": whole}, **changes)


def together(*awards: Qualification, of: list[Candidate], **more: Any):
    return evaluate_jointly([(one, SETTING) for one in awards], of, **more)


def counted(evaluation) -> list[list[str]]:
    return [sorted(use.credential.removeprefix("urn:uuid:") for use in one.uses) for one in evaluation.awards]


def certificate(id: str) -> Qualification:
    """Six credits of its own subject, and a capstone."""
    return award(id, place("capstone", ["cap"], units_at_least=1), place("subject", [id], credits_at_least="6"))


SUBJECTS = [unit(f"{id}{number}", categories=[id]) for id in "ab" for number in (1, 2)]


def test_two_certificates_cannot_share_one_capstone() -> None:
    found = together(certificate("a"), certificate("b"), of=[*SUBJECTS, unit("cap", categories=["cap"])])
    assert (found.verdict, found.proven, found.alone) == (Verdict.FALLS_SHORT, True, ("a", "b"))
    assert found.pairs == (("a", "b"),)
    assert found.collision.rules == (("a", ("root/capstone",)), ("b", ("root/capstone",)))
    assert found.sentence == (
        "They cannot be had together. «Capstone» of «Award A» and «Capstone» of «Award B» can be met by only 1 unit of"
        " yours, and need 2 units together. A unit counts in one award only. Each of them can be had by itself."
    )


def test_a_second_capstone_makes_both_certificates_and_each_part_can_be_proven() -> None:
    units = [*SUBJECTS, unit("cap", categories=["cap"]), unit("cap2", categories=["cap"])]
    found = together(certificate("a"), certificate("b"), of=units)
    assert (found.adds_up, found.proven) == (True, True)
    assert counted(found) == [["a1", "a2", "cap"], ["b1", "b2", "cap2"]]
    told = {item.credential: (item.slug, item.sentence) for item in found.awards[0].not_counted}
    assert told["urn:uuid:cap2"] == ("counts-elsewhere", "It counts towards «Award B».")
    for qualification, part in zip((certificate("a"), certificate("b")), found.awards, strict=True):
        ids = {"id": "p", "award": "w", "learner": units[0].facts.subject, "engine": "t"}
        proof = read_proof(stacking_proof(part, qualification, units, SETTING, **ids))
        assert check(proof, qualification, facts_of(units), SETTING) == ()


def test_first_one_then_the_other_can_take_what_the_other_needs() -> None:
    """Award A by itself takes the unit that expires first, the only one that B can use."""
    soon = TODAY + timedelta(days=30)
    units = [unit("x", categories=["x", "y"], expires=soon), unit("y", categories=["x"])]
    first, second = award("a", place("p", ["x"], units_at_least=1)), award("b", place("p", ["y"], units_at_least=1))
    assert [use.credential for use in evaluate(first, units, SETTING).uses] == ["urn:uuid:x"]
    found = together(first, second, of=units)
    assert (found.adds_up, counted(found)) == (True, [["y"], ["x"]])


def major(id: str) -> Qualification:
    """Forty-five credits, of its own subject or of what both majors have in common."""
    return award(id, place("core", [id, "common"], credits_at_least="45"))


STUDENT = [
    unit(f"{subject}{n}", "5", categories=[subject])
    for subject, many in (("a", 4), ("b", 4), ("common", 5))
    for n in range(many)
]


def test_a_double_major_may_share_25_credits_where_somebody_decides_so() -> None:
    decision = Shared("sample-double-major", ("b", "a"), credits_at_most=CreditAmount("kr", Credits.parse("25")))
    found = together(major("a"), major("b"), of=STUDENT, shared=[decision])
    assert found.adds_up
    assert [one.totals.counted for one in found.awards] == [Credits.parse("45")] * 2
    assert sum(overlap.amount.thousandths for overlap in found.overlaps) == 25_000
    assert found.sentence == (
        "Together they add up: 45 credits towards «Award A» of did:web:awarding.example and 45 credits towards «Award"
        " B» of did:web:awarding.example. 5 units count in two of them, by sample-double-major."
    )
    uses = {one.qualification.id: one.uses for one in found.awards}
    assert check_jointly(uses, facts_of(STUDENT), [decision], found.overlaps) == ()
    assert {fault.slug for fault in check_jointly(uses, facts_of(STUDENT))} == {"counted-twice"}


@pytest.mark.parametrize("shared", [[], [Shared("d", ("a", "b"), credits_at_most=CreditAmount("kr", Credits(24_999)))]])
def test_a_double_major_fails_by_what_it_may_not_share(shared: list[Shared]) -> None:
    found = together(major("a"), major("b"), of=STUDENT, shared=shared)
    assert (found.adds_up, found.proven, found.alone) == (False, True, ("a", "b"))
    assert found.collision.awards == ("a", "b")
    if not shared:
        assert "can be met by only 65 credits of yours, and need 90 credits together" in found.sentence
    else:
        assert "even with what the awards may share: «Core» of «Award A» and «Core» of «Award B»" in found.sentence


def test_credits_of_another_system_are_not_shared_under_a_limit_in_credits() -> None:
    decision = Shared("d", ("a", "b"), credits_at_most=CreditAmount("eu-ects", Credits.parse("100")))
    assert not together(major("a"), major("b"), of=STUDENT, shared=[decision]).adds_up


def test_nothing_is_shared_that_need_not_be() -> None:
    units = [*STUDENT, *(unit(f"more{n}", "5", categories=["b"]) for n in range(5))]
    decision = Shared("d", ("a", "b"), units_at_most=5)
    found = together(major("a"), major("b"), of=units, shared=[decision])
    assert (found.adds_up, found.overlaps) == (True, ())


def test_one_unit_is_shared_by_two_awards_and_never_by_three() -> None:
    three = [award(id, place("p", ["x"], units_at_least=1)) for id in "abc"]
    leave = [Shared("ab", ("a", "b"), units_at_most=1), Shared("bc", ("b", "c"), units_at_most=1)]
    leave.append(Shared("ac", ("a", "c"), units_at_most=1))
    assert not together(*three, of=[unit("1", categories=["x"])], shared=leave).adds_up
    two = together(*three, of=[unit("1", categories=["x"]), unit("2", categories=["x"])], shared=leave)
    assert (two.adds_up, len(two.overlaps)) == (True, 1)


def test_a_unit_is_divided_between_awards_to_the_thousandth() -> None:
    def wants(id: str, credits: str) -> Qualification:
        return award(id, place("p", ["x"], credits_at_least=credits), whole=False)

    units = [unit("1", "6", categories=["x"])]
    found = together(wants("a", "3.999"), wants("b", "2.001"), of=units)
    assert [[str(use.amount) for use in one.uses] for one in found.awards] == [["3.999"], ["2.001"]]
    short = together(wants("a", "4"), wants("b", "2.001"), of=units)
    assert (short.adds_up, short.proven) == (False, True)
    assert "by only 6 credits of yours, and need 6.001 credits together" in short.sentence


def test_a_unit_counted_whole_by_one_award_leaves_nothing_to_another() -> None:
    whole = award("a", place("p", ["x"], credits_at_least="1"))
    part = award("b", place("p", ["x"], credits_at_least="1"), whole=False)
    assert not together(whole, part, of=[unit("1", categories=["x"])]).adds_up
    both = together(whole, part, of=[unit("1", categories=["x"]), unit("2", categories=["x"])])
    assert [[str(use.amount) for use in one.uses] for one in both.awards] == [["3"], ["1"]]


def test_what_is_left_of_a_unit_is_divided_and_no_more() -> None:
    def wants(id: str) -> Qualification:
        return award(id, place("p", ["x"], credits_at_least="1"), whole=False)

    assert together(wants("a"), wants("b"), of=[unit("1", "6", available="2", categories=["x"])]).adds_up
    assert not together(wants("a"), wants("b"), of=[unit("1", "6", available="1.999", categories=["x"])]).adds_up


def test_converted_units_are_divided_in_their_own_credits() -> None:
    """Three ECTS count as 2.5: one credit takes 1.2 ECTS, and of the other 1.8 another award counts 1.5."""
    policy = conversion(to_system="kr", max_share=None)

    def wants(id: str, credits: str) -> Qualification:
        return award(id, place("p", ["x"], credits_at_least=credits), whole=False)

    units = [unit("1", "3", system="eu-ects", categories=["x"])]
    decision = recognition(units[0].facts.achievement, framework="kr-acbs", level=None, categories=["x"])
    setting = setting_of(conversions=[policy], recognitions=[decision])
    found = evaluate_jointly([(wants("a", "1"), setting), (wants("b", "1.5"), setting)], units)
    assert [[(str(use.amount), str(use.counted)) for use in one.uses] for one in found.awards] == [
        [("1.2", "1")],
        [("1.8", "1.5")],
    ]
    assert not evaluate_jointly([(wants("a", "1"), setting), (wants("b", "1.501"), setting)], units).adds_up


def test_of_one_issue_only_one_credential_counts_in_whatever_award() -> None:
    first = unit("1", categories=["x"])
    corrected = unit("2", categories=["x"], first_issue="urn:uuid:1")
    two = [award(id, place("p", ["x"], units_at_least=1)) for id in "ab"]
    found = together(*two, of=[first, corrected])
    assert (found.adds_up, found.proven) == (False, True)
    uses = {"a": evaluate(two[0], [first], SETTING).uses, "b": evaluate(two[1], [corrected], SETTING).uses}
    assert [fault.slug for fault in check_jointly(uses, facts_of([first, corrected]))] == ["issue-twice"]


def test_three_awards_may_collide_of_which_every_two_can_be_had() -> None:
    three = [award(id, place("p", ["x"], credits_at_least="4"), whole=False) for id in "abc"]
    units = [unit(id, "4.5", categories=["x"]) for id in "12"]
    found = together(*three, of=units)
    assert (found.adds_up, found.proven, found.pairs, found.collision.awards) == (False, True, (), ("a", "b", "c"))


def test_an_award_that_cannot_be_had_alone_is_named_before_any_collision() -> None:
    found = together(certificate("a"), certificate("b"), of=[*SUBJECTS[:2], unit("cap", categories=["cap"])])
    assert (found.alone, found.collision.awards, found.pairs) == (("a",), ("b",), ())
    assert found.sentence.startswith("They cannot be had together. «Award B» cannot be had even by itself.")
    assert found.sentence.endswith("By itself can be had: «Award A».")


def test_the_soonest_expiring_unit_is_used_first_whichever_award_it_serves() -> None:
    days = {"1": date(2026, 9, 1), "2": date(2026, 7, 1), "3": date(2026, 8, 1)}
    units = [unit(id, categories=["x"], expires=day) for id, day in days.items()]
    two = [award(id, place("p", ["x"], units_at_least=1)) for id in "ab"]
    assert counted(together(*two, of=units)) == counted(together(*reversed(two), of=units[::-1])) == [["2"], ["3"]]


def test_each_award_weighs_in_its_own_setting() -> None:
    """A counts at most half from one body; what B counts is no part of A's sum."""
    share = {"id": "share", "title": "Share", "kind": "limit", "over": "counted", "share_at_most": "1/2"}
    first = rules(
        [place("p", ["x"], credits_at_least="6"), {**share, "where": {"provider": ["awarding"]}}], id="a", title="A"
    )
    second = award("b", place("p", ["x"], credits_at_least="6"))
    units = [unit(str(n), categories=["x"], provider="a" if n < 3 else "b") for n in range(4)]
    mine, other = dataclasses.replace(SETTING, awarding="did:web:a.example"), SETTING
    found = evaluate_jointly([(first, mine), (second, other)], units)
    assert found.adds_up
    assert {use.credential for use in found.awards[0].uses} >= {"urn:uuid:3"}


def test_a_search_that_stops_says_so() -> None:
    found = together(major("a"), major("b"), of=STUDENT, limit=1)
    assert (found.verdict, found.proven, found.stopped[0].part) == (Verdict.TOO_COMPLEX, False, "decision")


@pytest.mark.parametrize(
    "asked",
    [
        [certificate("a")],
        [certificate("a"), certificate("a")],
        [certificate(f"n{n}") for n in range(9)],
    ],
)
def test_awards_are_asked_for_two_at_least_each_once(asked: list[Qualification]) -> None:
    with pytest.raises(UnclearAwards):
        together(*asked, of=SUBJECTS)


def test_awards_are_weighed_as_of_one_day() -> None:
    later = dataclasses.replace(SETTING, date=TODAY + timedelta(days=1))
    with pytest.raises(UnclearAwards):
        evaluate_jointly([(certificate("a"), SETTING), (certificate("b"), later)], SUBJECTS)


def test_a_permission_names_two_awards_and_one_limit() -> None:
    with pytest.raises(UnclearSharing):
        Shared("d", ("a", "a"), units_at_most=1)
    with pytest.raises(UnclearSharing):
        Shared("d", ("a", "b"))
    with pytest.raises(UnclearSharing):
        together(certificate("a"), certificate("b"), of=SUBJECTS, shared=[Shared("d", ("a", "c"), units_at_most=1)])


DECISION = Shared("d", ("a", "b"), units_at_most=1)


@pytest.mark.parametrize(
    ("overlaps", "slug"),
    [
        ([], "counted-twice"),
        ([Overlap("urn:uuid:common0", "other", Credits.parse("5"))], "shared-without-leave"),
        ([Overlap("urn:uuid:nobody", "d", Credits.parse("5"))], "shared-without-leave"),
        ([Overlap("urn:uuid:common0", "d", Credits.parse("5.001"))], "wrong-share"),
        ([Overlap("urn:uuid:common0", "d", Credits(0))], "wrong-share"),
        ([Overlap("urn:uuid:common0", "d", Credits.parse("4.999"))], "counted-twice"),
        ([Overlap("urn:uuid:common0", "d", Credits.parse("5"))] * 2, "shared-twice"),
        ([Overlap(f"urn:uuid:common{n}", "d", Credits.parse("5")) for n in range(2)], "shared-too-much"),
    ],
)
def test_a_forged_overlap_is_found_out(overlaps: list[Overlap], slug: str) -> None:
    uses = {
        "a": evaluate(major("a"), STUDENT, SETTING).uses,
        "b": evaluate(major("b"), STUDENT, SETTING).uses,
    }
    assert slug in {fault.slug for fault in check_jointly(uses, facts_of(STUDENT), [DECISION], overlaps)}


def test_an_unknown_credential_in_a_joint_sum_is_found_out() -> None:
    uses = {"a": evaluate(major("a"), STUDENT, SETTING).uses}
    assert {fault.slug for fault in check_jointly(uses, {})} == {"unknown-credential"}
