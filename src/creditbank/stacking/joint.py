"""Do these units add up to all of these qualifications together? A unit, or each part of it, counts in one award only.

Each award keeps its own rules, setting, counted total, shares and places; it admits, converts and levels units in its
own way. What they have in common is the units: of each of them they count together no more than is left of it, in its
own credits, to the thousandth. Of one issue only one credential counts, in whatever award. Awards whose rules repeat
each other's content or achievement are not in each other's way: those are rules within one award.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from creditbank.canonical import Digest, JsonObject, json_digest
from creditbank.errors import BadInput
from creditbank.framework.qualification import Qualification
from creditbank.stacking.collision import Collision, colliding_pairs, find_collision
from creditbank.stacking.coupling import Answer, decide_jointly
from creditbank.stacking.evaluation import (
    MAX_CANDIDATES,
    ORDERING,
    WORK,
    Evaluation,
    Stopped,
    Verdict,
    affirmed,
    evaluate,
    order_stopped,
)
from creditbank.stacking.excepting import under_exceptions
from creditbank.stacking.problem import NotCounted, Problem
from creditbank.stacking.rule import bundle_of
from creditbank.stacking.setting import Candidate, RuleNotWeighed, Setting, require_applicable
from creditbank.stacking.solver import Effort, Stop, TooComplex
from creditbank.stacking.together import Overlap, Shared, UnclearSharing, check_jointly
from creditbank.stacking.weighing import build, learner_of

MAX_AWARDS: Final = 8


class UnclearAwards(BadInput):
    """Awards are weighed together on one day, each by one set of rules: two of them at least, and eight at most."""

    slug = "unclear-awards"


@dataclass(frozen=True, slots=True)
class JointEvaluation:
    """A dated fact: these units, for these awards together, and what came out.

    `awards` holds one evaluation for each, in the order of the ids of their qualifications: for a yes its part of the
    joint answer, otherwise how it stands by itself. `pairs` are the awards, each of which can be had by itself, that
    already collide two by two. `proven` tells that the verdict rests on two routes.
    """

    verdict: Verdict
    sentence: str
    proven: bool
    date: datetime.date
    awards: tuple[Evaluation, ...]
    shared: tuple[Shared, ...]
    overlaps: tuple[Overlap, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    collision: Collision | None = None
    stopped: tuple[Stopped, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether all awards can be had together."""
        return self.verdict is Verdict.ADDS_UP

    @property
    def alone(self) -> tuple[str, ...]:
        """The qualifications (by id) that can be had by themselves."""
        return tuple(one.qualification.id for one in self.awards if one.adds_up)

    @property
    def digest(self) -> Digest:
        """SHA-256 over the canonical form: the same wherever it was made."""
        return json_digest(self.to_json())

    def to_json(self) -> JsonObject:
        """The joint evaluation as a JSON document (`creditbank/joint-evaluation/v1`)."""
        return {
            "document": "creditbank/joint-evaluation/v1",
            "verdict": self.verdict.value,
            "sentence": self.sentence,
            "proven": self.proven,
            "date": self.date.isoformat(),
            "awards": [one.to_json() for one in self.awards],
            "shared": [decision.to_json() for decision in self.shared],
            "overlaps": [overlap.to_json() for overlap in self.overlaps],
            "alone": list(self.alone),
            "pairs": [list(pair) for pair in self.pairs],
            "collision": self.collision.to_json() if self.collision else None,
            "stopped": [stop.to_json() for stop in self.stopped],
        }


Asked = tuple[Qualification, Setting]
Found = TypeVar("Found")


@dataclass
class _Bench:
    """What is weighed, and what was left undone."""

    asked: list[Asked]
    candidates: Sequence[Candidate]
    shared: tuple[Shared, ...]
    limit: int
    stopped: list[Stopped]
    stop: Stop | None = None

    @property
    def setting(self) -> Setting:
        return self.asked[0][1]

    def part(self, name: str, work: Callable[[Effort], Found]) -> Found | None:
        try:
            return work(Effort(self.limit, self.stop))
        except TooComplex as limit:
            self.stopped.append(Stopped(name, limit.limit, limit.told(self.setting.wording)))
            return None


