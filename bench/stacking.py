"""The stacking engine on synthetic instances: deciding, explaining, a sweep, a cold process, and memory.

*Decide* is the verdict and the canonical allocation, added up again by the checker; rules and learner are seen for the
first time. *Explain* is the whole evaluation of a learner who falls short: verdict, smallest gap, minimal conflict,
shortest path through a catalogue. Every verdict is compared with what the generator knows.
"""

import dataclasses
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.measuring import Row, child, measure_each, measure_process
from bench.synthetic import (
    COUNTS,
    LARGE,
    LARGE_COUNTS,
    MIDDLE,
    SMALL,
    SMALL_COUNTS,
    TIGHT,
    Instance,
    Kind,
    instance,
    instances,
    setting,
)
from creditbank.canonical import canonical_json, sha256
from creditbank.stacking import Candidate, Evaluation, Setting, Verdict, evaluate, recount
from creditbank.stacking.allocation import Decision, decide
from creditbank.stacking.evaluation import ORDERING, WORK
from creditbank.stacking.solver import Effort, TooComplex
from creditbank.stacking.sweeping import Weighing
from creditbank.stacking.sweeping import sweep as engine_sweep
from creditbank.stacking.weighing import build

WARM: Final = 4
COLD_RUNS: Final = 9
PROCESSES: Final = 2
QUALIFICATIONS: Final = 10


@dataclass(frozen=True, slots=True)
class Size:
    """How many instances each row takes, and how many learners the sweep."""

    instances: int = 120
    large: int = 40
    explained: int = 60
    large_explained: int = 10
    learners: int = 2_000


QUICK: Final = Size(instances=12, large=4, explained=6, large_explained=2, learners=40)
FULL: Final = Size(explained=120, large_explained=40, learners=100_000)


def rows(size: Size) -> list[Row]:
    """Every row of the engine."""
    where = setting()
    return [
        *(deciding(kind, size.instances, where) for kind in (SMALL, MIDDLE, TIGHT)),
        deciding(LARGE, size.large, where),
        *(deciding(kind, size.instances, where, word="flow only") for kind in (SMALL_COUNTS, COUNTS)),
        deciding(LARGE_COUNTS, size.large, where, word="flow only"),
        *(explaining(kind, size.explained, where) for kind in (SMALL, MIDDLE, TIGHT)),
        explaining(LARGE, size.large_explained, where),
        cold(),
        memory(),
        sweep(size.learners),
    ]


def deciding(kind: Kind, count: int, where: Setting, *, word: str = "decide") -> Row:
    """Verdict and canonical allocation of so many instances, after a few that are not counted."""
    for one in instances(kind, WARM):
        decided(one, where)
    return measure_each(
        f"{word}, {kind.name}",
        instances(kind, count),
        lambda one: decided(one, where),
        lambda one, found: judged(one, found, where),
        apart=lambda one: "yes" if one.feasible else "no",
    )


def decided(one: Instance, where: Setting) -> Decision | None:
    """The verdict and the canonical allocation, confirmed by the checker as an evaluation is; None where undecided."""
    problem, _ = build(one.qualification, one.candidates, where)
    try:
        found = decide(problem, Effort(WORK), Effort(ORDERING))
    except TooComplex:
        return None
    if found.answer is not None:
        facts = {candidate.digest: candidate.facts for candidate in one.candidates}
        recount(one.qualification, found.answer.uses, facts, where)
    return found


def judged(one: Instance, found: Decision | None, where: Setting) -> Iterator[str]:
    """The verdict by name, or that it is wrong or missing; whether it was seen at first sight, or not in order."""
    if found is None:
        yield "undecided"
        return
    if found.certificate is not None:
        yield "at first sight"
    if found.unordered is not None:
        yield "not in canonical order"
    if (found.answer is not None) != one.feasible:
        yield "WRONG"
    elif found.answer is None:
        yield "no"
    else:
        facts = {candidate.digest: candidate.facts for candidate in one.candidates}
        yield "WRONG" if recount(one.qualification, found.answer.uses, facts, where).faults else "yes"


def explaining(kind: Kind, count: int, where: Setting) -> Row:
    """The whole evaluation, with all three explanations, of so many instances that have no answer."""

    def whole(one: Instance) -> Evaluation:
        return evaluate(one.qualification, one.candidates, where, catalogue=one.offers)

    whole(instance(kind, 1))
    return measure_each(
        f"all three explanations, {kind.name}",
        (instance(kind, 2 * number + 1) for number in range(count)),
        whole,
        lambda one, found: explained(found),
    )


def explained(found: Evaluation) -> Iterator[str]:
    """What is wrong, unproven or missing in the evaluation of an instance that has no answer."""
    yield {
        Verdict.ADDS_UP: "WRONG",
        Verdict.FALLS_SHORT: "no",
        Verdict.TOO_COMPLEX: "undecided",
    }[found.verdict]
    if not found.proven:
        yield "unproven"
    if found.gap is not None and not found.gap.proven:
        yield "gap unproven"
    if found.path is None:
        yield "no path"
    elif not found.path.proven:
        yield "path unproven"
    yield from (f"{stop.part} stopped" for stop in found.stopped)


COLD_SCRIPT: Final = """
import sys
from bench.cold import answer
answer(sys.argv[1])
"""


