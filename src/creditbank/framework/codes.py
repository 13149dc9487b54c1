"""Codes that others keep: countries, languages, fields of education. Which exist, and which was meant?

The lists enter as a value, `CodeLists`; where they come from is the business of an adapter. URIs of ESCO are checked by
their form alone, because ESCO has thousands of them and changes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from creditbank.framework.common import (
    Confidence,
    DateText,
    Document,
    Id,
    Problems,
    Sources,
    Term,
    Text,
    form,
)
from creditbank.framework.faults import Address, Fault
from creditbank.framework.unit import UnitDocument

ISCED_F: Final = "isced-f-2013"
"""The id of the list of fields that `fields` of a unit are codes of."""

ListedCode = Annotated[
    str,
    form(r"^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$", 'a code in quotes, of letters, digits, `.` and `-`, such as "0542"'),
]


class CodeList(Document):
    """A list of codes that somebody publishes, in one version: each code with its name.

    A code that begins with another one of the list is narrower than it, where the list says so in its summary.
    """

    document: Literal["creditbank/code-list/v1"]
    id: Id
    version: Annotated[str, Field(min_length=1, max_length=32)]
    title: Term
    owner: Text
    valid_from: DateText
    valid_until: DateText | None = None
    confidence: Confidence
    summary: Text
    licence: Text
    codes: Annotated[dict[ListedCode, Term], Field(min_length=1)]
    sources: Sources

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise Problems([(("valid_until",), f"it ends on {self.valid_until}, before it starts")])
        return self


@dataclass(frozen=True, slots=True)
class CodeLists:
    """Every list of codes at hand.

    `countries` are ISO 3166-1 codes of two letters with their names; `languages` the subtags with which BCP 47 names
    a language (ISO 639: two letters where there are two, else three), `longer` the three letters that stand for two;
    `scripts` the codes of ISO 15924. `lists` are the other lists by id.
    """

    countries: Mapping[str, str] = field(repr=False)
    languages: Mapping[str, str] = field(repr=False)
    longer: Mapping[str, str] = field(repr=False)
    scripts: Mapping[str, str] = field(repr=False)
    lists: Mapping[str, CodeList] = field(repr=False)

    def name_of(self, code: str, list_id: str = ISCED_F) -> str:
        """The name of a code of a list; empty for a code or a list that is not there."""
        found = self.lists.get(list_id)
        return found.codes.get(code, "") if found is not None else ""


COMMON_MISTAKES: Final[Mapping[str, str]] = {"UK": "GB", "EL": "GR", "EN": "GB"}
"""Two capitals that people write for a country, and the code that ISO 3166-1 has for it."""


def country_fault(code: str, codes: CodeLists, address: Address) -> Fault | None:
    """A country code that ISO 3166-1 does not have."""
    if code in codes.countries:
        return None
    meant = COMMON_MISTAKES.get(code, "")
    near = [meant] if meant else get_close_matches(code, list(codes.countries), n=3, cutoff=0.5)
    return Fault(
        "unknown-country",
        address,
        f"{code} is not a country code of ISO 3166-1.",
        _did_you_mean(near, codes.countries) or "Write the two capitals of ISO 3166-1, such as IN.",
    )


_REGION: Final = re.compile(r"[A-Z]{2}|[0-9]{3}", re.ASCII)


def language_fault(tag: str, codes: CodeLists, address: Address) -> Fault | None:
    """A language tag whose language, script or country nobody knows, or that is longer than BCP 47 writes it."""
    language, *rest = tag.split("-")
    if language in codes.longer:
        short = "-".join([codes.longer[language], *rest])
        return Fault("unknown-language", address, f"{tag} is written {short} (BCP 47).", f"Write {short}.")
    if language not in codes.languages:
        near = get_close_matches(language, list(codes.languages), n=3, cutoff=0.5)
        sentence = f"{language} is not a language of ISO 639."
        step = _did_you_mean(near, codes.languages) or "Write it as in en, pt-BR or zh-Hant."
        return Fault("unknown-language", address, sentence, step)
    for part in rest:
        if len(part) == 4 and part not in codes.scripts:
            return Fault("unknown-language", address, f"{part} in {tag} is not a script of ISO 15924.", "Leave it out.")
        if _REGION.fullmatch(part) and part.isalpha() and (found := country_fault(part, codes, address)) is not None:
            return Fault("unknown-language", address, f"In {tag}: {found.sentence}", found.next_step)
    return None


def listed_fault(code: str, list_id: str, codes: CodeLists, address: Address) -> Fault | None:
    """A code that its list does not have, or a list that is not at hand."""
    found = codes.lists.get(list_id)
    if found is None:
        known = ", ".join(sorted(codes.lists)) or "none"
        sentence = f"No code list {list_id!r} is loaded, so {code!r} cannot be looked up; loaded are: {known}."
        return Fault("unknown-code-list", address, sentence)
    if code in found.codes:
        return None
    near = _nearest(code, found)
    step = _did_you_mean(near, found.codes) or "Look the code up in the list."
    return Fault("unknown-code", address, f"{found.title} has no code {code}.", step)


def code_faults(unit: UnitDocument, codes: CodeLists) -> list[Fault]:
    """Every code of a unit that no list has: countries, languages, fields, and tags of the form `LIST:CODE`."""
    return [fault for fault in _looked_up(unit, codes) if fault is not None]


def _looked_up(unit: UnitDocument, codes: CodeLists) -> Iterator[Fault | None]:
    if unit.country is not None:
        yield country_fault(unit.country, codes, ("country",))
    if unit.language is not None:
        yield language_fault(unit.language, codes, ("language",))
    for tag in unit.titles:
        yield language_fault(tag, codes, ("titles", tag))
    for index, code in enumerate(unit.fields):
        yield listed_fault(code, ISCED_F, codes, ("fields", index))
    for index, tag in enumerate(unit.tags):
        yield _tag_fault(tag, codes, ("tags", index))
    for index, part in enumerate(unit.content):
        for at, material in enumerate(part.materials):
            for place, tag in enumerate(material.tags):
                yield _tag_fault(tag, codes, ("content", index, "materials", at, "tags", place))


def _tag_fault(tag: str, codes: CodeLists, address: Address) -> Fault | None:
    list_id, colon, code = tag.partition(":")
    if not colon or not code:
        sentence = f"{tag!r} does not say of which list it is."
        step = f"Write LIST:CODE, such as {ISCED_F}:0542, or put the word among free_tags."
        return Fault("unknown-code", address, sentence, step)
    return listed_fault(code, list_id, codes, address)


def _nearest(code: str, found: CodeList) -> list[str]:
    """The codes that share most of their beginning, else those that look alike."""
    for length in range(len(code) - 1, 1, -1):
        alike = [known for known in found.codes if known.startswith(code[:length])]
        if alike:
            return sorted(alike, key=lambda known: (abs(len(known) - len(code)), known))[:4]
    return get_close_matches(code, list(found.codes), n=3, cutoff=0.5)


def _did_you_mean(near: list[str], names: Mapping[str, str]) -> str:
    if not near:
        return ""
    *before, last = [f"{code} ({names[code]})" for code in near]
    return f"Did you mean {', '.join(before)} or {last}?" if before else f"Did you mean {last}?"


__all__ = [
    "ISCED_F",
    "CodeList",
    "CodeLists",
    "code_faults",
    "country_fault",
    "language_fault",
    "listed_fault",
]
