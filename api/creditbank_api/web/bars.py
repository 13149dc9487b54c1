"""Bars as inline SVG: whole numbers only, and the same data beside them as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from creditbank.units import Credits

WIDTH: Final = 1000
HEIGHT: Final = 28


@dataclass(frozen=True, slots=True)
class Part:
    """One segment: what it stands for (`kind` chooses fill and pattern), its amount in words, and where it is drawn."""

    kind: str
    label: str
    amount: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar for one notion, with its title, its description in words, and a mark at what is required."""

    id: str
    title: str
    description: str
    parts: tuple[Part, ...]
    mark: int | None = None

    @property
    def rows(self) -> tuple[Part, ...]:
        """The same data as a table: every part, also those too small to be drawn."""
        return self.parts


def balance_bar(id: str, title: str, total: Credits, parts: Sequence[tuple[str, str, Credits]]) -> Bar:
    """A bar of one whole, cut by state."""
    words = ", ".join(f"{amount} {label.lower()}" for _, label, amount in parts)
    return Bar(id, title, f"{title}: {total} in all, of which {words}.", _cut(total.thousandths, parts))


def progress_bar(id: str, title: str, have: int, need: int, words: str) -> Bar:
    """A bar that fills towards a mark; `have` may pass it."""
    whole = max(have, need, 1)
    width = WIDTH * have // whole
    mark = WIDTH * need // whole
    return Bar(id, title, words, (Part("met", "Have", words, 0, width),) if have else (), mark)


def _cut(whole: int, parts: Sequence[tuple[str, str, Credits]]) -> tuple[Part, ...]:
    drawn: list[Part] = []
    before = 0
    for kind, label, amount in parts:
        start = WIDTH * before // whole if whole else 0
        before += amount.thousandths
        end = WIDTH * before // whole if whole else 0
        drawn.append(Part(kind, label, str(amount), start, end - start))
    return tuple(drawn)
