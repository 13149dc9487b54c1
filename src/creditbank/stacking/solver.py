"""A search over whole numbers, and the one place that knows the solver (HiGHS, loaded when first needed).

The model is integers only. One thread and a fixed seed make a search repeatable; counted nodes, never
seconds, bound it. The solver's floats are rounded and every row is added up again in integers before an
answer leaves this module.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from creditbank.errors import Refused, Unavailable
from creditbank.stacking.messages import IN_ENGLISH, Value, Wording

MAX_ENTRIES: Final = 400_000
MAX_WEIGHT: Final = 10**9
"""Rows heavier than this are refused: with tolerance 1e-9 their rounded sums would no longer be certain."""

Terms = Mapping[int, int]


class TooComplex(Refused):
    """A counted limit of the search was reached before an answer was certain."""

    slug = "too-complex"

    def __init__(self, limit: str, /, **values: Value) -> None:
        self.limit, self.values = limit, values
        self.found: tuple[int, ...] | None = None  # what was found until then: right, and perhaps not the best
        self.in_hand: Any = None  # the same, read as an `allocation.Allocation`
        super().__init__(self.told(IN_ENGLISH))

    def told(self, wording: Wording) -> str:
        """Which limit it was, as this language says it."""
        return wording.say(f"solver.{self.limit}", **self.values)


class EvaluationAbandoned(Unavailable):
    """Whoever asked wanted an answer sooner than it was found. Nothing is known, and nothing is kept."""

    slug = "evaluation-abandoned"

    def __init__(self) -> None:
        super().__init__(
            "The evaluation was given up before it had an answer, because it took longer than this bank allows.",
            next_step="Nothing was stored. Ask again when the bank is less busy, or weigh fewer units at a time.",
        )


Stop = Callable[[], bool]
"""Asked again and again whether to give up. It can only end a search, never change what one finds."""


@dataclass
class Effort:
    """How much counted work a search may still do. Every solve draws on it.

    One unit of work is about one node of a small model: a node of a larger model counts for more, in proportion to
    its entries, and every solve counts for a few nodes besides. Once `stop` says so the search is given up, whatever it
    has found (`EvaluationAbandoned`).
    """

    work: int
    stop: Stop | None = None
    allowed: int = field(init=False)

    def __post_init__(self) -> None:
        self.allowed = self.work

    def nodes(self, model: "Model") -> int:
        """How many nodes of this model may still be looked at; raise `TooComplex` when there are none."""
        self.go_on()
        left = self.work // _weight(model) - SOLVE
        if left <= 0:
            raise self.spent()
        return left

    def spend(self, model: "Model", nodes: int, *, stopped: bool) -> None:
        """Take a solve from what is left; raise `TooComplex` when it was stopped by its limit."""
        self.work -= (nodes + SOLVE) * _weight(model)
        if stopped:
            raise self.spent()

    def take(self, steps: int) -> None:
        """Take so many steps from what is left; raise `TooComplex` when there are not so many."""
        self.go_on()
        if steps > self.work:
            raise self.spent()
        self.work -= steps

    def go_on(self) -> None:
        """Raise `EvaluationAbandoned` when nobody waits for an answer any more."""
        if self.stop is not None and self.stop():
            raise EvaluationAbandoned

    def anew(self, most: int | None = None) -> "Effort":
        """As much work again (or `most`, if that is less) for another part of the same question."""
        return Effort(self.allowed if most is None else min(self.allowed, most), self.stop)

    def spent(self) -> TooComplex:
        """The limit as it is told once it is reached."""
        return TooComplex("search-work", steps=self.allowed)


SOLVE: Final = 4
ENTRIES_A_STEP: Final = 200


def _weight(model: "Model") -> int:
    return 1 + model.entries // ENTRIES_A_STEP


@dataclass(frozen=True, slots=True)
class Row:
    """`least <= sum of weight x variable <= most`; None is no bound on that side."""

    terms: tuple[tuple[int, int], ...]
    least: int | None
    most: int | None


@dataclass
class Model:
    """Whole-number variables from zero to an upper end, and rows over them."""

    uppers: list[int] = field(default_factory=list)
    lowers: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    entries: int = 0

    def variable(self, upper: int) -> int:
        """Add a variable; its number is returned."""
        self.uppers.append(upper)
        self.lowers.append(0)
        return len(self.uppers) - 1

    def row(self, terms: Terms, *, least: int | None = None, most: int | None = None) -> None:
        """Add a row, divided by what all its weights share. Ends are tightened to whole numbers, which is
        exact.

        Raises `TooComplex` when the model outgrows what is solved here.
        """
        weights = {variable: weight for variable, weight in terms.items() if weight}
        shared = math.gcd(*weights.values()) or 1
        low = None if least is None else -(-least // shared)
        high = None if most is None else most // shared
        row = Row(tuple((variable, weight // shared) for variable, weight in sorted(weights.items())), low, high)
        self.entries += len(weights)
        if self.entries > MAX_ENTRIES:
            raise TooComplex("model-size", most=MAX_ENTRIES)
        if sum(abs(weight) * max(1, self.uppers[variable]) for variable, weight in row.terms) > MAX_WEIGHT:
            raise TooComplex("amounts")
        self.rows.append(row)

    def fix(self, variable: int, value: int) -> None:
        """Pin a variable to one value."""
        self.lowers[variable] = self.uppers[variable] = value

    def holds(self, values: Sequence[int]) -> bool:
        """Whether these values satisfy every row and range, in integers."""
        ranges = zip(self.lowers, values, self.uppers, strict=True)
        if not all(low <= value <= high for low, value, high in ranges):
            return False
        for row in self.rows:
            total = sum(weight * values[variable] for variable, weight in row.terms)
            if (row.least is not None and total < row.least) or (row.most is not None and total > row.most):
                return False
        return True


UNTRUSTED: Final = 1 << 12 | 1 << 13
"""Two reductions of HiGHS's presolve (the aggregator, and parallel rows and columns): together they have given another
value as the least of twenty whole variables than the least (1.15.1). Without them as much is solved as fast.
"""
FINE: Final = 1e-9
COARSE: Final = 1e-7
LIGHT: Final = 2**10
"""Up to this weight a variable that is off by `COARSE` cannot make up a whole unit of an objective."""


def minimise(
    model: Model, objective: Terms, effort: Effort, *, wary: bool = False, start: Sequence[int] | None = None
) -> tuple[int, ...] | None:
    """The values with the least objective, or None when no values satisfy the model. Raises `TooComplex`.

    The search may `start` from values that are at hand, if they satisfy the model.

    The root of a large search is looked at before (see `_look_at_root`); of one without an objective, where `wary`.

    The finer its tolerance, the more often the solver's own rounding makes it cut off what is exact by a hair, so that
    the least it finds is not the least. So it is asked coarsely first, and finely where weights are large or where what
    it found does not hold in whole numbers.
    """
    if not model.uppers:
        return () if model.holds(()) else None
    shared = math.gcd(*objective.values()) or 1
    terms = {variable: weight // shared for variable, weight in objective.items()}
    light = all(abs(weight) <= LIGHT for weight in terms.values())
    for tolerance in (COARSE, FINE) if light else (FINE,):
        values = _solved(model, terms, effort, tolerance, wary, start)
        if values is None:
            return None
        if model.holds(values):
            return values
    raise TooComplex("exactness")


def _solved(
    model: Model, objective: Terms, effort: Effort, tolerance: float, wary: bool, start: Sequence[int] | None
) -> tuple[int, ...] | None:
    """What the solver finds, rounded to whole numbers and not yet believed; None when it finds nothing."""
    if (objective or wary) and model.entries > LARGE:
        _look_at_root(model, objective, effort, tolerance)
    highs = _loaded(model, objective, effort, tolerance)
    rounds = _Rounds(effort.nodes(model), effort.stop)
    highs.cbMipInterrupt += rounds.another
    import highspy

    if start is not None and model.holds(start):
        known = highspy.HighsSolution()
        known.col_value = [float(value) for value in start]
        highs.setSolution(known)
    highs.run()
    status = highs.getModelStatus()
    if rounds.abandoned:
        raise EvaluationAbandoned
    settled = status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kOptimal)
    nodes = max(rounds.seen, int(highs.getInfo().mip_node_count))
    try:
        effort.spend(model, nodes, stopped=not settled)
    except TooComplex as limit:
        limit.found = _found_until_then(highs, model)
        raise
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    return tuple(round(value) for value in highs.getSolution().col_value)


LARGE: Final = 8_000
"""Of a model with more entries than this the root is looked at before its search is begun."""


def _look_at_root(model: Model, objective: Terms, effort: Effort, tolerance: float) -> None:
    """Raise `TooComplex` where the root of a search alone takes more work than is left.

    The solver does not look up while it is there, and the root of twenty thousand entries took it minutes. A relaxation
    by itself can be ended after so many steps.
    """
    import highspy

    weight = _weight(model)
    highs = _loaded(model, objective, effort, tolerance)
    highs.setOptionValue("solve_relaxation", True)
    highs.setOptionValue("simplex_iteration_limit", iterations(effort, weight))
    highs.run()
    effort.take(weight * (highs.getInfo().simplex_iteration_count // ITERATIONS_A_STEP))
    if highs.getModelStatus() == highspy.HighsModelStatus.kIterationLimit:
        raise effort.spent()


def _found_until_then(highs: Any, model: Model) -> tuple[int, ...] | None:
    """What a search that was stopped had found, if it holds in whole numbers."""
    values = tuple(round(value) for value in highs.getSolution().col_value)
    return values if len(values) == len(model.uppers) and model.holds(values) else None


@dataclass
class _Rounds:
    """Counts how often the solver looks up from its work, and stops it after as many rounds as nodes are allowed.

    A large model can spend minutes on its first node, round after round of cuts, and no count of nodes would end that.
    """

    allowed: int
    stop: Stop | None = None
    seen: int = 0
    abandoned: bool = False

    def another(self, event: Any) -> None:
        """The solver looks up; with one thread and a fixed seed it always does so at the same points."""
        self.seen += 1
        self.abandoned = self.abandoned or (self.stop is not None and self.stop())
        if self.abandoned or self.seen > self.allowed:
            event.interrupt()


def _loaded(model: Model, objective: Terms, effort: Effort, tolerance: float) -> Any:
    """A solver holding the model, set to be exact and repeatable."""
    import highspy
    import numpy as np

    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 20_260_101),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", 0.5),  # objectives are whole numbers: half a unit apart is the same
        ("mip_feasibility_tolerance", tolerance),
        ("primal_feasibility_tolerance", tolerance),
        ("dual_feasibility_tolerance", tolerance),
        ("mip_max_nodes", effort.nodes(model)),
        ("presolve_rule_off", UNTRUSTED),
    ):
        highs.setOptionValue(name, value)
    count, rows = len(model.uppers), model.rows
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = count, len(rows)
    lp.col_cost_ = np.array([objective.get(variable, 0) for variable in range(count)], dtype=np.double)
    lp.col_lower_ = np.array(model.lowers, dtype=np.double)
    lp.col_upper_ = np.array(model.uppers, dtype=np.double)
    lp.row_lower_ = np.array([-highspy.kHighsInf if row.least is None else row.least for row in rows], dtype=np.double)
    lp.row_upper_ = np.array([highspy.kHighsInf if row.most is None else row.most for row in rows], dtype=np.double)
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + len(row.terms))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = count, len(rows)
    lp.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    lp.a_matrix_.index_ = np.array([variable for row in rows for variable, _ in row.terms], dtype=np.int32)
    lp.a_matrix_.value_ = np.array([weight for row in rows for _, weight in row.terms], dtype=np.double)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * count
    highs.passModel(lp)
    return highs


def first_by(model: Model, wishes: Sequence[Terms], effort: Effort) -> tuple[int, ...] | None:
    """The one answer that is best by the first wish, then by the second, and so on; each wish is minimised.

    None when the model has no answer. Once a wish is settled its value becomes a row of the model.
    """
    values: tuple[int, ...] | None = minimise(model, {}, effort) if not wishes else None
    for wish in wishes:
        values = minimise(model, wish, effort, start=values)
        if values is None:
            return None
        if wish:
            model.row(wish, most=sum(weight * values[variable] for variable, weight in wish.items()))
    return values


DIGITS: Final = 2**26
"""The most that the digits of one search may come to: such sums stay exact within the solver's tolerance of 1e-9."""


