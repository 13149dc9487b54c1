"""Exceptions for one learner: each kind turns an answer, is confirmed by the checker, and says no where it must."""

import dataclasses
from datetime import date
from typing import Any, ClassVar

import pytest
from exception_samples import exception, with_exceptions
from stacking_samples import LEARNER, facts_of, rules, setting_of, unit

from creditbank.canonical import canonical_json, load_object
from creditbank.framework import ContradictingExceptions, DocumentFaults, Qualification
from creditbank.framework.excepting import TooManyExceptions, exception_faults
from creditbank.stacking import (
    Candidate,
    DocumentRef,
    Evaluation,
    NothingToProve,
    Setting,
    Standing,
    Status,
    WhatIf,
    check,
    evaluate,
    evaluate_jointly,
    read_proof,
    stacking_proof,
)
from creditbank.stacking.explanation import NodeView


def place(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "title": id.upper(), "kind": "requirement", **(more or {"credits_at_least": "6"})}


def only(*categories: str, **more: Any) -> dict[str, Any]:
    return {"credits_at_least": "6", "where": {"category": list(categories)}, **more}


CORE = rules([place("core", **only("core")), place("free", credits_at_least="3")])
"""Six credits of core units, three of any."""
UNITS = [
    unit("c", "3", categories=["core"]),
    unit("x", "3", categories=["other"], achievement="urn:x"),
    unit("y", "3", categories=["other"], achievement="urn:y"),
]


def prove(qualification: Qualification, candidates: list[Candidate], setting: Setting) -> dict[str, Any]:
    document = stacking_proof(
        evaluate(qualification, candidates, setting),
        qualification,
        candidates,
        setting,
        id="urn:uuid:proof",
        award="urn:uuid:award",
        learner=LEARNER,
        engine="creditbank/0.1.0",
    )
    return load_object(canonical_json(document))


def confirmed(qualification: Qualification, candidates: list[Candidate], setting: Setting) -> bool:
    """Whether it adds up; a yes is proven, confirmed with its exceptions, and refused without them."""
    found = evaluate(qualification, candidates, setting)
    if found.adds_up:
        proof = read_proof(prove(qualification, candidates, setting))
        assert check(proof, qualification, facts_of(candidates), setting) == ()
        if proof.exceptions:
            bare = dataclasses.replace(setting, exceptions=())
            assert check(proof, qualification, facts_of(candidates), bare) != ()
    return found.adds_up


def node(found: Evaluation, path: str) -> NodeView:
    pending = [found.tree]
    while pending:
        view = pending.pop()
        if view.path == path:
            return view
        pending += view.children
    raise AssertionError(path)


def places(found: Evaluation) -> dict[str, tuple[str, ...]]:
    return {use.credential.removeprefix("urn:uuid:"): use.places for use in found.uses}


def test_without_an_exception_these_units_do_not_add_up() -> None:
    assert not confirmed(CORE, UNITS, setting_of())


