"""A language in which every message names itself: English that goes round the catalogue stands out in it."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any, Final

from creditbank.framework import Qualification
from creditbank.stacking import Candidate, Setting
from creditbank.stacking.messages import ENGLISH, Wording

NAMES: Final = ("id", "title", "text", "scale", "grading", "framework", "credit_system", "code", "name")
"""Keys of rule documents whose values a sentence may say as they stand."""
FACTS: Final = (
    "document",
    "verdict",
    "kind",
    "status",
    "slug",
    "part",
    "limit",
    "digest",
    "standing",
    "because",
    "bound",
)
"""Keys of evaluations whose values are for programs."""


def _pseudo(name: str, text: str) -> str:
    if name == "words.decimal":
        return "·"
    values = [value for _, value, _, _ in Formatter().parse(text) if value is not None]
    if name.startswith("rule.register-"):  # a register's own words stand in them as they are
        values = []
    return f"⟦{name}|{' '.join(f'{{{value}}}' for value in values)}⟧"


class Catalogue(dict[str, str]):
    """The pseudo-language, and which of its messages were said."""

    def __init__(self) -> None:
        super().__init__({name: _pseudo(name, text) for name, text in ENGLISH.items()})
        self.said: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.said.add(name)
        return super().__getitem__(name)


CATALOGUE: Final = Catalogue()
PSEUDO: Final = Wording("pseudo", CATALOGUE)


def in_pseudo(setting: Setting) -> Setting:
    """The same setting, with sentences in the pseudo-language."""
    return dataclasses.replace(setting, wording=PSEUDO)


def leaks(document: Any, known: set[str]) -> list[str]:
    """Every text of an evaluation in which letters stand that are neither of the catalogue nor `known`."""
    names = sorted((re.escape(name) for name in known if name), key=len, reverse=True)
    taken = re.compile(r"⟦[a-z0-9.-]+\||" + "|".join(rf"(?<![A-Za-z]){name}(?![A-Za-z])" for name in names))
    return [text for text in _texts(document) if re.search(r"[A-Za-z]", taken.sub("", text))]


def _texts(value: Any) -> Iterator[str]:
    """Every text but plain facts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in FACTS:
                yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def known_names(setting: Setting, *rules: Qualification, units: list[Candidate]) -> set[str]:
    """What documents, units and the setting call things."""
    known = {setting.awarding, *setting.names, *setting.names.values(), *setting.systems, *setting.frameworks}
    known |= {policy.id for policy in setting.conversions} | {decision.id for decision in setting.recognitions}
    known |= {setting.register.id} if setting.register is not None else set()
    for exception in setting.exceptions:
        known |= set(_texts(exception.model_dump(mode="json", exclude={"kind"}))) | {exception.kind}
    for one in rules:
        known |= set(_named(one.model_dump(mode="json"))) | {name.replace("-", " ") for name in one.calendars}
    for unit in units:
        facts = unit.facts
        known |= {facts.credential, facts.issuer, facts.achievement, facts.title, facts.source_type, facts.kind}
        known |= {facts.credits.system, *(grade for _, grade in facts.grades)}
    return known


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in NAMES and isinstance(inner, str):
                yield inner
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)