def first_in_order(
    model: Model, digits: Sequence[tuple[Terms, int]], values: tuple[int, ...], effort: Effort
) -> tuple[int, ...]:
    """The answer whose digits, read in order, are the largest: each digit is a sum of variables up to its top.

    Several digits are settled in one search, weighed like the places of a number, and then fixed by rows. `values` are
    any answer, which spares a search as far as its digits are at their top already, and from which one starts.
    """
    found = _settled(model, digits, values, effort)
    assert found is not None, "a model with an answer keeps one"
    return found


def any_in_order(model: Model, digits: Sequence[tuple[Terms, int]], effort: Effort) -> tuple[int, ...] | None:
    """The same where no answer is at hand; None when the model has none."""
    return _settled(model, digits, None, effort)


def _settled(
    model: Model, digits: Sequence[tuple[Terms, int]], values: tuple[int, ...] | None, effort: Effort
) -> tuple[int, ...] | None:
    pending = list(digits)
    while pending:
        if values is not None and not _short(*pending[0], values):
            _fix_digit(model, pending.pop(0)[0], values)
            continue
        block: list[tuple[Terms, int]] = []
        size = 1
        while pending and (not block or size * _reach(model, *pending[0]) <= DIGITS):
            size *= _reach(model, *pending[0])
            block.append(pending.pop(0))
        wish: dict[int, int] = {}
        weight = 1
        for terms, top in reversed(block):
            for variable, value in terms.items():
                wish[variable] = wish.get(variable, 0) - weight * value
            weight *= _reach(model, terms, top)
        values = minimise(model, wish, effort, start=values)
        if values is None:
            return None
        for terms, _ in block:
            _fix_digit(model, terms, values)
    return minimise(model, {}, effort) if values is None else values