class TestAlsoAllow:
    @pytest.mark.parametrize("named", [{"credential": "urn:uuid:x"}, {"achievement": "urn:x"}])
    def test_a_unit_named_by_credential_or_achievement_fills_the_place(self, named: dict[str, str]) -> None:
        setting = with_exceptions(exception(CORE, "also-allow", "root/core", **named))
        assert confirmed(CORE, UNITS, setting)
        found = evaluate(CORE, UNITS, setting)
        assert places(found)["x"] == ("root/core",)
        assert {use.credential: use.exceptions for use in found.uses} == {
            "urn:uuid:c": (),
            "urn:uuid:x": ("sample-also-allow",),
            "urn:uuid:y": (),
        }

    def test_another_unit_is_not_allowed_with_it(self) -> None:
        elsewhere = [UNITS[0], *[dataclasses.replace(one) for one in UNITS[2:]], unit("z", "3")]
        assert not confirmed(
            CORE, elsewhere, with_exceptions(exception(CORE, "also-allow", "root/core", achievement="urn:x"))
        )

    def test_an_achievement_that_is_called_like_the_credential_is_not_allowed_with_it(self) -> None:
        posing = [UNITS[0], unit("w", "3", achievement="urn:uuid:x"), unit("z", "3")]
        assert not confirmed(
            CORE, posing, with_exceptions(exception(CORE, "also-allow", "root/core", credential="urn:uuid:x"))
        )

    def test_an_issuer_that_claims_the_same_first_issue_is_not_allowed_with_it(self) -> None:
        posing = [UNITS[0], unit("w", "3", first_issue="urn:uuid:x"), unit("z", "3")]
        assert not confirmed(
            CORE, posing, with_exceptions(exception(CORE, "also-allow", "root/core", credential="urn:uuid:x"))
        )

    def test_a_limit_speaks_of_it_too(self) -> None:
        level = {"id": "deep", "title": "Deep", "kind": "limit", "over": "counted", **only("core")}
        qualification = rules([place("all", credits_at_least="9"), level])
        assert not confirmed(qualification, UNITS, setting_of())
        setting = with_exceptions(exception(qualification, "also-allow", "root/deep", credential="urn:uuid:y"))
        assert confirmed(qualification, UNITS, setting)
        used = {use.credential: use.exceptions for use in evaluate(qualification, UNITS, setting).uses}
        assert used["urn:uuid:y"] == ("sample-also-allow",)

    def test_a_unit_that_fits_anyway_rests_on_nothing(self) -> None:
        setting = with_exceptions(exception(CORE, "also-allow", "root/core", credential="urn:uuid:c"))
        assert all(not use.exceptions for use in evaluate(CORE, UNITS, setting).uses)


class TestBlock:
    FREE = rules([place("one"), place("two", credits_at_least="3")])

    @pytest.mark.parametrize("named", [{"credential": "urn:uuid:x"}, {"achievement": "urn:x"}])
    def test_a_unit_fills_the_place_no_longer(self, named: dict[str, str]) -> None:
        assert confirmed(self.FREE, UNITS, setting_of())
        found = evaluate(self.FREE, UNITS, with_exceptions(exception(self.FREE, "block", "root/one", **named)))
        assert found.adds_up
        assert places(found)["x"] == ("root/two",)

    def test_at_the_root_it_never_counts_and_says_by_which_exception(self) -> None:
        setting = with_exceptions(exception(self.FREE, "block", "root", credential="urn:uuid:x"))
        assert not confirmed(self.FREE, UNITS, setting)
        (left,) = evaluate(self.FREE, UNITS, setting).not_counted
        assert (left.credential, left.slug) == ("urn:uuid:x", "blocked")
        assert "sample-block" in left.sentence

    def test_a_correction_of_the_credential_is_blocked_too(self) -> None:
        corrected = [*UNITS[:1], unit("x2", "3", first_issue="urn:uuid:x"), UNITS[2]]
        assert confirmed(self.FREE, corrected, setting_of())
        assert not confirmed(
            self.FREE, corrected, with_exceptions(exception(self.FREE, "block", "root", credential="urn:uuid:x"))
        )

    def test_at_a_group_no_place_below_it_takes_the_unit(self) -> None:
        group = {"id": "half", "title": "Half", "kind": "all", "of": [place("one", credits_at_least="3"), place("two")]}
        qualification = rules([group, place("rest", credits_at_least="3")])
        four = [*UNITS, unit("v", "3")]
        found = evaluate(
            qualification, four, with_exceptions(exception(qualification, "block", "root/half", achievement="urn:x"))
        )
        assert found.adds_up
        assert places(found)["x"] == ("root/rest",)


