"""Write the rows of a run into a page, between two marks, so that figures are replaced and words stay."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.measuring import Row, Times

BEGIN: Final = "<!-- figures: written by python -m bench --page -->"
END: Final = "<!-- end of figures -->"
GROUPS: Final = (
    ("Deciding: verdict and canonical allocation", ("decide, ", "flow only, ")),
    ("Explaining a no: smallest gap, minimal conflict, shortest path", ("all three explanations, ",)),
    ("Whole programs", ("first answer ", "peak memory ", "sweep, ")),
    (
        "Credentials: signing and verifying, the floor, and @digitalbazaar/vc",
        ("sign, ", "verify, ", "verify from ", "build and sign ", "floor: ", "@digitalbazaar/vc: ", "a cold process: "),
    ),
    ("Beside it, on the same instances in the same run", ("first-fit ", "plain HiGHS", "degreepath, ")),
    ("The Korean bachelor, 48 units", ("Korean ", "the same with ")),
    ("Gas, on anvil in the same run; and of others, as measured elsewhere", ("gas, ",)),
    ("Trees, and sealing beside cert-issuer", ("",)),
)


def rewrite(page: Path, rows: Sequence[Row], facts: Mapping[str, str], day: str, *, only: bool = False) -> None:
    """Replace what stands between the marks of the page; with `only`, no more than the groups that have rows."""
    text = page.read_text()
    found = re.search(f"{re.escape(BEGIN)}\n\n(.*?)\n{re.escape(END)}", text, re.DOTALL)
    assert found is not None, f"{page} has no marks to write between"
    written = _beside(found[1], rows, facts, day) if only else figures(rows, facts, day)
    page.write_text(text[: found.start()] + f"{BEGIN}\n\n{written}\n{END}" + text[found.end() :])


def figures(rows: Sequence[Row], facts: Mapping[str, str], day: str) -> str:
    """The run and its rows, group by group, as Markdown."""
    parts = [f"{_run(facts, day)}\n", *(f"### {title}\n\n{_table(own)}" for title, own in _groups(rows))]
    return "\n".join(parts)


def _beside(before: str, rows: Sequence[Row], facts: Mapping[str, str], day: str) -> str:
    """The groups of this run, each with the run named, in their places among those of an earlier one."""
    head, *sections = re.split(r"(?m)^### ", before)
    told = {section.partition("\n")[0]: section for section in sections}
    told.update((title, f"{title}\n\n{_run(facts, day)}\n\n{_table(own)}") for title, own in _groups(rows))
    titles = [title for title, _ in GROUPS if title in told]
    return head + "\n".join(f"### {told[title].strip()}\n" for title in titles)


def _run(facts: Mapping[str, str], day: str) -> str:
    return f"Run of {day}: {', '.join(f'{name} {value}' for name, value in facts.items())}."


def _groups(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    left = list(rows)
    for title, starts in GROUPS:
        own = [row for row in left if row.name.startswith(starts)]
        left = [row for row in left if row not in own]
        if own:
            yield title, own


def _table(rows: Sequence[Row]) -> str:
    lines = [
        "| what | runs | CPU ms: p50 / p99 / max | wall ms: p50 / p99 / max | outcomes |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    lines += [
        f"| {row.name} | {row.runs} | {_cells(row.cpu)} | {_cells(row.wall)} | {_outcomes(row)} |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def _cells(times: Times | None) -> str:
    return " / ".join(_figure(value) for value in (times.p50, times.p99, times.most)) if times else "-"


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _outcomes(row: Row) -> str:
    counted = ", ".join(f"{count} {name}" for name, count in sorted(row.outcomes.items()))
    return "; ".join(filter(None, (counted, row.said)))
