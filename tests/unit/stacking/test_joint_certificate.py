"""Several awards as one problem: whatever refutes it, no answer to all of them together escapes it."""

from stacking_samples import rules, setting_of, unit
from test_joint_against_oracle import asked, candidate, random_awards

from creditbank.stacking import evaluate_jointly
from creditbank.stacking.allocation import feasible
from creditbank.stacking.coupling import feasible_jointly
from creditbank.stacking.joint_enumeration import refuted_jointly
from creditbank.stacking.joint_refutation import certified, merged
from creditbank.stacking.solver import Effort
from creditbank.stacking.weighing import build

ALL = ("root/p", "root/share")


def test_what_can_be_had_together_is_never_refuted_and_most_of_what_cannot_is() -> None:
    refused = found = 0
    for seed in range(120):
        awards, _ = random_awards(seed)
        candidates = [candidate(thing) for thing in awards[0].things]
        problems = [build(rules_, candidates, setting)[0] for rules_, setting in asked(awards, candidates)]
        can = feasible_jointly(problems, (), Effort(8000))
        assert not can or feasible(merged(problems), Effort(8000)), seed
        proven = certified(problems, {award: problem.leaves for award, problem in enumerate(problems)}, Effort(8000))
        assert not (can and proven), seed
        refused += not can
        found += proven
    assert found > refused * 0.9 > 30


def test_parts_that_are_too_many_to_try_are_refuted_by_a_certificate() -> None:
    """Nine credits for two awards of four each; but at most half of each comes from one body, so that three of the
    others let no more than six count.
    """
    share = {"id": "share", "title": "Not all from one", "kind": "limit", "over": "counted", "per": "provider"}
    place = {"id": "p", "title": "Units", "kind": "requirement", "credits_at_least": "4"}
    one, other = (
        rules([place, {**share, "share_at_most": "1/2"}], id=id, title=id, admits={"whole_units": False})
        for id in ("a", "b")
    )
    units = [unit("1", "6", provider="x"), unit("2", "1.5", provider="y"), unit("3", "1.5", provider="z")]
    found = evaluate_jointly([(one, setting_of()), (other, setting_of())], units)
    assert (found.adds_up, found.alone, found.proven) == (False, ("a", "b"), True)
    assert refuted_jointly([build(rules_, units, setting_of())[0] for rules_ in (one, other)], {0: ALL, 1: ALL}) is None
