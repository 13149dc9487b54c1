"""Run every measurement in one process and print a table, so that rows of one run can be compared.

Figures are of this machine at this hour: compare rows, not runs. CPU time beside wall time, since other work may share
the machine. `--quick` takes a few instances of each row, `--full` the whole sweep; names of parts measure those alone.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import bench.anchors as anchors
import bench.bulk as bulk
import bench.credentials as credentials
import bench.stacking as engine
from bench.credentials import unsigned_credential
from bench.measuring import Row, heading, measure
from bench.page import rewrite
from bench.peers import peers
from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.canonical import pretty_json, sha256
from creditbank.cli.demo import samples
from creditbank.cli.demo.samples import SampleUnit
from creditbank.credential import unit_facts
from creditbank.stacking import Candidate, Setting, evaluate

RESULTS: Final = Path(__file__).parent / "results"
NOW: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


PARTS: Final = ("credentials", "trees", "korean", "engine", "bulk", "peers")


def main(given: Sequence[str] | None = None) -> int:
    """Measure signing, verifying, the tree, the stacking engine and its peers; keep the rows under bench/results."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}; left out, all")
    parser.add_argument("--quick", action="store_true", help="a few instances of each row: whether it runs at all")
    parser.add_argument("--full", action="store_true", help="100,000 learners in the sweep, more explanations")
    parser.add_argument(
        "--page",
        type=Path,
        help="write the figures into this page, between its marks; of parts that are named, theirs alone",
    )
    asked = parser.parse_args(given)
    if unknown := sorted(set(asked.parts) - set(PARTS)):
        parser.error(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}")
    size = engine.QUICK if asked.quick else engine.FULL if asked.full else engine.Size()
    work: dict[str, Callable[[], list[Row]]] = {
        "credentials": lambda: credentials.rows(60 if asked.quick else 300),
        "trees": lambda: anchors.rows(10_000 if asked.quick else 1_000_000),
        "korean": korean,
        "engine": lambda: engine.rows(size),
        "bulk": lambda: bulk.rows(400 if asked.quick else 100_000 if asked.full else 4_000),
        "peers": lambda: peers(size.instances, size.large),
    }
    print(heading())
    rows = [row for name in PARTS if name in (asked.parts or PARTS) for row in work[name]()]
    RESULTS.mkdir(exist_ok=True)
    told = machine()
    if asked.page is not None:
        rewrite(asked.page, rows, told, datetime.now(UTC).date().isoformat(), only=bool(asked.parts))
    facts = {"machine": told, "rows": [row.to_json() for row in rows]}
    name = "latest" if not asked.parts else "-".join(name for name in PARTS if name in asked.parts)
    (RESULTS / f"{name}.json").write_bytes(pretty_json(json.loads(json.dumps(facts))))
    return 0


def machine() -> dict[str, str]:
    """What the figures are of, as far as it can be told."""
    told = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": str(os.cpu_count()),
        "load average after it": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }
    print(", ".join(f"{name} {value}" for name, value in told.items()))
    return told


def korean() -> list[Row]:
    """Decide the two rule sets of the demonstration, for a yes and for a no with all explanations."""
    catalogue = Catalogue.load(builtin_data("frameworks"))
    setting = Setting(
        date=date(2026, 11, 23),
        awarding="did:web:board.sample.example",
        frameworks=catalogue.frameworks(),
        systems=catalogue.credit_systems(),
    )
    rules = catalogue.qualification("kr-acbs-bachelor")
    held = [candidate(unit, number) for number, unit in enumerate(samples.MINJUN_UNITS)]
    missing = candidate(samples.MINJUN_MISSING, len(held))
    return [
        measure("Korean bachelor, 48 units: yes", lambda: evaluate(rules, [*held, missing], setting), repeat=10),
        measure("Korean bachelor, 47 units: no, gap, conflict", lambda: evaluate(rules, held, setting), repeat=10),
        measure(
            "the same with the shortest path",
            lambda: evaluate(rules, held, setting, catalogue=[missing]),
            repeat=10,
        ),
    ]


def candidate(unit: SampleUnit, number: int) -> Candidate:
    """A unit of the demonstration as the engine sees it."""
    document = unsigned_credential(unit, f"did:web:{unit.body}.sample.example", f"urn:uuid:{number:032x}")
    facts = unit_facts(document)
    return Candidate(facts, sha256(facts.credential.encode()), facts.credits.credits)


if __name__ == "__main__":
    sys.exit(main())