class TestPin:
    TWO = rules([place("one", credits_at_least="3"), place("two", **only("core", credits_at_least="3"))])
    PAIR: ClassVar = [unit("a", "3", categories=["core"]), unit("b", "3", categories=["core"])]

    def test_the_unit_fills_that_place_and_the_engine_arranges_the_rest(self) -> None:
        assert places(evaluate(self.TWO, self.PAIR, setting_of())) == {"a": ("root/one",), "b": ("root/two",)}
        setting = with_exceptions(exception(self.TWO, "pin", "root/two", credential="urn:uuid:a"))
        assert confirmed(self.TWO, self.PAIR, setting)
        found = evaluate(self.TWO, self.PAIR, setting)
        assert places(found) == {"a": ("root/two",), "b": ("root/one",)}
        assert [use.exceptions for use in found.uses] == [("sample-pin",), ()]

    def test_a_pin_can_make_a_yes_impossible(self) -> None:
        mixed = [unit("a", "3", categories=["core"]), unit("b", "3")]
        assert confirmed(self.TWO, mixed, setting_of())
        assert not confirmed(
            self.TWO, mixed, with_exceptions(exception(self.TWO, "pin", "root/one", credential="urn:uuid:a"))
        )

    def test_the_place_holds_only_with_it(self) -> None:
        three = [*self.PAIR, unit("c", "3", categories=["core"])]
        setting = with_exceptions(exception(self.TWO, "pin", "root/two", credential="urn:uuid:c"))
        assert places(evaluate(self.TWO, three, setting))["c"] == ("root/two",)

    def test_a_unit_that_may_not_be_counted_holds_nothing_and_is_listed(self) -> None:
        three = [*self.PAIR, unit("c", "3", categories=["core"], revoked=True)]
        setting = with_exceptions(exception(self.TWO, "pin", "root/two", credential="urn:uuid:c"))
        assert confirmed(self.TWO, three, setting)
        found = evaluate(self.TWO, three, setting)
        assert found.exceptions == ()
        (aside,) = found.set_aside
        assert (aside.exception, aside.slug) == ("sample-pin", "nothing-to-pin")

    def test_a_unit_that_does_not_fit_the_place_is_told_so(self) -> None:
        three = [*self.PAIR, unit("c", "3")]
        found = evaluate(
            self.TWO, three, with_exceptions(exception(self.TWO, "pin", "root/two", credential="urn:uuid:c"))
        )
        assert found.adds_up
        assert "also allow it there" in found.set_aside[0].sentence

    def test_with_also_allow_a_pin_forces_a_unit_into_a_place(self) -> None:
        mixed = [unit("a", "3", categories=["core"]), unit("b", "3")]
        setting = with_exceptions(
            exception(self.TWO, "pin", "root/two", credential="urn:uuid:b"),
            exception(self.TWO, "also-allow", "root/two", credential="urn:uuid:b"),
        )
        assert confirmed(self.TWO, mixed, setting)
        uses = {use.credential: use for use in evaluate(self.TWO, mixed, setting).uses}
        assert uses["urn:uuid:b"].exceptions == ("sample-also-allow", "sample-pin")

    def test_a_place_that_the_answer_does_not_need_binds_no_pinned_unit(self) -> None:
        either = rules([place("one", credits_at_least="9"), place("two", credits_at_least="3")], kind="any")
        setting = with_exceptions(exception(either, "pin", "root/one", credential="urn:uuid:a"))
        found = evaluate(either, self.PAIR, setting)
        assert found.adds_up
        assert places(found) == {"b": ("root/two",)}


class TestSubstitute:
    NAMED = rules([place("named", credits_at_least="3", where={"achievement": ["urn:old"]})])

    def test_an_achievement_is_accepted_for_another(self) -> None:
        assert not confirmed(self.NAMED, UNITS, setting_of())
        one = exception(self.NAMED, "substitute", "root", instead_of="urn:old", accepted=["urn:x"])
        assert confirmed(self.NAMED, UNITS, with_exceptions(one))
        (use,) = evaluate(self.NAMED, UNITS, with_exceptions(one)).uses
        assert (use.credential, use.exceptions) == ("urn:uuid:x", ("sample-substitute",))

    def test_it_does_not_run_the_other_way(self) -> None:
        other = rules([place("named", credits_at_least="3", where={"achievement": ["urn:x"]})])
        old = [unit("o", "3", achievement="urn:x2")]
        one = exception(other, "substitute", "root", instead_of="urn:x", accepted=["urn:old"])
        assert not confirmed(other, old, with_exceptions(one))


