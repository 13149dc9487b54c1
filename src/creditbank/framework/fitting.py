"""Does a value keep the rule of its key? One rule at a time, each departure with its address and the words for it."""

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import TypeAlias

from creditbank.canonical import Json
from creditbank.framework.faults import Address
from creditbank.framework.shape import stated, texts_at, values_at
from creditbank.framework.template import FieldRule, fits, holds_word
from creditbank.framework.unit import hours_of

Departure: TypeAlias = tuple[str, Address, str]
"""The aspect of the rule, where in the unit, and the words for it."""


def departures(plain: Json, path: str, rule: FieldRule) -> Iterator[Departure]:
    """Everything in which a unit, in plain values, does not keep the rule of one key."""
    values = values_at(plain, path)
    for address, value in values:
        if rule.required and not stated(value):
            yield "required", address, f"`{address[-1]}` is missing"
        if rule.fixed is not None and value != rule.fixed:
            yield "fixed", address, f"it must be {shown(rule.fixed)}"
        if isinstance(value, list):
            yield from _counted(address, value, rule)
        elif isinstance(value, str) and value:
            yield from _measured(address, value, rule)
    yield from _listed(plain, path, rule)


def _counted(address: Address, value: list[Json], rule: FieldRule) -> Iterator[Departure]:
    least, most = rule.entries_at_least, rule.entries_at_most
    if least is not None and len(value) < least and (value or not rule.required):  # what is missing is told once
        yield "entries_at_least", address, f"at least {entries(least)} must be here, and {_there(len(value))}"
    if most is not None and len(value) > most:
        yield "entries_at_most", address, f"at most {entries(most)} may be here, and {_there(len(value))}"


def _measured(address: Address, value: str, rule: FieldRule) -> Iterator[Departure]:
    if rule.at_least is not None and hours_of(value) < hours_of(rule.at_least):
        yield "at_least", address, f"{hours(value)} are less than the {hours(rule.at_least)} asked for"
    if rule.at_most is not None and hours_of(value) > hours_of(rule.at_most):
        yield "at_most", address, f"{hours(value)} are more than the {hours(rule.at_most)} allowed"


def _listed(plain: Json, path: str, rule: FieldRule) -> Iterator[Departure]:
    texts = texts_at(plain, path)
    whole: Address = tuple(path.split(".")[:1])
    for address, value in texts:
        if rule.allowed is not None and not fits(path, value, rule.allowed):
            yield "allowed", address, f"{value[:80]!r} is not allowed here; allowed are: {', '.join(rule.allowed)}"
        for word in rule.without_words or ():
            if holds_word(value, word):
                yield "without_words", address, f"it holds the word {word!r}, which is not allowed here"
    if rule.one_of is not None and not any(fits(path, value, rule.one_of) for _, value in texts):
        yield "one_of", whole, f"of these at least one must stand at `{path}`: {', '.join(rule.one_of)}"
    for wanted in rule.all_of or ():
        if not any(fits(path, value, [wanted]) for _, value in texts):
            yield "all_of", whole, f"{wanted!r} must stand at `{path}`, and does not"


def entries(count: int) -> str:
    """`1 entry`, `2 entries`."""
    return f"{count} entry" if count == 1 else f"{count} entries"


def _there(count: int) -> str:
    return "there is none" if count == 0 else f"there {'is' if count == 1 else 'are'} {count}"


def hours(text: str) -> str:
    """A time of work in words: `PT60H` is `60 hours`, `PT7H30M` is `7.5 hours`."""
    return f"{number(hours_of(text))} hours"


def number(value: Fraction) -> str:
    """A number as people write it: whole where it is, else with at most two decimals."""
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.2f}".rstrip("0").rstrip(".")


def shown(value: Json) -> str:
    """A value in a sentence."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {shown(one)}" for key, one in value.items() if stated(one)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(shown(one) for one in value) + "]"
    return repr(value) if isinstance(value, str) else str(value)


def quoted(value: Json) -> str:
    """A value on one line of YAML, quoted as JSON quotes it; what does not print is written as its code point."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in text)


__all__ = ["Departure", "departures", "entries", "hours", "number", "quoted", "shown"]