def _fix_digit(model: Model, terms: Terms, values: Sequence[int]) -> None:
    total = sum(value * values[variable] for variable, value in terms.items())
    if len(terms) == 1 and set(terms.values()) == {1}:
        model.fix(next(iter(terms)), total)
    else:
        model.row(terms, least=total, most=total)


def _reach(model: Model, terms: Terms, top: int) -> int:
    """How many values a digit can have."""
    return top + 1 - sum(min(0, weight) * model.uppers[variable] for variable, weight in terms.items())


def _short(terms: Terms, top: int, values: tuple[int, ...]) -> bool:
    return sum(value * values[variable] for variable, value in terms.items()) < top


@dataclass
class Relaxation:
    """A question without whole numbers: columns between two ends, rows `sum >= least`, and a cost to make least.

    Its answer is a hint, never a fact: prices tell which rows to add up, and whoever does so uses whole numbers.
    """

    costs: list[float] = field(default_factory=list)
    lowers: list[float] = field(default_factory=list)
    uppers: list[float] = field(default_factory=list)
    rows: list[list[tuple[int, float]]] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    entries: int = 0

    def column(self, upper: float, *, lower: float = 0.0, cost: float = 0.0) -> int:
        """Add a column; its number is returned."""
        self.costs.append(cost)
        self.lowers.append(lower)
        self.uppers.append(upper)
        return len(self.costs) - 1

    def row(self, terms: Sequence[tuple[int, float]], least: float) -> int:
        """Add a row; its number is returned. Raises `TooComplex` when the question outgrows what is solved here."""
        self.rows.append([(column, weight) for column, weight in terms if weight])
        self.ends.append(least)
        self.entries += len(self.rows[-1])
        if self.entries > MAX_ENTRIES:
            raise TooComplex("model-size", most=MAX_ENTRIES)
        return len(self.rows) - 1


