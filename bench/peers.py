"""What the engine is measured beside: first-fit greedy, plain HiGHS, and degreepath where a checkout is given.

*First-fit greedy* is what published auditors do: requirement by requirement, in the order of the rules, take the
learner's unused units in the order given until it is met.

*Plain HiGHS* is the floor for a solver: one model of the same instance, written straight from the rules with numpy, any
answer at all, no canonical one, floats trusted.

*degreepath* (`degreepath/auditor`) is the best open degree auditor; it tries candidates until one satisfies. It is
asked about rules by count only, in its own words, and stopped after a time.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from bench.measuring import Row, Times, measure_each
from bench.synthetic import LARGE, MIDDLE, SMALL, TIGHT, Instance, Kind, instances, setting
from creditbank.framework.rules import Exclusion, Limit, Requirement
from creditbank.stacking import Candidate, Setting, Use, recount
from creditbank.units import Credits

CHECKOUT: Final = "CREDITBANK_DEGREEPATH"
SECONDS: Final = 15
ASKED: Final = (
    Kind("10x4 loose", 10, 4, counts=True, loose=True),
    Kind("15x5 loose", 15, 5, counts=True, loose=True),
    Kind("20x6 loose", 20, 6, counts=True, loose=True),
)


def peers(count: int, large: int) -> list[Row]:
    """A row for each peer and family."""
    where = setting()
    rows = []
    for kind in (SMALL, MIDDLE, LARGE, TIGHT):
        given = list(instances(kind, large if kind is LARGE else count))
        rows.append(
            measure_each(f"first-fit greedy, {kind.name}", given, first_fit, lambda one, uses: judged(one, uses, where))
        )
        plain_highs(given[0], where)
        rows.append(
            measure_each(
                f"plain HiGHS, any answer, {kind.name}",
                given,
                lambda one: plain_highs(one, where),
                lambda one, uses: judged(one, uses, where),
                apart=lambda one: "yes" if one.feasible else "no",
            )
        )
    return [*rows, *degreepath()]


def judged(one: Instance, uses: Sequence[Use] | None, where: Setting) -> Iterator[str]:
    """Whether a peer's answer stands before the checker, and whether a peer that found none overlooked one."""
    facts = {candidate.digest: candidate.facts for candidate in one.candidates}
    if uses is None or recount(one.qualification, uses, facts, where).faults:
        yield "overlooked" if one.feasible else "no"
    else:
        yield "yes"


def first_fit(one: Instance) -> tuple[Use, ...]:
    """Requirement by requirement, the first unused units that fit, until it is met."""
    used = [False] * len(one.candidates)
    uses = []
    for path, node in one.qualification.nodes():
        if not isinstance(node, Requirement):
            continue
        credits_, units = _asked(node)
        for index, candidate in enumerate(one.candidates):
            if credits_ <= 0 and units <= 0:
                break
            if not used[index] and not candidate.facts.categories.isdisjoint(node.where.category):
                used[index] = True
                uses.append(_use(candidate, path))
                credits_ -= candidate.available.thousandths
                units -= 1
    return tuple(uses)


def _asked(node: Requirement) -> tuple[int, int]:
    amount = Credits.parse(node.credits_at_least).thousandths if node.credits_at_least is not None else 0
    return amount, node.units_at_least or 0


def _use(candidate: Candidate, path: str) -> Use:
    return Use(
        credential=candidate.facts.credential,
        digest=candidate.digest,
        amount=candidate.available,
        system=candidate.facts.credits.system,
        counted=candidate.available,
        node=path,
    )


class Sheet:
    """Rows of a model, as a solver takes them."""

    def __init__(self) -> None:
        self.starts, self.columns, self.weights = [0], [], []  # type: tuple[list[int], list[int], list[float]]
        self.lowers: list[float] = []
        self.uppers: list[float] = []
        self.count = 0

    def variables(self, count: int) -> range:
        """So many further variables of 0 or 1."""
        self.count += count
        return range(self.count - count, self.count)

    def row(self, terms: Iterable[tuple[int, float]], low: float, high: float) -> None:
        """One weighted sum between two ends."""
        for column, weight in terms:
            self.columns.append(column)
            self.weights.append(weight)
        self.starts.append(len(self.columns))
        self.lowers.append(low)
        self.uppers.append(high)

    def solve(self) -> list[float] | None:
        """The values of any answer, or None."""
        import highspy
        import numpy as np

        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.count, len(self.lowers)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.zeros(self.count), np.zeros(self.count), np.ones(self.count)
        lp.row_lower_, lp.row_upper_ = np.array(self.lowers), np.array(self.uppers)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = self.count, len(self.lowers)
        lp.a_matrix_.start_ = np.array(self.starts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array(self.columns, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(self.weights)
        lp.integrality_ = [highspy.HighsVarType.kInteger] * self.count
        solver = highspy.Highs()
        for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 1)):
            solver.setOptionValue(name, value)
        solver.passModel(lp)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return list(solver.getSolution().col_value)


