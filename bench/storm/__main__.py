"""Run the storms: `python -m bench.storm`, or some of them by name; `--sample` is the short form that CI runs."""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from bench.storm import storms
from bench.storm.cast import Cast
from bench.storm.fleet import Kind, fleet

STORMS: Final = ("credit", "bundles", "kills", "load")
KINDS: Final[tuple[Kind, ...]] = ("sqlite", "postgresql")


def main() -> int:
    """Print one line for each storm; return 1 when a promise did not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("storms", nargs="*", metavar="STORM", help=f"any of {', '.join(STORMS)}; left out, all")
    parser.add_argument("--database", choices=KINDS, help="only this one")
    parser.add_argument("--sample", action="store_true", help="a few rounds of each")
    parser.add_argument("--seconds", type=int, default=600, help="how long each load lasts")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.storms) - set(STORMS)):
        parser.error(f"no storm is called {', '.join(unknown)}; there are {', '.join(STORMS)}")
    chosen = asked.storms or STORMS
    held = True
    for kind in [asked.database] if asked.database else KINDS:
        for outcome in run(kind, chosen, sample=asked.sample, seconds=asked.seconds):
            print(outcome.line(), flush=True)
            held = held and not (outcome.wrong or outcome.slow)
    return 0 if held else 1


def run(kind: Kind, chosen: Sequence[str], *, sample: bool, seconds: int = 600) -> list[storms.Outcome]:
    """The chosen storms over one database, each on a bank of its own."""
    done: list[storms.Outcome] = []
    for name in chosen:
        with fleet(kind) as made:
            cast = Cast.of(made, universities=8 if name == "load" else 2)
            for server in made.servers:
                server.start()
            if name == "credit":
                done.append(storms.one_credit(made, cast, rounds=2 if sample else 50, contenders=200))
            elif name == "bundles":
                done.append(storms.bundles(made, cast, rounds=2 if sample else 50, contenders=20))
            elif name == "kills":
                done.append(storms.killing(made, cast, kills=3 if sample else 200))
            elif kind == "postgresql":
                done += storms.loads(made, cast, seconds=5 if sample else seconds)
    return done


if __name__ == "__main__":
    sys.exit(main())