@dataclass(frozen=True, slots=True)
class Hint:
    """What the solver says of a relaxation: the least cost, the columns that reach it, and the price of each row."""

    cost: float
    columns: Sequence[float]
    prices: Sequence[float]


ITERATIONS_A_STEP: Final = 100
MAX_ITERATIONS: Final = 50_000


def iterations(effort: Effort, weight: int) -> int:
    """How many steps along its edges a relaxation may go; with one more batch of them the effort is spent."""
    return min(MAX_ITERATIONS, (effort.work // weight + 1) * ITERATIONS_A_STEP)


def hint(question: Relaxation, effort: Effort) -> Hint | None:
    """Ask the solver; None when it has nothing to say. Raises `TooComplex` when the effort is spent."""
    import highspy
    import numpy as np

    weight = 1 + question.entries // ENTRIES_A_STEP
    effort.take(weight)
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", 20_260_101)
    highs.setOptionValue("simplex_iteration_limit", iterations(effort, weight))
    lp = highspy.HighsLp()
    count, rows = len(question.costs), len(question.rows)
    lp.num_col_, lp.num_row_ = count, rows
    lp.col_cost_ = np.array(question.costs, dtype=np.double)
    lp.col_lower_ = np.array(question.lowers, dtype=np.double)
    lp.col_upper_ = np.array(question.uppers, dtype=np.double)
    lp.row_lower_ = np.array(question.ends, dtype=np.double)
    lp.row_upper_ = np.full(rows, highspy.kHighsInf)
    starts = [0]
    for row in question.rows:
        starts.append(starts[-1] + len(row))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = count, rows
    lp.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    lp.a_matrix_.index_ = np.array([column for row in question.rows for column, _ in row], dtype=np.int32)
    lp.a_matrix_.value_ = np.array([weight for row in question.rows for _, weight in row], dtype=np.double)
    highs.passModel(lp)
    highs.run()
    effort.take(weight * (highs.getInfo().simplex_iteration_count // ITERATIONS_A_STEP))
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution = highs.getSolution()
    return Hint(highs.getInfo().objective_function_value, list(solution.col_value), list(solution.row_dual))


def prices(table: Any, least: Any, costs: Any, effort: Effort) -> Hint | None:
    """The price of each row of `table @ amounts >= least` where the amounts, none below zero, cost least.

    All three are arrays of floats. None when the solver has nothing to say. Raises `TooComplex` when the effort is
    spent.
    """
    import highspy
    import numpy as np

    rows, count = table.shape
    at, index = np.nonzero(table)
    weight = 1 + len(at) // ENTRIES_A_STEP
    effort.take(weight)
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 20_260_101), ("presolve", "off")):
        highs.setOptionValue(name, value)
    highs.setOptionValue("simplex_iteration_limit", iterations(effort, weight))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = count, rows
    lp.col_cost_ = costs
    lp.col_lower_ = np.zeros(count)
    lp.col_upper_ = np.full(count, highspy.kHighsInf)
    lp.row_lower_ = least
    lp.row_upper_ = np.full(rows, highspy.kHighsInf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = count, rows
    lp.a_matrix_.start_ = np.searchsorted(at, np.arange(rows + 1)).astype(np.int32)
    lp.a_matrix_.index_ = index.astype(np.int32)
    lp.a_matrix_.value_ = table[at, index]
    highs.passModel(lp)
    highs.run()
    effort.take(weight * (highs.getInfo().simplex_iteration_count // ITERATIONS_A_STEP))
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution = highs.getSolution()
    return Hint(highs.getInfo().objective_function_value, solution.col_value, solution.row_dual)