def cold() -> Row:
    """A process that starts, reads rules and 60 credentials, and gives its first answer: the time of the whole."""
    with tempfile.TemporaryDirectory() as folder:
        words = []
        for number, one in enumerate([instance(SMALL, 0), *(instance(MIDDLE, 2 * run) for run in range(COLD_RUNS))]):
            file = Path(folder) / f"instance-{number}.json"
            file.write_bytes(stored(one))
            words.append(("-c", COLD_SCRIPT, str(file)))
        child(*words[0], compiled=folder)
        return measure_process("first answer of a cold process, 60x30 yes", words[1:], compiled=folder)


def stored(one: Instance) -> bytes:
    """An instance as files hold it: the rules, their framework and credit system, and the facts of each credential."""
    units = [
        {
            "credential": unit.facts.credential,
            "achievement": unit.facts.achievement,
            "issuer": unit.facts.issuer,
            "title": unit.facts.title,
            "credits": str(unit.facts.credits.credits),
            "level": unit.facts.level.code if unit.facts.level else "",
            "earned": unit.facts.earned.isoformat(),
            "categories": sorted(unit.facts.categories),
            "source": unit.facts.source_type,
            "digest": unit.digest.hex(),
        }
        for unit in one.candidates
    ]
    where = setting()
    documents = {
        "rules": one.qualification,
        "framework": where.frameworks[one.qualification.framework],
        "system": where.systems[one.qualification.credit_system],
    }
    told = {name: item.model_dump(mode="json", by_alias=True, exclude_none=True) for name, item in documents.items()}
    return canonical_json(json.loads(json.dumps({**told, "units": units})))


def memory() -> Row:
    """The most memory that a process held which explained the largest instances."""
    script = f"import bench.stacking as s; s.explain_and_tell({LARGE.name!r}, 3)"
    run = child("-c", script)
    row = Row(f"peak memory of a process that explains {LARGE.name}", 3, said=f"{run.stdout.strip()} MB")
    print(row, flush=True)
    return row


def explain_and_tell(kind: str, count: int) -> None:
    """Explain some instances and print the megabytes that this process held at most."""
    where = setting()
    chosen = {item.name: item for item in (SMALL, MIDDLE, LARGE)}[kind]
    for number in range(count):
        one = instance(chosen, 2 * number + 1)
        evaluate(one.qualification, one.candidates, where, catalogue=one.offers)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(round(most / (1024 * 1024 if sys.platform == "darwin" else 1024)))


def learner(number: int) -> Sequence[Candidate]:
    """A learner of the sweep: every fourth has finished one qualification, the others hold from five credentials up."""
    if number % 4 == 0:
        one = rules_of(number // 4 % QUALIFICATIONS)
        return [_own(candidate, number) for candidate in one.candidates]
    one = instance(MIDDLE if number % 2 else SMALL, 1_000 + number)
    return one.candidates[: 5 + number * 7 % (one.kind.units - 4)]


def rules_of(number: int) -> Instance:
    """The instance whose rules are the qualification of this number in the sweep."""
    return instance(MIDDLE if number % 2 else SMALL, 2 * number)


def _own(candidate: Candidate, number: int) -> Candidate:
    """The same unit of another learner."""
    digest = sha256(candidate.digest + number.to_bytes(8, "big"))
    id = f"urn:uuid:{digest[:16].hex()}"
    facts = dataclasses.replace(
        candidate.facts, credential=id, first_issue=id, subject=f"did:key:z6MkSyntheticLearner{number}"
    )
    return dataclasses.replace(candidate, facts=facts, digest=digest)


def swept(numbers: range) -> tuple[int, float, float, Counter[str]]:
    """Hold these learners at ten qualifications: looks, seconds of wall and of CPU for them alone, verdicts."""
    where = setting()
    looks = {str(number): Weighing(rules_of(number).qualification, where) for number in range(QUALIFICATIONS)}
    outcomes: Counter[str] = Counter()
    learners = [(str(number), learner(number)) for number in numbers]
    start, used = time.perf_counter(), time.process_time()
    for seen in engine_sweep(learners, looks):
        outcomes[seen.closeness.verdict.value] += 1
        outcomes["uncertain"] += not seen.closeness.certain
    return len(learners) * len(looks), time.perf_counter() - start, time.process_time() - used, +outcomes


def sweep(learners: int) -> Row:
    """All learners of a bank against ten qualifications, on two processes."""
    block = max(1, min(250, learners // (2 * PROCESSES)))
    blocks = [range(first, min(first + block, learners)) for first in range(0, learners, block)]
    with ProcessPoolExecutor(PROCESSES) as pool:
        list(pool.map(swept, [range(0)] * PROCESSES))
        parts = list(pool.map(swept, blocks))
    outcomes = sum((part[3] for part in parts), Counter[str]())
    count = sum(part[0] for part in parts)
    by_wall, by_cpu = (count * PROCESSES / sum(part[at] for part in parts) for at in (1, 2))
    said = f"{by_wall:,.0f} a second on {PROCESSES} processes ({by_cpu:,.0f} by CPU time)"
    row = Row(f"sweep, {learners} learners x {QUALIFICATIONS} qualifications", count, outcomes=outcomes, said=said)
    print(row, flush=True)
    return row