def evaluate_jointly(
    asked: Sequence[Asked],
    candidates: Sequence[Candidate],
    *,
    shared: Sequence[Shared] = (),
    limit: int = WORK,
    stop: Stop | None = None,
) -> JointEvaluation:
    """Decide exactly whether the candidates satisfy all qualifications together, each in its own setting.

    Neither the order of what is asked nor that of the candidates matters. `shared` are decisions by which two of the
    awards may both count some of the units; without them nothing counts twice. What counts for lower awards (`held`) is
    left there. Raises `UnclearAwards`, `UnclearSharing`, and what `evaluate` raises; an instance too hard for `limit`
    gets the verdict `too-complex`, and `stop` may end the search without an answer.
    """
    bench = _Bench(sorted(asked, key=lambda one: one[0].id), candidates, _in_order(asked, shared), limit, [], stop)
    ids = [qualification.id for qualification, _ in bench.asked]
    if not 2 <= len(set(ids)) == len(ids) <= MAX_AWARDS or len({setting.date for _, setting in asked}) > 1:
        raise UnclearAwards(
            f"{len(ids)} awards were asked for: {', '.join(ids)}.",
            next_step=f"Ask for 2 to {MAX_AWARDS} qualifications, each of them once, all as of one day.",
        )
    for qualification, setting in bench.asked:
        require_applicable(under_exceptions(qualification, setting, learner_of(bench.candidates, setting)), setting)
    if len(candidates) > MAX_CANDIDATES:
        sentence = bench.setting.wording.say("evaluation.too-many", count=len(candidates), most=MAX_CANDIDATES)
        bench.stopped.append(Stopped("decision", "units", sentence))
        return _no(bench, [])
    for qualification, _ in bench.asked:
        if any(bundle_of(candidate.facts, qualification) for candidate in candidates):
            raise RuleNotWeighed(
                f"{qualification.id} takes credentials apart into parts, and several awards together cannot say which"
                " part of one each of them counts.",
                place="bundles",
                next_step="Evaluate one award at a time.",
            )
    built = bench.part("decision", lambda _: [build(rules, candidates, setting) for rules, setting in bench.asked])
    if built is None:
        return _no(bench, [])
    problems = [problem for problem, _ in built]
    ordering = Effort(min(limit, ORDERING) * len(problems), stop)
    found = bench.part("decision", lambda effort: decide_jointly(problems, bench.shared, effort, ordering))
    if found is None or found[0] is None:
        return _no(bench, problems)
    answer, unordered = found
    assert answer is not None, "a no was answered before"
    if unordered is not None:
        bench.stopped.append(order_stopped(unordered, bench.setting.wording))
    return _yes(bench, problems, [refused for _, refused in built], answer)


def _in_order(asked: Sequence[Asked], shared: Sequence[Shared]) -> tuple[Shared, ...]:
    ids = {qualification.id for qualification, _ in asked}
    names = [decision.id for decision in shared]
    if len(set(names)) < len(names) or any(not ids.issuperset(decision.between) for decision in shared):
        raise UnclearSharing(
            f"The permissions {', '.join(names)} do not each speak of two awards that are asked for.",
            next_step="Give each permission its own id, and name two of the qualifications.",
        )
    return tuple(sorted(shared, key=lambda decision: decision.id))


def _yes(
    bench: _Bench, problems: Sequence[Problem], refused: Sequence[Sequence[NotCounted]], answer: Answer
) -> JointEvaluation:
    allocations, overlaps = answer
    awards = []
    for problem, allocation, left_out in zip(problems, allocations, refused, strict=True):
        part = affirmed(problem, allocation, bench.candidates, left_out, limit=bench.limit, stop=bench.stop)
        elsewhere = {
            use.credential: other.qualification.title
            for other, more in zip(problems, allocations, strict=True)
            for use in more.uses
            if other is not problem
        }
        awards.append(replace(part, not_counted=_elsewhere(part.not_counted, elsewhere, problem.setting)))
    facts = {candidate.digest: candidate.facts for candidate in bench.candidates}
    uses = {one.qualification.id: one.uses for one in awards}
    faults = check_jointly(uses, facts, bench.shared, overlaps)
    assert not faults, f"nothing counts twice: {faults}"
    return JointEvaluation(
        Verdict.ADDS_UP,
        _yes_sentence(bench, awards, overlaps),
        proven=True,
        date=bench.setting.date,
        awards=tuple(awards),
        shared=bench.shared,
        overlaps=overlaps,
        stopped=tuple(bench.stopped),
    )


