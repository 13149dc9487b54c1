"""Weigh a learner's units against a qualification: the one entry to the engine.

A yes is an allocation that the checker has confirmed. A no comes with the gap, the rules that collide, and
the shortest way on. Whatever the counted bounds of the search leave open is named as such.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from creditbank.canonical import Digest, JsonObject, digest_text, json_digest
from creditbank.framework.qualification import PersonCheck, Qualification
from creditbank.stacking.allocation import Allocation, decide, fewer_at_most
from creditbank.stacking.checker import Recount, recount
from creditbank.stacking.excepting import Excepted, SetAside, applied, set_aside, told, under_exceptions
from creditbank.stacking.explanation import NodeView, draw, draw_unknown, totals_sentence
from creditbank.stacking.least import least_credits
from creditbank.stacking.leftover import left_over
from creditbank.stacking.messages import Wording
from creditbank.stacking.problem import NotCounted, Problem
from creditbank.stacking.proof import Attempt, DocumentRef, GivenUp, Use
from creditbank.stacking.setting import Candidate, Held, Setting, Standing, require_applicable
from creditbank.stacking.solver import Effort, Stop, TooComplex
from creditbank.stacking.weighing import build, learner_of
from creditbank.units import NONE, Credits

if TYPE_CHECKING:  # what a no, a what-if or a ladder needs is loaded by the first that asks for it
    from creditbank.stacking.conflict import Conflict
    from creditbank.stacking.gap import Gap
    from creditbank.stacking.pace import Offer, Pace
    from creditbank.stacking.path import NoPath, Path
    from creditbank.stacking.what_if import Supposed, WhatIf

WORK: Final = 8_000
"""How much counted work (see `solver.Effort`) each part of an evaluation may do."""
ORDERING: Final = 2_000
"""How much the search for the canonical one among answers that are equally good may do."""
MAX_CANDIDATES: Final = 2_000


class Verdict(StrEnum):
    """What an evaluation found."""

    ADDS_UP = "adds-up"
    FALLS_SHORT = "falls-short"
    TOO_COMPLEX = "too-complex"


@dataclass(frozen=True, slots=True)
class Stopped:
    """A part of the evaluation that reached a counted limit: `decision`, `order`, `gap`, `conflict` or `path`.

    `order` means that the answer is right, and that another one might count fewer credits or older units.
    """

    part: str
    limit: str
    sentence: str

    def to_json(self) -> JsonObject:
        """The stop as it stands in an evaluation."""
        return {"part": self.part, "limit": self.limit, "sentence": self.sentence}


def order_stopped(limit: TooComplex, wording: Wording, fewer: int | None = None) -> Stopped:
    """That an answer is certain, and not that it is the canonical one; and how many thousandths `fewer` another one
    counts at most, where that is known.
    """
    said = limit.told(wording)
    if limit.limit == "search-work":
        said = wording.say("evaluation.order-stopped", steps=limit.values["steps"])
    if fewer == 0:
        said = wording.sentences(said, wording.say("evaluation.none-fewer"))
    elif fewer is not None:
        said = wording.sentences(said, wording.say("evaluation.at-most-fewer", credits=wording.credits(fewer)))
    return Stopped("order", limit.limit, said)


@dataclass(frozen=True, slots=True)
class Totals:
    """Credits counted in the answer (for a no, in the closest one), and the fewest the rules can be met
    with at all.

    `needed` is None when no units could ever meet them.
    """

    counted: Credits
    needed: Credits | None


@dataclass(frozen=True, slots=True, order=True)
class Input:
    """A candidate as it was weighed: its credential by digest, and what the bank said of it on that day."""

    credential: str
    digest: Digest
    available: Credits
    expires: str
    revoked: bool
    standing: Standing = Standing.EARNED
    expected: str = ""
    held: tuple[Held, ...] = ()

    def to_json(self) -> JsonObject:
        """The input as it stands in an evaluation."""
        return {
            "credential": self.credential,
            "digest": digest_text(self.digest),
            "available": str(self.available),
            "expires": self.expires or None,
            "revoked": self.revoked,
            **({"standing": self.standing.value, "expected": self.expected} if self.expected else {}),
            **({"held": [held.to_json() for held in self.held]} if self.held else {}),
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A dated fact: these units, under these rules, in this setting, and what came out.

    `allocation` is there only for a yes that can be awarded. For a no, `tree` and `uses` show the closest answer; where
    a search stopped, the best that was found until then, and what that does not meet is not known.
    `proven` tells that the verdict rests on two routes: the checker for a yes, the exhaustive second route for a no.
    `documents` are the framework, conversions and recognitions it was weighed with, whether they came to bear or not.
    With `what_if` it is no fact: units were counted that are not earned yet, and `date` is the day of the question.
    """

    verdict: Verdict
    sentence: str
    proven: bool
    qualification: DocumentRef
    date: datetime.date
    awarding: str
    inputs: tuple[Input, ...]
    documents: tuple[DocumentRef, ...]
    allocation: tuple[Use, ...] | None
    uses: tuple[Use, ...]
    tree: NodeView
    not_counted: tuple[NotCounted, ...]
    gap: "Gap | None"
    conflict: "Conflict | None"
    path: "Path | None"
    totals: Totals
    stopped: tuple[Stopped, ...] = ()
    left_to_people: tuple[PersonCheck, ...] = ()
    """Conditions of the rules that no credential can show. The verdict is silent about them."""
    what_if: "Supposed | None" = None
    gives_up: tuple[GivenUp, ...] = ()
    """The lower awards whose credits count here, and which of them."""
    no_path: "NoPath | None" = None
    """Why a catalogue that was given does not complete it."""
    exceptions: tuple[Excepted, ...] = ()
    """The exceptions for this learner that are in the rules it was weighed by."""
    set_aside: tuple[SetAside, ...] = ()
    """The exceptions that were given and do not hold here."""
    attempted: tuple[Attempt, ...] = ()
    """Every unit that was attempted, where a rule runs over these."""

    @property
    def adds_up(self) -> bool:
        """Whether the rules are met."""
        return self.verdict is Verdict.ADDS_UP

    @property
    def digest(self) -> Digest:
        """SHA-256 over the canonical form of the evaluation: the same wherever it was made."""
        return json_digest(self.to_json())

    def to_json(self) -> JsonObject:
        """The evaluation as a JSON document (`creditbank/evaluation/v1`)."""
        return {
            "document": "creditbank/evaluation/v1",
            "verdict": self.verdict.value,
            "sentence": self.sentence,
            "proven": self.proven,
            "qualification": self.qualification.to_json(),
            "date": self.date.isoformat(),
            "awarding": self.awarding,
            "inputs": [given.to_json() for given in self.inputs],
            "documents": [ref.to_json() for ref in self.documents],
            "uses": [use.to_json() for use in self.uses],
            "tree": self.tree.to_json(),
            "notCounted": [
                {
                    "credential": item.credential,
                    "title": item.title,
                    "slug": item.slug,
                    "sentence": item.sentence,
                    **({"part": item.part} if item.part else {}),
                }
                for item in self.not_counted
            ],
            "gap": self.gap.to_json() if self.gap else None,
            "conflict": self.conflict.to_json() if self.conflict else None,
            "path": self.path.to_json() if self.path else None,
            "totals": {
                "counted": str(self.totals.counted),
                "needed": None if self.totals.needed is None else str(self.totals.needed),
            },
            "stopped": [stop.to_json() for stop in self.stopped],
            **(
                {"leftToPeople": [{"id": check.id, "text": check.text} for check in self.left_to_people]}
                if self.left_to_people
                else {}
            ),
            **({"givesUp": [lower.to_json() for lower in self.gives_up]} if self.gives_up else {}),
            **({"noPath": self.no_path.to_json()} if self.no_path is not None else {}),
            **({"exceptions": [one.to_json() for one in self.exceptions]} if self.exceptions else {}),
            **({"exceptionsSetAside": [one.to_json() for one in self.set_aside]} if self.set_aside else {}),
            **({"whatIf": self.what_if.to_json()} if self.what_if is not None else {}),
            **({"attempted": [item.to_json() for item in self.attempted]} if self.attempted else {}),
        }


