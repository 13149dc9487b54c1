"""How a row is measured: CPU and wall time of each call, their median, 99th percentile and worst, and what came out.

Figures are of this machine at this hour: compare rows of one run, not runs. CPU time is the steadier one where other
work shares the machine.
"""

import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

Answer = TypeVar("Answer")
Given = TypeVar("Given")

ROOT: Final = Path(__file__).parents[1]
HEADINGS = ("what", "runs", "p50", "p99", "max", "p50", "p99", "max", "outcomes")


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of several calls: their median, 99th percentile and worst, each one that was measured; and the mean,
    which alone has the pauses in it that a process makes now and then.
    """

    p50: float
    p99: float
    most: float
    mean: float = field(default=0.0, compare=False)

    @classmethod
    def of(cls, measured: Sequence[float]) -> "Times":
        """Of fewer than a hundred calls the 99th percentile is the worst."""
        ordered = sorted(measured)
        last = len(ordered) - 1
        mean = sum(ordered) / len(ordered)
        return cls(ordered[last // 2], ordered[-(-99 * len(ordered) // 100) - 1], ordered[last], mean)

    def to_json(self) -> dict[str, float]:
        """The figures in thousandths of a millisecond."""
        return {
            "p50": round(self.p50, 3),
            "p99": round(self.p99, 3),
            "max": round(self.most, 3),
            "mean": round(self.mean, 3),
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured how often, and the outcomes counted."""

    name: str
    runs: int
    cpu: Times | None = None
    wall: Times | None = None
    outcomes: Counter[str] = field(default_factory=Counter)
    said: str = ""

    def to_json(self) -> dict[str, object]:
        """The row as it is kept."""
        return {
            "name": self.name,
            "runs": self.runs,
            "cpu_ms": self.cpu.to_json() if self.cpu else None,
            "wall_ms": self.wall.to_json() if self.wall else None,
            "outcomes": dict(sorted(self.outcomes.items())),
            "said": self.said,
        }

    def __str__(self) -> str:
        cells = [
            f"{figure:>9.2f}" if times else f"{'-':>9}"
            for times in (self.cpu, self.wall)
            for figure in ((times.p50, times.p99, times.most) if times else (0, 0, 0))
        ]
        counted = ", ".join(f"{count} {name}" for name, count in sorted(self.outcomes.items()))
        return f"{self.name:<52} {self.runs:>6} {''.join(cells)}  {'; '.join(filter(None, (counted, self.said)))}"


def heading() -> str:
    """The first lines of a table."""
    what, runs, *figures, outcomes = HEADINGS
    above = f"{'':<52} {'':>6} {'CPU ms':^27}{'wall ms':^27}"
    return f"{above}\n{what:<52} {runs:>6} {''.join(f'{name:>9}' for name in figures)}  {outcomes}"


def timed(work: Callable[[], Answer]) -> tuple[Answer, float, float]:
    """What one call answers, with its milliseconds of CPU and of wall time."""
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    answer = work()
    used, passed = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
    return answer, used / 1e6, passed / 1e6


def measure_each(
    name: str,
    given: Iterable[Given],
    work: Callable[[Given], Answer],
    judge: Callable[[Given, Answer], Iterable[str]],
    *,
    apart: Callable[[Given], str] | None = None,
) -> Row:
    """Call `work` once for each thing given; `judge`, which is not timed, names what came out of each call.

    `apart` sorts what is given into kinds whose CPU times are told one by one, so that the quick do not hide the slow.
    """
    cpus, walls = [], []
    outcomes: Counter[str] = Counter()
    kinds: dict[str, list[float]] = {}
    for one in given:
        answer, cpu, wall = timed(lambda one=one: work(one))
        cpus.append(cpu)
        walls.append(wall)
        outcomes.update(judge(one, answer))
        if apart is not None:
            kinds.setdefault(apart(one), []).append(cpu)
    told = [f"{kind} {Times.of(own).p50:.2f} / {Times.of(own).p99:.2f}" for kind, own in kinds.items()]
    said = f"CPU p50 / p99: {', '.join(told)}" if told else ""
    row = Row(name, len(cpus), Times.of(cpus), Times.of(walls), outcomes, said)
    print(row, flush=True)
    return row


def measure(name: str, work: Callable[[], object], *, repeat: int) -> Row:
    """The time of one call, `repeat` times, after one call that is not counted."""
    work()
    return measure_each(name, range(repeat), lambda _: work(), lambda _, found: ())


def measure_process(name: str, given: Iterable[Sequence[str]], *, compiled: str) -> Row:
    """The time of whole Python processes, each run on its words; what they print last is counted."""
    cpus, walls = [], []
    outcomes: Counter[str] = Counter()
    for words in given:
        start, used = time.perf_counter(), _used_by_children()
        run = child(*words, compiled=compiled)
        walls.append((time.perf_counter() - start) * 1000)
        cpus.append((_used_by_children() - used) * 1000)
        outcomes[run.stdout.strip().rpartition("\n")[2]] += 1
    row = Row(name, len(cpus), Times.of(cpus), Times.of(walls), outcomes)
    print(row, flush=True)
    return row


def _used_by_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def child(*words: str, compiled: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python on these words; with `compiled`, modules are kept there as bytecode, as installed ones are."""
    paths = os.pathsep.join((str(ROOT), str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])))
    env = {**os.environ, "PYTHONPATH": paths}
    if compiled:
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env["PYTHONPYCACHEPREFIX"] = compiled
    run = subprocess.run([sys.executable, *words], capture_output=True, text=True, env=env)
    assert run.returncode == 0, run.stderr
    return run