def _elsewhere(items: Sequence[NotCounted], titles: dict[str, str], setting: Setting) -> tuple[NotCounted, ...]:
    """What another award counts is not merely unneeded here."""
    return tuple(
        replace(
            item,
            slug="counts-elsewhere",
            sentence=setting.wording.say("joint.counts-elsewhere", award=titles[item.credential]),
        )
        if item.slug == "not-needed" and item.credential in titles
        else item
        for item in items
    )


def _yes_sentence(bench: _Bench, awards: Sequence[Evaluation], overlaps: Sequence[Overlap]) -> str:
    wording = bench.setting.wording
    parts = [
        wording.say(
            "joint.part",
            credits=wording.credits(one.totals.counted.thousandths),
            title=qualification.title,
            body=setting.name_of(setting.awarding),
        )
        for one, (qualification, setting) in zip(awards, bench.asked, strict=True)
    ]
    if not overlaps:
        return wording.say("joint.adds-up", parts=wording.listed(parts))
    return wording.count(
        "joint.adds-up-shared",
        len(overlaps),
        parts=wording.listed(parts),
        units=wording.units(len(overlaps)),
        decisions=wording.listed(sorted({overlap.decision for overlap in overlaps})),
    )


def _no(bench: _Bench, problems: Sequence[Problem]) -> JointEvaluation:
    """Each award by itself; then, where each can be had, which of them collide, and by which rules."""
    free = [replace(candidate, held=()) for candidate in bench.candidates]
    awards = [
        evaluate(qualification, free, setting, limit=bench.limit, stop=bench.stop)
        for qualification, setting in bench.asked
    ]
    short = next((one for one in awards if one.verdict is Verdict.FALLS_SHORT), None)
    undecided = any(stop.part == "decision" for stop in bench.stopped)
    pairs: tuple[tuple[str, str], ...] | None = ()
    collision = None
    if short is not None:
        collision = _alone(bench, short)
    elif not undecided:
        pairs = bench.part("pairs", lambda effort: colliding_pairs(problems, bench.shared, effort))
        collision = bench.part("collision", lambda effort: find_collision(problems, bench.shared, effort))
    verdict = Verdict.TOO_COMPLEX if undecided and short is None else Verdict.FALLS_SHORT
    return JointEvaluation(
        verdict,
        _no_sentence(bench, verdict, awards, collision),
        proven=collision is not None and collision.proven,
        date=bench.setting.date,
        awards=tuple(awards),
        shared=bench.shared,
        pairs=pairs or (),
        collision=collision,
        stopped=tuple(bench.stopped),
    )


def _alone(bench: _Bench, short: Evaluation) -> Collision:
    """The collision of an award that cannot be had even by itself."""
    wording, name = bench.setting.wording, short.qualification.id
    title = next(qualification.title for qualification, _ in bench.asked if qualification.id == name)
    said = [short.conflict.sentence] if short.conflict is not None else []
    return Collision(
        (name,),
        ((name, short.conflict.rules if short.conflict is not None else ()),),
        wording.sentences(wording.say("joint.even-alone", award=title), *said),
        proven=short.proven,
    )


def _no_sentence(bench: _Bench, verdict: Verdict, awards: Sequence[Evaluation], collision: Collision | None) -> str:
    wording = bench.setting.wording
    if verdict is Verdict.TOO_COMPLEX:
        return wording.sentences(wording.say("evaluation.uncertain"), bench.stopped[0].sentence)
    can = [rules.title for (rules, _), one in zip(bench.asked, awards, strict=True) if one.adds_up]
    if len(can) == len(awards):
        alone = wording.say("joint.alone-all")
    elif can:
        alone = wording.say("joint.alone-some", awards=wording.titles(can))
    else:
        alone = wording.say("joint.alone-none")
    said = [collision.sentence] if collision is not None else []
    return wording.sentences(wording.say("joint.falls-short"), *said, alone)
