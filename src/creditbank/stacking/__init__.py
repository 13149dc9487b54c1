"""Do these units add up to that qualification? Exactly, with a reason, and in a form a stranger can re-add.

What the rules mean, precisely:

- Every admitted unit has a **counted amount**, in the qualification's credits: all of it or nothing where
  the rules say `whole_units`, otherwise any part (to the thousandth; for a converted unit in steps of its
  policy's rounding, or all that is left of it where that step is worth less than a thousandth of the unit).
  Units that are not admitted are listed with a slug and a sentence: `revoked`, `expired`, `already-used`,
  `partly-used`, `not-yet-earned`, `too-old`, `not-recognised`, `level-unknown`, `level-too-low`,
  `no-conversion`, `counts-nothing`, `given-twice`. See `rule` for native units, recognition and conversion.
- A unit **fills** at most one requirement, or none, in which case it counts towards totals only. A
  requirement holds when what fills it comes to at least its credits and its units.
- A **limit** runs over everything counted that its `where` speaks of: all of it together, or each provider,
  or each window of a calendar by itself. A share is a share of all counted credits. Conversion policies
  with a `max_share` bound what comes through them in the same way. A total ("140 credits in all") is a
  limit over everything counted, beside the requirements that are parts of it: so no unit is counted twice,
  and yet the total is one sum.
- Where units are counted, at least so many means units counted as a whole, and at most so many means units
  of which any part is counted. A requirement that counts units takes whole units only.
- A **group** holds when all, any, or n of its nodes do. A node that the answer does not need binds nothing.
- One credential, one issue (`first_issue`) and one content count **once**.
- Conversion happens at use, by one policy, never chained, rounded once per unit; a part always rounds down.

An answer is yes when some choice of amounts and places makes the root hold. `evaluate` finds it exactly or
says that there is none; `checker.check` confirms a yes by reading each rule once, without a solver, from
the signed facts.
"""

from creditbank.stacking.checker import Fault, Recount, check, recount
from creditbank.stacking.conflict import Conflict
from creditbank.stacking.evaluation import Evaluation, Input, Stopped, Totals, Verdict, evaluate
from creditbank.stacking.explanation import NodeView, Status
from creditbank.stacking.gap import Gap, Shortfall
from creditbank.stacking.path import Path, PathStep
from creditbank.stacking.problem import NotCounted, TwoLearners
from creditbank.stacking.proof import (
    DocumentRef,
    NodeTotal,
    Portion,
    StackingProof,
    UnreadableProof,
    Use,
    read_proof,
)
from creditbank.stacking.proving import NothingToProve, stacking_proof
from creditbank.stacking.setting import (
    Candidate,
    IndicativeRules,
    MissingFramework,
    RuleNotWeighed,
    RulesNotInForce,
    Setting,
)
from creditbank.stacking.solver import TooComplex

__all__ = [
    "Candidate",
    "Conflict",
    "DocumentRef",
    "Evaluation",
    "Fault",
    "Gap",
    "IndicativeRules",
    "Input",
    "MissingFramework",
    "NodeTotal",
    "NodeView",
    "NotCounted",
    "NothingToProve",
    "Path",
    "PathStep",
    "Portion",
    "Recount",
    "RuleNotWeighed",
    "RulesNotInForce",
    "Setting",
    "Shortfall",
    "StackingProof",
    "Status",
    "Stopped",
    "TooComplex",
    "Totals",
    "TwoLearners",
    "UnreadableProof",
    "Use",
    "Verdict",
    "check",
    "evaluate",
    "read_proof",
    "recount",
    "stacking_proof",
]
