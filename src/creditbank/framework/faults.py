"""Faults of documents: each names its file, line and path, and all of a file are told at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from creditbank.errors import BadInput

Address = tuple[str | int, ...]
"""Where a value stands in a document: keys and list positions from the outside in."""

MOST_TOLD: Final = 100


def path_text(address: Address) -> str:
    """Spell an address the way people read it: `requires.of[2].where`."""
    text = ""
    for part in address:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a document. `slug` names the rule; `place` is `file:line` when known."""

    slug: str
    address: Address
    sentence: str
    next_step: str = ""
    place: str = ""

    @property
    def path(self) -> str:
        """The address as text; empty for the document as a whole."""
        return path_text(self.address)

    def at(self, place: str) -> Self:
        """The same fault, found at this place."""
        return replace(self, place=place)

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, self.path, self.sentence) if part)


class DocumentFaults(BadInput):
    """These documents cannot be taken in; `faults` names everything that is wrong with them, in order."""

    slug = "document-faults"

    def __init__(self, faults: Iterable[Fault], *, place: str = "") -> None:
        self.faults = tuple(faults)
        assert self.faults, "a document is refused for a reason"
        first = self.faults[0]
        if len(self.faults) == 1:
            sentence = f"{first.path}: {first.sentence}" if first.path else first.sentence
            super().__init__(sentence, place=first.place or place, next_step=first.next_step)
            return
        told = [str(fault) for fault in self.faults[:MOST_TOLD]]
        if len(self.faults) > MOST_TOLD:
            told.append("and more")
        listed = "".join(f"\n  {line}" for line in told)
        super().__init__(f"{len(self.faults)} faults:{listed}", place=place, next_step="Correct each of them.")