Answer = TypeVar("Answer")


class Work:
    """Runs the parts of an evaluation, each with its own counted bound, and notes which were stopped."""

    def __init__(self, limit: int, wording: Wording, stop: Stop | None = None) -> None:
        self.limit, self.wording, self.stop = limit, wording, stop
        self.stopped: list[Stopped] = []
        self.in_hand: Allocation | None = None

    def part(self, name: str, work: Callable[[Effort], Answer]) -> Answer | None:
        try:
            return work(Effort(self.limit, self.stop))
        except TooComplex as limit:
            said = limit.told(self.wording)
            if isinstance(limit.in_hand, Allocation):
                self.in_hand = limit.in_hand
                missing = self.wording.amounts(self.in_hand.extra_credits, self.in_hand.extra_units)
                said = self.wording.sentences(said, self.wording.say("evaluation.gap-at-most", missing=missing))
            self.stopped.append(Stopped(name, limit.limit, said))
            return None


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked beside the verdict: a way through a catalogue, from a day on; and who may call the search off."""

    catalogue: "Sequence[Candidate | Offer]"
    pace: "Pace | None"
    alternatives: bool
    today: datetime.date
    stop: Stop | None = None
    rules: Qualification | None = None
    """As they stand without exceptions, of which others may hold on a later day."""


def evaluate(
    qualification: Qualification,
    candidates: Sequence[Candidate],
    setting: Setting,
    *,
    catalogue: "Sequence[Candidate | Offer]" = (),
    pace: "Pace | None" = None,
    alternatives: bool = False,
    what_if: "WhatIf | None" = None,
    limit: int = WORK,
    stop: Stop | None = None,
) -> Evaluation:
    """Decide exactly whether the candidates satisfy the qualification, and explain the answer.

    The order of candidates and catalogue never matters. `catalogue` holds units the learner could still take; it is
    looked at only when the answer is no. At a `pace`, or where it holds `Offer`s, the path goes through terms and
    respects what each offer needs before it; `alternatives` names other offers for each step and other ways.

    Only earned units count; with `what_if` the answer says what would be if others had been earned too, and is nothing
    to prove or award. Raises `RulesNotInForce`, `MissingFramework` and `TwoLearners`, never because of an instance: one
    too hard for `limit` gets the verdict `too-complex`. `stop` may end the search without an answer
    (`EvaluationAbandoned`); it never changes one.
    """
    ask = Ask(catalogue, pace, alternatives, setting.date, stop)
    if what_if is None:
        return _on_ladder(qualification, candidates, setting, ask, limit)
    from creditbank.stacking.what_if import marked, standings, suppose, what_if_sentence

    supposed, earned, then = suppose(what_if, candidates, setting)
    found = _on_ladder(qualification, earned, then, ask, limit)
    ahead = standings(what_if, candidates)
    return replace(
        found,
        sentence=what_if_sentence(found, ahead, qualification, setting),
        date=setting.date,
        inputs=inputs_of(candidates),
        allocation=None,
        tree=marked(found.tree, qualification, ahead),
        what_if=supposed,
    )


def _on_ladder(
    qualification: Qualification,
    candidates: Sequence[Candidate],
    setting: Setting,
    ask: Ask,
    limit: int,
) -> Evaluation:
    """Weigh free credits first; where they do not do, what counts for lower awards that these rules absorb, too."""
    if not qualification.absorbs or len(candidates) > MAX_CANDIDATES:
        return _evaluated(qualification, candidates, setting, ask, limit)
    from creditbank.stacking.ladder import MAX_LOWER, choose, freed, gives_up_sentence, lower_awards, moves

    lower, wording = lower_awards(qualification, candidates, setting), setting.wording
    if not lower:
        return _evaluated(qualification, candidates, setting, ask, limit)
    require_applicable(under_exceptions(qualification, setting, learner_of(candidates, setting)), setting)
    work = Work(limit, wording, ask.stop)
    if len(lower) > MAX_LOWER:
        sentence = wording.say("ladder.too-many", count=len(lower), most=MAX_LOWER)
        work.stopped.append(Stopped("decision", "lower-awards", sentence))
        return undecided(qualification, candidates, setting, (), work)
    chosen = work.part("decision", lambda effort: choose(qualification, candidates, setting, lower, effort))
    if chosen is None and work.stopped:
        return undecided(qualification, candidates, setting, (), work)
    found = _evaluated(qualification, freed(candidates, lower if chosen is None else chosen), setting, ask, limit)
    found = replace(found, inputs=inputs_of(candidates))
    if found.verdict is Verdict.FALLS_SHORT:
        even = wording.say("ladder.even-then", awards=wording.titles([one.title for one in lower]))
        return replace(found, sentence=wording.sentences(found.sentence, even))
    if not chosen or not found.adds_up:
        return found
    gives_up = moves(chosen, candidates, found.uses)
    said = gives_up_sentence(chosen, gives_up, found.uses, wording)
    return replace(found, gives_up=gives_up, sentence=wording.sentences(found.sentence, said))


def _evaluated(
    qualification: Qualification,
    candidates: Sequence[Candidate],
    setting: Setting,
    ask: Ask,
    limit: int,
) -> Evaluation:
    ask = replace(ask, rules=qualification)
    qualification = under_exceptions(qualification, setting, learner_of(candidates, setting))
    require_applicable(qualification, setting)
    wording = setting.wording
    work = Work(limit, wording, ask.stop)
    count = len(candidates) + len(ask.catalogue)
    if count > MAX_CANDIDATES:
        sentence = wording.say("evaluation.too-many", count=count, most=MAX_CANDIDATES)
        work.stopped.append(Stopped("decision", "units", sentence))
        return undecided(qualification, candidates, setting, (), work)
    built = work.part("decision", lambda _: build(qualification, candidates, setting))
    if built is None:
        return undecided(qualification, candidates, setting, (), work)
    problem, refused = built
    qualification = problem.qualification
    found = work.part("decision", lambda effort: decide(problem, effort, effort.anew(ORDERING)))
    if found is None:
        from creditbank.stacking.falling_short import best_told

        return best_told(problem, candidates, refused, work)
    if found.unordered is not None and found.answer is not None:
        fewer = fewer_at_most(problem, found.answer, Effort(limit, ask.stop))
        work.stopped.append(order_stopped(found.unordered, wording, fewer))
    if found.answer is None:
        from creditbank.stacking.falling_short import falls_short

        return falls_short(problem, candidates, ask, refused, work, found.certificate)
    return affirmed(problem, found.answer, candidates, refused, work.stopped, limit, ask.stop)


def affirmed(
    problem: Problem,
    answer: Allocation,
    candidates: Sequence[Candidate],
    refused: Sequence[NotCounted],
    stopped: Sequence[Stopped] = (),
    limit: int = WORK,
    stop: Stop | None = None,
    known: Totals | None = None,
) -> Evaluation:
    """The evaluation of a yes, once the checker has confirmed it. What the rules need at least may be `known`."""
    qualification, setting = problem.qualification, problem.setting
    sum_ = count_again(problem, answer)
    assert not sum_.faults, f"the checker confirms every yes: {sum_.faults}"
    return Evaluation(
        verdict=Verdict.ADDS_UP,
        sentence=totals_sentence(sum_, setting, qualification),
        proven=True,
        qualification=DocumentRef.of(qualification),
        date=setting.date,
        awarding=setting.awarding,
        inputs=inputs_of(candidates),
        documents=documents_of(qualification, setting),
        allocation=answer.uses,
        uses=answer.uses,
        tree=draw(problem, answer, sum_),
        not_counted=in_line([*refused, *left_over(problem, answer, adds_up=True)]),
        gap=None,
        conflict=None,
        path=None,
        totals=Totals(
            sum_.counted,
            known.needed if known is not None else least_needed(problem, Work(limit, setting.wording, stop)),
        ),
        stopped=tuple(stopped),
        left_to_people=qualification.checked_by_people,
        exceptions=exceptions_told(problem.qualification, candidates, setting),
        set_aside=problem.set_aside,
        attempted=problem.attempts,
    )


def undecided(
    qualification: Qualification,
    candidates: Sequence[Candidate],
    setting: Setting,
    refused: tuple[NotCounted, ...],
    work: Work,
) -> Evaluation:
    wording = setting.wording
    return Evaluation(
        verdict=Verdict.TOO_COMPLEX,
        sentence=wording.sentences(wording.say("evaluation.uncertain"), work.stopped[0].sentence),
        proven=False,
        qualification=DocumentRef.of(qualification),
        date=setting.date,
        awarding=setting.awarding,
        inputs=inputs_of(candidates),
        documents=documents_of(qualification, setting),
        allocation=None,
        uses=(),
        tree=draw_unknown(qualification, setting),
        not_counted=refused,
        gap=None,
        conflict=None,
        path=None,
        totals=Totals(NONE, None),
        stopped=tuple(work.stopped),
        left_to_people=qualification.checked_by_people,
        exceptions=exceptions_told(qualification, candidates, setting),
        set_aside=set_aside(qualification, setting, learner_of(candidates, setting)),
    )


def exceptions_told(
    qualification: Qualification, candidates: Sequence[Candidate], setting: Setting
) -> tuple[Excepted, ...]:
    titles = {candidate.facts.credential: candidate.facts.title for candidate in candidates}
    return told(applied(qualification), qualification, setting, titles)


def count_again(problem: Problem, allocation: Allocation) -> Recount:
    """Every answer goes through the checker's own arithmetic, from the facts."""
    facts = {unit.given.digest: unit.given.facts for unit in (*problem.units, *problem.attempted)}
    return recount(problem.qualification, allocation.uses, facts, problem.setting, attempted=problem.attempts)