class TestChangeLimit:
    CAPPED = rules(
        [
            place("all", credits_at_least="9"),
            {
                "id": "cap",
                "title": "Cap",
                "kind": "limit",
                "over": "counted",
                "credits_at_most": "3",
                "per": "provider",
            },
        ]
    )

    def test_a_higher_maximum_lets_the_units_count(self) -> None:
        assert not confirmed(self.CAPPED, UNITS, setting_of())
        one = exception(self.CAPPED, "change-limit", "root/cap", bound="credits_at_most", value="9")
        assert confirmed(self.CAPPED, UNITS, with_exceptions(one))
        less = exception(self.CAPPED, "change-limit", "root/cap", bound="credits_at_most", value="8.999")
        assert not confirmed(self.CAPPED, UNITS, with_exceptions(less))

    def test_a_stricter_bound_turns_a_yes_into_a_no(self) -> None:
        three = rules([place("all", units_at_least=3)])
        assert confirmed(three, UNITS, setting_of())
        one = exception(three, "change-limit", "root/all", bound="units_at_least", value=4)
        assert not confirmed(three, UNITS, with_exceptions(one))

    def test_fewer_nodes_of_a_group_are_asked_for(self) -> None:
        two = rules([place(name, **only(name)) for name in ("core", "other", "third")], kind="n-of", n=2)
        assert not confirmed(two, UNITS, setting_of())
        assert confirmed(two, UNITS, with_exceptions(exception(two, "change-limit", "root", bound="n", value=1)))

    def test_a_later_decision_about_the_same_bound_replaces_the_earlier(self) -> None:
        first = exception(self.CAPPED, "change-limit", "root/cap", id="first", bound="credits_at_most", value="9")
        later = exception(
            self.CAPPED,
            "change-limit",
            "root/cap",
            id="again",
            bound="credits_at_most",
            value="6",
            decided="2026-02-01",
        )
        for setting in (with_exceptions(first, later), with_exceptions(later, first)):
            found = evaluate(self.CAPPED, UNITS, setting)
            assert not found.adds_up
            assert [one.exception.id for one in found.exceptions] == ["again"]
            assert [(one.exception, one.slug) for one in found.set_aside] == [("first", "replaced")]


class TestWaive:
    def test_a_requirement_holds_by_itself_and_is_drawn_as_waived(self) -> None:
        setting = with_exceptions(exception(CORE, "waive", "root/core"))
        assert confirmed(CORE, UNITS, setting)
        found = evaluate(CORE, UNITS, setting)
        view = node(found, "root/core")
        assert view.status is Status.WAIVED
        for said in ("examination board", "2026-01-15", "A sample, made for tests."):
            assert said in view.sentence
        assert view.exceptions == ("sample-waive",)
        assert node(found, "root/free").status is Status.MET
        assert node(found, "root").sentence == "1 of 2 holds, 1 waived; all are needed."

    def test_no_unit_fills_a_waived_place(self) -> None:
        found = evaluate(CORE, UNITS, with_exceptions(exception(CORE, "waive", "root/core")))
        assert all("root/core" not in use.places for use in found.uses)

    def test_its_total_says_that_it_is_waived(self) -> None:
        setting = with_exceptions(exception(CORE, "waive", "root/core"))
        totals = {total["node"]: total for total in prove(CORE, UNITS, setting)["totals"]}
        assert totals["root/core"]["waived"] == "sample-waive"
        assert "waived" not in totals["root/free"]

    def test_a_waived_limit_binds_nothing(self) -> None:
        capped = TestChangeLimit.CAPPED
        assert confirmed(capped, UNITS, with_exceptions(exception(capped, "waive", "root/cap")))

    def test_a_group_is_waived_with_everything_below_it(self) -> None:
        inner = {"id": "inner", "title": "Inner", "kind": "all", "of": [place("a"), place("b", **only("none"))]}
        qualification = rules([inner, place("free", credits_at_least="3")])
        setting = with_exceptions(exception(qualification, "waive", "root/inner"))
        assert confirmed(qualification, UNITS, setting)
        found = evaluate(qualification, UNITS, setting)
        assert [child.status for child in node(found, "root/inner").children] == [Status.WAIVED] * 2
        assert [total["node"] for total in prove(qualification, UNITS, setting)["totals"]] == [
            "root/inner",
            "root/free",
        ]

    def test_what_stands_beside_it_must_still_hold(self) -> None:
        assert not confirmed(CORE, UNITS, with_exceptions(exception(CORE, "waive", "root/free")))

    def test_a_rule_over_what_was_attempted_can_be_waived(self) -> None:
        attempted = {"id": "a", "title": "A", "kind": "limit", "over": "attempted", "units_at_most": 1}
        qualification = rules([place("all"), attempted])
        assert not confirmed(qualification, UNITS, setting_of())
        setting = with_exceptions(exception(qualification, "waive", "root/a"))
        assert confirmed(qualification, UNITS, setting)
        assert "attempted" not in prove(qualification, UNITS, setting)


