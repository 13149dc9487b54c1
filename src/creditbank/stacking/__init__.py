"""Do these units add up to that qualification? Exactly, with a reason, and in a form a stranger can re-add.

What the rules mean, precisely:

- Every admitted unit has a **counted amount**, in the qualification's credits: all of it or nothing where
  the rules say `whole_units`, otherwise any part (to the thousandth; for a converted unit in steps of its
  policy's rounding, or all that is left of it where that step is worth less than a thousandth of the unit).
  Units that are not admitted are listed with a slug and a sentence: `revoked`, `expired`, `already-used`,
  `partly-used`, `not-yet-earned`, `too-old`, `not-recognised`, `level-unknown`, `level-too-low`,
  `no-conversion`, `counts-nothing`, `given-twice`, `corrected`, `same-issue`, `bundle-differs`, `not-admitted`,
  `blocked`, `not-accredited`, `accreditation-unknown`, `indicative-level`, `in-progress`, `planned`. See `rule` for
  native units, recognition, conversion, and what stands for what.
- A unit **fills** at most one requirement, or none, in which case it counts towards totals only; several, where the
  document's `sharing` permits every pair of them, by the first entry that speaks of the pair. Then it counts in each
  with all that counts of it, and once in every total. A requirement holds when what fills it comes to at least its
  credits and its units, and to no more than its maxima, and goes by one provider or field where it asks for `same`.
- A **limit** runs over everything counted that its `where` speaks of: all of it together, or each provider,
  or each window of a calendar by itself. A share is a share of all counted credits. Conversion policies
  with a `max_share` bound what comes through them in the same way. A total ("140 credits in all") is a
  limit over everything counted, beside the requirements that are parts of it: so no unit is counted twice,
  and yet the total is one sum.
  With `within` a limit runs over what fills certain places, each unit once, and its shares and means are of that. Then
  no unit fills one of these places that the answer does without, because a group above it needs only some of its nodes.
- Where units are counted, at least so many means units counted as a whole, and at most so many means units
  of which any part is counted. A requirement that counts units takes whole units only.
  A unit that `half_units` speaks of weighs half in every count of units; a further unit that is missing weighs whatever
  helps most.
- A **share** is of what counts under `base` (everything without one): the part of that which its `where` speaks of
  too. With `base_per` it is taken within each portion, with `weigh_by: units` it counts units of which any part counts.
  With `weights` some of them weigh more than once, in the part and in the whole.
- **Portions** (`per`) are reached by any part of a unit. A unit belongs to a portion for each of its fields; without a
  field, or without a source type, to none.
- A **mean** runs over the counted units whose grade on the scale has points, and does not hold for none of them; on a
  scale where less is better it is at most its bound. **Points** are counted credits times the points of their grade.
- The **last** credits (`last_at_least`) are those earned after the last day on which anything else that counts was: of
  one day nothing is later. A minimum **in each** portion binds those portions only in which something counts.
  With `of_last` so many of the last so many are: of one day what the rule does not speak of is the later, and of a unit
  across the edge the last credits are inside.
- A **span** runs from the first to the last day of earning of what counts. A **prerequisite** asks, for each counted
  unit it speaks of, that other counted units were earned on an earlier day (or that day). An **exclusion** lets count
  units of one of its choices; a unit that fits two choices is excluded by itself.
- A rule **over all attempted units** runs over every unit that was given, each issue once and whole, whether it counts
  or not; what is offered is attempted when it is taken up. The proof lists them (`Attempt`), and nothing shows a
  stranger that none was left out. See `rule` for units whose worth is not known.
- A **group** holds when all, any, or n of its nodes do. A node that the answer does not need binds nothing.
- A credential that the rules take apart (`bundles`) is weighed as its **parts**, each a unit that counts once, earned
  so or by itself; all of them count no more than what is left of the credential.
- One credential, one issue (`first_issue`) and one content count **once**, and so does a class of `equivalents`, and an
  achievement where the rules say `count-once`.
- After its last day a version applies, while its `transition` lasts, if something counts that was earned by `begun_by`.
- Rules are read with the **exceptions** that hold for the learner (`creditbank.framework.excepting`): a waived node
  asks for nothing, a pinned unit fills its place or none, and what was given and does not hold is listed.
- Nothing rests on what is only **indicative** (confidence `L`): a unit's level needs a recognition; a rule, a document
  or a level that a rule names needs an acceptance, else `IndicativeRules`. The proof names every acceptance.
- Conditions under `checked_by_people` are shown as left to a person, and no verdict speaks for them.
- Sentences are in the language of the setting (`Setting.wording`); it changes no fact. See `messages` and `languages`.
- Conversion happens at use, by one policy, never chained, rounded once per unit; a part always rounds down.

Only **earned** units count. A what-if counts chosen units in progress or planned as well, as of the day on which the
last of them is expected; nothing is proven or awarded of it (see `what_if`).

- **Several awards at once** (`evaluate_jointly`): each by its own rules, and of every unit they count together no more
  than is left of it; `Shared` names what two of them may both count. `check_jointly` sees that nothing counts twice.
- **Lower awards** on a ladder (`absorbs`): what counts for one (`Candidate.held`) may count here when it is given up as
  a whole. None is where free credits suffice; else as few as possible, which comes before the fewest
  credits. The proof names each award given up and what moves from it.

What is missing (`Gap`) is a lower bound: further credits are of whatever kind, grade, field and provider helps most,
and are earned from now on, so they prepare for nothing earned before. A unit of a catalogue has no grade yet: on the
shortest path it fits no place that asks for a grade, and is left out of means and points.

An answer is yes when some choice of amounts and places makes the root hold. `evaluate` finds it exactly or
says that there is none; `checker.check` confirms a yes by reading each rule once, without a solver, from
the signed facts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from creditbank.stacking.checker import Fault, Recount, check, recount
    from creditbank.stacking.collision import Collision
    from creditbank.stacking.conflict import Conflict
    from creditbank.stacking.differing import Difference, difference
    from creditbank.stacking.disproof import Refutation, UnreadableRefutation, Weighing, read_refutation
    from creditbank.stacking.evaluation import Evaluation, Input, Stopped, Totals, Verdict, evaluate
    from creditbank.stacking.explanation import NodeView, Status
    from creditbank.stacking.gap import Gap, Shortfall
    from creditbank.stacking.joint import JointEvaluation, UnclearAwards, evaluate_jointly
    from creditbank.stacking.languages import faults_in, read_wording
    from creditbank.stacking.messages import Wording
    from creditbank.stacking.pace import ImpossiblePace, Offer, Pace, Term
    from creditbank.stacking.path import Instead, NoPath, Path, PathStep, Timing
    from creditbank.stacking.problem import NotCounted
    from creditbank.stacking.proof import (
        Attempt,
        DocumentRef,
        GivenUp,
        Moved,
        NodeTotal,
        Portion,
        StackingProof,
        UnreadableProof,
        Use,
        read_proof,
    )
    from creditbank.stacking.proving import NothingToProve, refutation_proof, stacking_proof
    from creditbank.stacking.refuting import check_refutation
    from creditbank.stacking.setting import (
        Candidate,
        Held,
        IndicativeRules,
        MissingFramework,
        RuleNotWeighed,
        RulesNotInForce,
        Setting,
        Standing,
    )
    from creditbank.stacking.solver import EvaluationAbandoned, TooComplex
    from creditbank.stacking.together import Overlap, Shared, UnclearSharing, check_jointly
    from creditbank.stacking.weighing import TwoLearners
    from creditbank.stacking.what_if import Ahead, Supposed, WhatIf

__all__ = [
    "Ahead",
    "Attempt",
    "Candidate",
    "Collision",
    "Conflict",
    "Difference",
    "DocumentRef",
    "Evaluation",
    "EvaluationAbandoned",
    "Fault",
    "Gap",
    "GivenUp",
    "Held",
    "ImpossiblePace",
    "IndicativeRules",
    "Input",
    "Instead",
    "JointEvaluation",
    "MissingFramework",
    "Moved",
    "NoPath",
    "NodeTotal",
    "NodeView",
    "NotCounted",
    "NothingToProve",
    "Offer",
    "Overlap",
    "Pace",
    "Path",
    "PathStep",
    "Portion",
    "Recount",
    "Refutation",
    "RuleNotWeighed",
    "RulesNotInForce",
    "Setting",
    "Shared",
    "Shortfall",
    "StackingProof",
    "Standing",
    "Status",
    "Stopped",
    "Supposed",
    "Term",
    "Timing",
    "TooComplex",
    "Totals",
    "TwoLearners",
    "UnclearAwards",
    "UnclearSharing",
    "UnreadableProof",
    "UnreadableRefutation",
    "Use",
    "Verdict",
    "Weighing",
    "WhatIf",
    "Wording",
    "check",
    "check_jointly",
    "check_refutation",
    "difference",
    "evaluate",
    "evaluate_jointly",
    "faults_in",
    "read_proof",
    "read_refutation",
    "read_wording",
    "recount",
    "refutation_proof",
    "stacking_proof",
]

_FROM: Final = {
    "checker": (
        "Fault",
        "Recount",
        "check",
        "recount",
    ),
    "collision": ("Collision",),
    "conflict": ("Conflict",),
    "differing": (
        "Difference",
        "difference",
    ),
    "disproof": (
        "Refutation",
        "UnreadableRefutation",
        "Weighing",
        "read_refutation",
    ),
    "evaluation": (
        "Evaluation",
        "Input",
        "Stopped",
        "Totals",
        "Verdict",
        "evaluate",
    ),
    "explanation": (
        "NodeView",
        "Status",
    ),
    "gap": (
        "Gap",
        "Shortfall",
    ),
    "joint": (
        "JointEvaluation",
        "UnclearAwards",
        "evaluate_jointly",
    ),
    "languages": (
        "faults_in",
        "read_wording",
    ),
    "messages": ("Wording",),
    "pace": (
        "ImpossiblePace",
        "Offer",
        "Pace",
        "Term",
    ),
    "path": (
        "Instead",
        "NoPath",
        "Path",
        "PathStep",
        "Timing",
    ),
    "problem": ("NotCounted",),
    "proof": (
        "Attempt",
        "DocumentRef",
        "GivenUp",
        "Moved",
        "NodeTotal",
        "Portion",
        "StackingProof",
        "UnreadableProof",
        "Use",
        "read_proof",
    ),
    "proving": (
        "NothingToProve",
        "refutation_proof",
        "stacking_proof",
    ),
    "refuting": ("check_refutation",),
    "setting": (
        "Candidate",
        "Held",
        "IndicativeRules",
        "MissingFramework",
        "RuleNotWeighed",
        "RulesNotInForce",
        "Setting",
        "Standing",
    ),
    "solver": (
        "EvaluationAbandoned",
        "TooComplex",
    ),
    "together": (
        "Overlap",
        "Shared",
        "UnclearSharing",
        "check_jointly",
    ),
    "weighing": ("TwoLearners",),
    "what_if": (
        "Ahead",
        "Supposed",
        "WhatIf",
    ),
}
"""What each name is imported from, once it is asked for: a first answer loads only what it needs."""

_MODULES: Final = {name: module for module, names in _FROM.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