def least_needed(problem: Problem, work: Work) -> Credits | None:
    """The fewest credits with which the rules can be met at all; that it was stopped is not noted."""
    return Work(work.limit, work.wording, work.stop).part("totals", lambda effort: least_credits(problem, effort))


def inputs_of(candidates: Sequence[Candidate]) -> tuple[Input, ...]:
    given = {
        Input(
            item.facts.credential,
            item.digest,
            item.available,
            item.expires.isoformat() if item.expires else "",
            item.revoked,
            item.standing,
            "" if item.standing is Standing.EARNED else item.facts.earned.isoformat(),
            tuple(sorted(item.held)),
        )
        for item in candidates
    }
    return tuple(sorted(given))


def documents_of(qualification: Qualification, setting: Setting) -> tuple[DocumentRef, ...]:
    framework = setting.frameworks.get(qualification.framework)
    refs = {DocumentRef.of(policy) for policy in setting.conversions}
    refs.update(DocumentRef.of(decision) for decision in setting.recognitions)
    refs.update(DocumentRef.of(decision) for decision in setting.acceptances)
    refs.update(map(DocumentRef.of, applied(qualification)))
    if setting.register is not None and qualification.admits.accredited:
        refs.add(DocumentRef.of(setting.register))
    if framework is not None:
        refs.add(DocumentRef.of(framework))
    return tuple(sorted(refs, key=lambda ref: (ref.id, ref.version, ref.digest)))


def in_line(items: Sequence[NotCounted]) -> tuple[NotCounted, ...]:
    return tuple(sorted(items, key=lambda item: (item.credential, item.slug)))