class TestWhichHold:
    WAIVE = exception(CORE, "waive", "root/core")

    @pytest.mark.parametrize(
        ("slug", "change"),
        [
            ("other-learner", {"learner": "did:key:z6MkSomebodyElse"}),
            ("other-body", {"by": "did:web:other.example"}),
            ("other-text", {"rules": {"id": "sample", "version": "1", "digest": f"sha256:{'0' * 64}"}}),
            ("not-in-force", {"decided": "2026-06-02"}),
            ("not-in-force", {"valid_until": "2026-05-31"}),
        ],
    )
    def test_any_other_counts_for_nothing_and_is_reported(self, slug: str, change: dict[str, Any]) -> None:
        setting = with_exceptions(exception(CORE, "waive", "root/core", **change))
        found = evaluate(CORE, UNITS, setting)
        assert not found.adds_up
        assert found.exceptions == ()
        assert [(one.exception, one.slug) for one in found.set_aside] == [("sample-waive", slug)]

    def test_it_holds_on_its_first_and_its_last_day(self) -> None:
        setting = with_exceptions(exception(CORE, "waive", "root/core", decided="2026-06-01", valid_until="2026-06-01"))
        assert confirmed(CORE, UNITS, setting)

    def test_nothing_of_another_learners_exception_is_told(self) -> None:
        other = exception(CORE, "waive", "root/core", learner="did:key:z6MkSomebodyElse", reason="Illness.")
        told = canonical_json(evaluate(CORE, UNITS, with_exceptions(other)).to_json())
        assert b"Illness" not in told
        assert b"SomebodyElse" not in told

    def test_taking_it_away_gives_the_answer_without_it_to_the_byte(self) -> None:
        plain = evaluate(CORE, UNITS, setting_of())
        with_it = evaluate(CORE, UNITS, with_exceptions(self.WAIVE))
        assert with_it.digest != plain.digest
        assert evaluate(CORE, UNITS, with_exceptions()).digest == plain.digest

    def test_digests_name_the_rules_as_published(self) -> None:
        found = evaluate(CORE, UNITS, with_exceptions(self.WAIVE))
        assert found.qualification == DocumentRef.of(CORE)
        assert DocumentRef.of(self.WAIVE) in found.documents

    def test_the_evaluation_tells_who_why_and_when(self) -> None:
        document: Any = evaluate(CORE, UNITS, with_exceptions(self.WAIVE)).to_json()
        (told,) = document["exceptions"]
        assert {name: told[name] for name in ("id", "kind", "node", "by", "decidedBy", "decided", "reason")} == {
            "id": "sample-waive",
            "kind": "waive",
            "node": "root/core",
            "by": "did:web:awarding.example",
            "decidedBy": "examination board",
            "decided": "2026-01-15",
            "reason": "A sample, made for tests.",
        }

    def test_a_headline_says_that_there_are_exceptions(self) -> None:
        assert (
            "It rests on 1 exception for this learner." in evaluate(CORE, UNITS, with_exceptions(self.WAIVE)).sentence
        )

    def test_a_learner_without_a_unit_has_exceptions_where_the_setting_says_who_it_is(self) -> None:
        whole = rules([place("core"), place("more")], kind="any")
        one = exception(whole, "waive", "root/core")
        assert not evaluate(whole, [], with_exceptions(one)).adds_up
        known = dataclasses.replace(with_exceptions(one), learner=LEARNER)
        assert confirmed(whole, [], known)
        other = dataclasses.replace(known, learner="did:key:z6MkSomebodyElse")
        assert not evaluate(whole, [], other).adds_up
        assert not evaluate(whole, [unit("a", "1", subject="did:key:z6MkSomebodyElse")], known).adds_up