def plain_highs(one: Instance, where: Setting) -> tuple[Use, ...] | None:
    """Any answer of a plain model: a variable for each unit and place, one more where it counts in no place."""
    far = 1e30
    sheet = Sheet()
    needs = [(path, node) for path, node in one.qualification.nodes() if isinstance(node, Requirement)]
    fitting = [
        [place for place, (_, node) in enumerate(needs) if not unit.facts.categories.isdisjoint(node.where.category)]
        for unit in one.candidates
    ]
    placed = [dict(zip(places, sheet.variables(len(places)), strict=True)) for places in fitting]
    credits_ = [candidate.available.thousandths / 1000 for candidate in one.candidates]
    for own in placed:
        sheet.row(((column, 1.0) for column in own.values()), 0, 1)
    for place, (_, node) in enumerate(needs):
        amount, units = _asked(node)
        columns = [(own[place], size) for own, size in zip(placed, credits_, strict=True) if place in own]
        if amount:
            sheet.row(columns, amount / 1000, far)
        if units:
            sheet.row(((column, 1.0) for column, _ in columns), units, far)
    for _, rule in one.qualification.nodes():
        if isinstance(rule, Limit):
            _limit(sheet, rule, one, placed, where)
        if isinstance(rule, Exclusion):
            names = {name for choice in rule.between for name in choice.achievement}
            pair = [index for index, candidate in enumerate(one.candidates) if candidate.facts.achievement in names]
            sheet.row(((column, 1.0) for index in pair for column in placed[index].values()), 0, 1)
    values = sheet.solve()
    if values is None:
        return None
    return tuple(
        _use(candidate, needs[place][0])
        for candidate, own in zip(one.candidates, placed, strict=True)
        for place, column in own.items()
        if values[column] > 0.5
    )


def _limit(sheet: Sheet, rule: Limit, one: Instance, placed: Sequence[dict[int, int]], where: Setting) -> None:
    """The few limits that synthetic rules have."""
    far = 1e30
    units = [
        (candidate.facts, candidate.available.thousandths / 1000, list(own.values()))
        for candidate, own in zip(one.candidates, placed, strict=True)
    ]
    if rule.distinct_at_least is not None:
        bodies = sorted({facts.issuer for facts, _, _ in units})
        reached = dict(zip(bodies, sheet.variables(len(bodies)), strict=True))
        sheet.row(((column, 1.0) for column in reached.values()), rule.distinct_at_least, far)
        for body, column in reached.items():
            own = [(each, 1.0) for facts, _, columns in units for each in columns if facts.issuer == body]
            sheet.row([*own, (column, -1.0)], 0, far)
    elif rule.share_at_most is not None:
        share = float(Fraction(rule.share_at_most))
        outside = rule.where.excluding is not None
        terms = []
        for facts, size, columns in units:
            inside = facts.issuer != where.awarding if outside else facts.source_type in rule.where.source_type
            terms += [(column, size * (inside - share)) for column in columns]
        sheet.row(terms, -far, 0)
    elif rule.credits_at_least is not None:
        floor = rule.where.level_at_least or ""
        high = [(each, size) for facts, size, own in units if facts.level and facts.level.code >= floor for each in own]
        sheet.row(high, float(rule.credits_at_least), far)


def degreepath(count: int = 6) -> list[Row]:
    """Its verdicts and times on small instances, or that no checkout was given."""
    checkout = os.environ.get(CHECKOUT, "")
    rows = []
    for kind in ASKED:
        name = f"degreepath, {kind.name}"
        if checkout:
            rows.append(_audited(name, checkout, list(instances(kind, count))))
        else:
            rows.append(Row(name, 0, said=f"not given ({CHECKOUT} names no checkout)"))
        print(rows[-1], flush=True)
    return rows


def _audited(name: str, checkout: str, given: Sequence[Instance]) -> Row:
    row = Row(name, len(given))
    cpus, walls = [], []
    for one in given:
        found = _audit(checkout, one)
        verdict = "no" if found is None else "yes" if found["satisfied"] else "no"
        if found is None:
            row.outcomes["no answer"] += 1
            continue
        row.outcomes[verdict if found["satisfied"] == one.feasible else "wrong"] += 1
        cpus.append(found["cpu_ms"])
        walls.append(found["wall_ms"])
    times = (Times.of(cpus), Times.of(walls)) if cpus else (None, None)
    return Row(name, len(given), *times, row.outcomes, f"stopped after {SECONDS} s; times of those that answered")


def _audit(checkout: str, one: Instance) -> dict[str, Any] | None:
    try:
        run = subprocess.run(
            [sys.executable, "-m", "bench.degreepath", checkout],
            input=json.dumps(translated(one)),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        return None
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def translated(one: Instance) -> dict[str, Any]:
    """Rules and transcript in degreepath's words: a query for each requirement, attributes for what a unit fits."""
    assert one.kind.counts, "only rules by count are translated"
    needs = [node for _, node in one.qualification.nodes() if isinstance(node, Requirement)]
    return {
        "area": {
            "name": one.qualification.title,
            "type": "concentration",
            "code": "synthetic",
            "result": {"all": [{"requirement": node.title} for node in needs]},
            "requirements": {
                node.title: {
                    "result": {
                        "from": "courses",
                        "where": {"attributes": {"$eq": node.where.category[0]}},
                        "all": [{"assert": {"count(courses)": {"$gte": node.units_at_least, "at_most": True}}}],
                    }
                }
                for node in needs
            },
        },
        "courses": [
            {
                "course": f"SYNTH {100 + number}",
                "clbid": f"{number:06d}",
                "crsid": f"{number:06d}",
                "attributes": sorted(candidate.facts.categories),
            }
            for number, candidate in enumerate(one.candidates)
        ],
    }
