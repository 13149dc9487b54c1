"""Every sentence of the room, by id, in English; another catalogue says the same in another language.

A message is a template with named values in braces. Where a number decides between forms, the catalogue holds one
message per plural category of its language (`units.one`, `units.other`, as CLDR names them).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

ENGLISH: Final[Mapping[str, str]] = {
    # standing
    "standing.in-progress": "It is in progress, and expected on {day}; only what is earned counts.",
    "standing.planned": "It is planned, and expected on {day}; only what is earned counts.",
    # what_if
    "what-if.adds-up": "It would add up: {credits} would be counted towards «{title}» of {body}, {ahead}.",
    "what-if.all-earned": "and all of it is earned already",
    "what-if.ahead.one": "{number} unit of it not earned yet",
    "what-if.ahead.other": "{number} units of it not earned yet",
    "what-if.falls-short": "Even so it would not add up.",
    "what-if.nothing-to-prove": "This is a what-if: it weighs units that nobody has earned yet, and nothing is proven"
    " or awarded of that.",
}


def english_plural(number: Fraction) -> str:
    """CLDR's categories of English: `one` for exactly one, else `other`."""
    return "one" if number == 1 else "other"


@dataclass(frozen=True, slots=True)
class Wording:
    """A language: its messages, and which plural category a number falls into."""

    language: str = "en"
    messages: Mapping[str, str] = field(default_factory=lambda: ENGLISH)
    plural: Callable[[Fraction], str] = english_plural

    def say(self, message: str, /, **values: object) -> str:
        """The message of this id with its values filled in; a `KeyError` is a broken promise of our own."""
        return self.messages[message].format_map(values)

    def count(self, message: str, number: Fraction | int, /, **values: object) -> str:
        """The message in the plural form that this number asks for."""
        return self.say(f"{message}.{self.plural(Fraction(number))}", **values)