class TestContradictions:
    BOUND = exception(CORE, "change-limit", "root/core", bound="credits_at_least", value="3")

    @pytest.mark.parametrize(
        "pair",
        [
            (exception(CORE, "waive", "root/core"), BOUND),
            (
                exception(CORE, "pin", "root/core", credential="urn:uuid:x"),
                exception(CORE, "block", "root", credential="urn:uuid:x"),
            ),
            (
                exception(CORE, "pin", "root/core", credential="urn:uuid:x"),
                exception(CORE, "pin", "root/free", id="other-pin", credential="urn:uuid:x"),
            ),
            (
                exception(CORE, "also-allow", "root/core", achievement="urn:x"),
                exception(CORE, "block", "root/core", achievement="urn:x"),
            ),
            (BOUND, exception(CORE, "change-limit", "root/core", id="b", bound="credits_at_least", value="4")),
            (exception(CORE, "waive", "root/core"), exception(CORE, "waive", "root/free")),
        ],
        ids=["waive-and-change", "pin-and-block", "two-places", "allow-and-block", "two-values", "one-id"],
    )
    def test_are_refused_by_engine_and_checker_in_either_order(self, pair: tuple[Any, Any]) -> None:
        proof = read_proof(prove(CORE, UNITS, with_exceptions(exception(CORE, "waive", "root/core"))))
        for setting in (with_exceptions(*pair), with_exceptions(*reversed(pair))):
            with pytest.raises(ContradictingExceptions) as refusal:
                evaluate(CORE, UNITS, setting)
            assert refusal.value.next_step
            faults = check(proof, CORE, facts_of(UNITS), setting)
            assert [fault.slug for fault in faults] == ["contradicting-exceptions"]

    def test_what_does_not_hold_contradicts_nothing(self) -> None:
        ended = self.BOUND.model_copy(update={"valid_until": "2026-05-01"})
        assert confirmed(CORE, UNITS, with_exceptions(exception(CORE, "waive", "root/core"), ended))

    def test_a_hundred_are_weighed_and_more_are_refused_by_engine_and_checker(self) -> None:
        proof = read_proof(prove(CORE, UNITS, with_exceptions(exception(CORE, "waive", "root/core"))))
        many = [exception(CORE, "also-allow", "root/core", id=f"e{n}", credential=f"urn:{n}") for n in range(100)]
        assert not confirmed(CORE, UNITS, with_exceptions(*many))
        assert confirmed(
            CORE, UNITS, with_exceptions(*many[1:], exception(CORE, "also-allow", "root/core", credential="urn:uuid:x"))
        )
        more = with_exceptions(*many, exception(CORE, "block", "root", achievement="urn:y"))
        with pytest.raises(TooManyExceptions):
            evaluate(CORE, UNITS, more)
        assert [fault.slug for fault in check(proof, CORE, facts_of(UNITS), more)] == ["too-many-exceptions"]

    def test_the_same_exception_given_twice_is_one(self) -> None:
        once = evaluate(CORE, UNITS, with_exceptions(exception(CORE, "waive", "root/core")))
        twice = evaluate(CORE, UNITS, with_exceptions(*[exception(CORE, "waive", "root/core")] * 2))
        assert once.digest == twice.digest


def test_an_exception_that_does_not_fit_its_text_is_no_reason_to_guess() -> None:
    setting = with_exceptions(exception(CORE, "waive", "root/cores"))
    with pytest.raises(DocumentFaults) as refusal:
        evaluate(CORE, UNITS, setting)
    assert "Did you mean root/core?" in refusal.value.next_step


