"""Another language for the room's sentences: what its catalogue must hold, and how its numbers fall into plural forms.

A catalogue is whole or it is refused with a list of everything that is wrong, so that no sentence ever falls back to
English unnoticed. It may say what its English message says in another order and with other words, but with the same
named values.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from string import Formatter
from typing import Final

from creditbank.framework.faults import DocumentFaults, Fault
from creditbank.stacking.messages import ENGLISH, Wording, english_plural

_NAME: Final = re.compile(r"[a-z_]+", re.ASCII)
_PLURAL: Final = ".other"
"""Every language has this form, so an English message that ends so is one of several."""


@dataclass(frozen=True, slots=True)
class Plurals:
    """The plural categories of a language (CLDR), and into which of them a number falls."""

    categories: tuple[str, ...]
    of: Callable[[Fraction], str]


def _french(number: Fraction) -> str:
    return "one" if 0 <= number < 2 else "other"


def _none(number: Fraction) -> str:
    return "other"


def _east_slavic(number: Fraction) -> str:
    if number.denominator != 1:
        return "other"
    one, ten = number % 10, number % 100
    if one == 1 and ten != 11:
        return "one"
    return "few" if 2 <= one <= 4 and not 12 <= ten <= 14 else "many"


PLURALS: Final[Mapping[str, Plurals]] = {
    "one": Plurals(("one", "other"), english_plural),
    "zero-and-one": Plurals(("one", "other"), _french),
    "none": Plurals(("other",), _none),
    "east-slavic": Plurals(("one", "few", "many", "other"), _east_slavic),
}
"""By name, the rules that a catalogue may ask for: of English and German; of French; of Korean, Japanese and Chinese;
of Russian and Ukrainian.
"""


def faults_in(messages: Mapping[str, str], categories: Sequence[str]) -> tuple[Fault, ...]:
    """Everything that is wrong with a catalogue whose language has these plural categories, by id of the message."""
    wanted = dict(_wanted(categories))
    found = [
        Fault("missing-message", (name,), f"This message is missing. In English: {ENGLISH[english]!r}.")
        for name, english in wanted.items()
        if name not in messages
    ]
    for name, text in messages.items():
        if name not in wanted:
            found.append(Fault("unknown-message", (name,), "The engine says no message with this id."))
        else:
            found += _faults_of(name, text, _values(ENGLISH[wanted[name]]))
    return tuple(sorted(found, key=lambda fault: (fault.address, fault.slug)))


def _wanted(categories: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every id that a catalogue needs, with the English message that it says."""
    plurals = {name.removesuffix(_PLURAL) for name in ENGLISH if name.endswith(_PLURAL)}
    for name in ENGLISH:
        base = name.rpartition(".")[0]
        if base not in plurals:
            yield name, name
        elif name.endswith(_PLURAL):
            for category in categories:
                yield f"{base}.{category}", name


def _faults_of(name: str, text: str, wanted: frozenset[str]) -> Iterator[Fault]:
    try:
        told = _values(text)
    except ValueError:
        yield Fault("unreadable-message", (name,), "Its braces cannot be read; a value is its name in braces.")
        return
    if not text:
        yield Fault("empty-message", (name,), "It says nothing.")
    for value in sorted(wanted - told):
        yield Fault("missing-value", (name,), f"It does not say {{{value}}}.")
    for value in sorted(told - wanted):
        yield Fault("unknown-value", (name,), f"There is no value {{{value}}} to say.")


def _values(text: str) -> frozenset[str]:
    """The values that a template names. Raises `ValueError` for anything in braces but a plain name."""
    names = set()
    for _, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or _NAME.fullmatch(name) is None:
            raise ValueError(name)
        names.add(name)
    return frozenset(names)


def read_wording(language: str, plurals: str, messages: Mapping[str, str], *, place: str = "") -> Wording:
    """A language from its catalogue; raises `DocumentFaults` with everything that is wrong with it."""
    rule = PLURALS.get(plurals)
    if rule is None:
        known = ", ".join(PLURALS)
        raise DocumentFaults(
            [Fault("unknown-plurals", ("plurals",), f"{plurals[:40]!r} is none of these rules: {known}.")], place=place
        )
    faults = faults_in(messages, rule.categories)
    if faults:
        raise DocumentFaults(faults, place=place)
    return Wording(language, dict(messages), rule.of)
