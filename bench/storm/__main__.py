"""Run the storms: `python -m bench.storm`, or some of them by name; `--sample` is the short form that CI runs."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.storm import crashes, storms
from bench.storm.cast import Cast
from bench.storm.fleet import Kind, fleet

STORMS: Final = ("credit", "bundles", "kills", "load", "crashes")
LOADS: Final = ("issue", "verify", "redeem")
KINDS: Final[tuple[Kind, ...]] = ("sqlite", "postgresql")


def main() -> int:
    """Print one line for each storm; return 1 when a promise did not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("storms", nargs="*", metavar="STORM", help=f"any of {', '.join(STORMS)}; left out, all")
    parser.add_argument("--database", choices=KINDS, help="only this one")
    parser.add_argument("--sample", action="store_true", help="a few rounds of each")
    parser.add_argument("--seconds", type=int, default=600, help="how long each load lasts")
    parser.add_argument("--rounds", type=int, default=50, help="how often one credit, or a bundle, is fought for")
    parser.add_argument("--kills", type=int, default=200, help="how many processes die")
    parser.add_argument("--draws", type=int, default=500, help="how many crashes are drawn by chance")
    parser.add_argument("--no-points", action="store_true", help="of the crashes, only those drawn by chance")
    parser.add_argument("--step", action="append", default=[], choices=crashes.NAMED, help="die in this step alone")
    parser.add_argument("--only", action="append", default=[], choices=LOADS, help="of the loads, only this one")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.storms) - set(STORMS)):
        parser.error(f"no storm is called {', '.join(unknown)}; there are {', '.join(STORMS)}")
    chosen = asked.storms or STORMS
    held = True
    for kind in [asked.database] if asked.database else KINDS:
        size = (
            SAMPLE if asked.sample else Size(asked.rounds, asked.kills, asked.seconds, asked.draws, not asked.no_points)
        )
        for outcome in run(kind, chosen, size, only=asked.only, steps=asked.step):
            print(outcome.line(), flush=True)
            held = held and not (outcome.wrong or outcome.slow)
    return 0 if held else 1


@dataclass(frozen=True)
class Size:
    """How long a storm is."""

    rounds: int = 50
    kills: int = 200
    seconds: int = 600
    draws: int = 500
    points: bool = True


SAMPLE: Final = Size(2, 3, 5)


def run(
    kind: Kind, chosen: Sequence[str], size: Size = SAMPLE, *, only: Sequence[str] = (), steps: Sequence[str] = ()
) -> Iterator[storms.Outcome]:
    """The chosen storms over one database, each on a bank of its own, and each told as soon as it is over."""
    for name in chosen:
        with fleet(kind) as made:
            cast = Cast.of(made, universities=8 if name == "load" else 2)
            for server in made.servers if name != "crashes" else ():
                server.start()
            if name == "crashes":
                sample = size == SAMPLE
                yield crashes.crashes(made, cast, sample=sample, chance=size.draws, points=size.points, steps=steps)
            elif name == "credit":
                yield storms.one_credit(made, cast, rounds=size.rounds, contenders=200)
            elif name == "bundles":
                yield storms.bundles(made, cast, rounds=size.rounds, contenders=20)
            elif name == "kills":
                yield storms.killing(made, cast, kills=size.kills)
            elif kind == "postgresql":
                yield from storms.loads(made, cast, seconds=size.seconds, only=only)


if __name__ == "__main__":
    sys.exit(main())