def test_a_what_if_counts_with_exceptions_too() -> None:
    ahead = dataclasses.replace(UNITS[1], standing=Standing.PLANNED)
    setting = with_exceptions(exception(CORE, "waive", "root/core"))
    found = evaluate(CORE, [ahead], setting, what_if=WhatIf(day=date(2026, 6, 1)))
    assert found.adds_up
    with pytest.raises(NothingToProve):
        stacking_proof(found, CORE, [ahead], setting, id="p", award="a", learner=LEARNER, engine="e")


def test_of_several_awards_at_once_each_has_its_own_exceptions() -> None:
    other = rules([place("other", **only("none"))], id="sample-two", title="Another award")
    both = [
        (CORE, with_exceptions(exception(CORE, "waive", "root/core"))),
        (other, with_exceptions(exception(other, "also-allow", "root/other", id="second", achievement="urn:x"))),
    ]
    more = [*UNITS, unit("v", "3", categories=["none"])]
    assert not evaluate_jointly([(CORE, setting_of()), (other, setting_of())], more).adds_up
    found = evaluate_jointly(both, more)
    assert found.adds_up
    assert [[one.exception.id for one in award.exceptions] for award in found.awards] == [["sample-waive"], ["second"]]


@pytest.mark.parametrize(("scale", "beyond", "reachable"), [(["0", "4"], "4.1", "4"), (["5", "1"], "0.9", "1")])
def test_a_mean_that_no_grade_of_the_scale_reaches_is_refused(scale: list[str], beyond: str, reachable: str) -> None:
    mean = {"id": "mean", "title": "Mean", "kind": "limit", "over": "counted", "grading": "own", "mean_at_least": "2"}
    need = {"id": "need", "title": "Need", "kind": "requirement", "credits_at_least": "3"}
    asked = rules([need, mean], grading={"own": {"numbers": scale}})
    held = [unit("a", about={"grades": (("own", reachable),)})]

    def evaluated(value: str) -> Evaluation:
        one = exception(asked, "change-limit", "root/mean", bound="mean_at_least", value=value)
        return evaluate(asked, held, with_exceptions(one))

    assert evaluated(reachable).adds_up
    with pytest.raises(DocumentFaults) as refusal:
        evaluated(beyond)
    (fault,) = refusal.value.faults
    assert (fault.slug, fault.path) == ("wrong-value", "value")
    assert f"no grade of the scale is better than {scale[1]}" in fault.sentence


def test_on_a_scale_of_named_grades_the_best_points_are_the_end() -> None:
    grades = [{"code": "F"}, {"code": "C", "points": "2"}, {"code": "A", "points": "4.5"}]
    mean = {"id": "mean", "title": "Mean", "kind": "limit", "over": "counted", "grading": "own", "mean_at_least": "2"}
    need = {"id": "need", "title": "Need", "kind": "requirement", "credits_at_least": "3"}
    asked = rules([need, mean], grading={"own": {"grades": grades}})
    for value, fine in (("4.5", True), ("4.6", False)):
        one = exception(asked, "change-limit", "root/mean", bound="mean_at_least", value=value)
        assert bool(exception_faults(one, asked)) is not fine


def test_what_a_waived_group_shared_is_shared_with_nothing() -> None:
    """A permission to share may name a place in the group: the rules are weighed without it."""
    group = {"id": "group", "title": "Group", "kind": "all", "of": [place("inner", **only("inner"))]}
    share = {"id": "share", "title": "May be both", "between": ["core", "inner"]}
    asked = rules([place("core", **only("core")), group], sharing=[share])
    held = [unit("c", "6", categories=["core"])]
    assert not evaluate(asked, held, setting_of()).adds_up
    waived = with_exceptions(exception(asked, "waive", "root/group"))
    assert evaluate(asked, held, waived).adds_up
    assert confirmed(asked, held, waived)
    assert not evaluate(asked, [unit("o", "6", categories=["other"])], waived).adds_up
