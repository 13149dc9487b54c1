"""Templates: what units of a kind must, may and must not say, before anybody writes one.

A template speaks of the keys of a unit document by their paths. It may extend another one, exactly one version of it,
and then only tighten it; what that means stands in `creditbank.framework.inheriting`.
"""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, model_validator

from creditbank.canonical import Json
from creditbank.framework.common import (
    Confidence,
    CreditText,
    Document,
    Id,
    LevelCode,
    Problems,
    ShareText,
    Sources,
    Term,
    Text,
    form,
)
from creditbank.framework.faults import Address
from creditbank.framework.shape import OWN_KEYS, Shape, paths_of_units, shape_of, stated
from creditbank.framework.unit import Dimension, HoursText, TemplateRef, UnitLanguage, VersionText, hours_of

Coverage = Literal["taught", "practised", "assessed"]
FieldPath = Annotated[
    str,
    form(r"^[a-z_]{1,40}(\.[a-z_]{1,40}){0,3}$", "a key of a unit, such as workload, or one inside it: outcomes.text"),
]


def _not_empty(found: tuple[str, ...]) -> tuple[str, ...]:
    if not found:
        raise ValueError("an empty list says nothing; leave the key out, or list what is meant")
    return found


Listed = Annotated[tuple[Term, ...], AfterValidator(_not_empty)]
Count = Annotated[int, Field(ge=0, le=1000)]

ASPECTS: Final = (
    "required",
    "fixed",
    "default",
    "allowed",
    "one_of",
    "all_of",
    "without_words",
    "at_least",
    "at_most",
    "entries_at_least",
    "entries_at_most",
)
"""What a rule can say of a key; the guidance beside it binds nobody."""


class FieldRule(Document):
    """What a template says of one key of a unit. What it does not say is left to the parent, or to the teacher.

    In a list of entries a rule speaks of every entry. `allowed` bounds every value that is there; `one_of` asks for at
    least one of the listed values, `all_of` for each of them.
    """

    required: bool | None = Field(default=None, description="it must be stated when the unit is published")
    fixed: JsonValue = Field(default=None, description="the only value there may be; locked for everybody below")
    default: JsonValue = Field(default=None, description="what a draft starts with; may be changed")
    allowed: Listed | None = None
    one_of: Listed | None = None
    all_of: Listed | None = None
    without_words: Listed | None = Field(default=None, description="words the text must not hold")
    at_least: HoursText | None = None
    at_most: HoursText | None = None
    entries_at_least: Count | None = None
    entries_at_most: Count | None = None
    guidance: Annotated[str, Field(max_length=2000)] = Field(default="", description="shown to the teacher")

    def says(self, aspect: str) -> bool:
        """Whether the rule itself says something of this aspect."""
        return getattr(self, aspect) is not None


class CreditRange(Document):
    """The least and the largest number of credits of one system; both ends are allowed."""

    system: Id
    at_least: CreditText | None = None
    at_most: CreditText | None = None


class CreditRules(Document):
    """How large a unit is, in credits: stated in at least one system of `one_of`, and inside each range stated here."""

    one_of: tuple[Id, ...] = ()
    ranges: tuple[CreditRange, ...] = ()


class LevelRange(Document):
    """The lowest and the highest level of one version of a framework; both ends are allowed."""

    framework: Id
    version: VersionText
    at_least: LevelCode | None = None
    at_most: LevelCode | None = None


class LevelRules(Document):
    """How high a unit is: at a level of at least one framework of `one_of`, and inside each range stated here."""

    one_of: tuple[Id, ...] = ()
    ranges: tuple[LevelRange, ...] = ()


class Template(Document):
    """What units of one kind have in common, in one version, so that a teacher need not find it out."""

    document: Literal["creditbank/template/v1"]
    id: Id
    version: VersionText
    title: Term
    scope: Literal["subject", "professional", "occupational", "institution", "faculty"]
    extends: TemplateRef | None = None
    owner: Text
    language: UnitLanguage
    summary: Text
    fields: dict[FieldPath, FieldRule] = Field(default_factory=dict)
    credits: CreditRules | None = None
    levels: LevelRules | None = None
    dimension_shares: dict[Dimension, ShareText] = Field(
        default_factory=dict, description="the least part of the outcomes, by their weights, in a dimension"
    )
    coverage: tuple[Coverage, ...] = Field(default=(), description="what is done with every outcome")
    coherence_review: bool | None = Field(
        default=None, description="a reviewer found exactly this text of the unit coherent"
    )
    sources: Sources
    confidence: Confidence
    sample: bool = False

    @model_validator(mode="after")
    def _speaks_of_units(self) -> Self:
        if found := list(_problems(self)):
            raise Problems(found)
        return self

    @property
    def name(self) -> str:
        """Id and version, as sentences name a template."""
        return f"{self.id} {self.version}"


Problem = tuple[Address, str]


def _problems(template: Template) -> Iterator[Problem]:
    if template.extends is not None and template.extends.id == template.id:
        same = template.extends.version == template.version
        yield (
            ("extends",),
            "a template cannot extend itself" if same else "a template extends another one, not its past",
        )
    for path, rule in template.fields.items():
        at: Address = ("fields", path)
        shape = shape_of(path)
        if shape is None:
            yield at, _no_such_key(path)
            continue
        yield from (((*at, *inner), said) for inner, said in rule_problems(path, shape, rule))
    for key in ("credits", "levels"):
        yield from _range_problems(template, key)
    total = sum((Fraction(share) for share in template.dimension_shares.values()), Fraction(0))
    if total > 1:
        yield ("dimension_shares",), f"the shares come to {total}, which is more than the whole"
    for index, word in enumerate(template.coverage):
        if word in template.coverage[:index]:
            yield ("coverage", index), f"{word!r} stands here twice"


def _no_such_key(path: str) -> str:
    first = path.partition(".")[0]
    if first in OWN_KEYS:
        return f"{first!r} belongs to each unit by itself; no template rules it"
    inside = [known for known in paths_of_units() if known.startswith(f"{first}.")]
    known = inside if shape_of(first) is not None else [one for one in paths_of_units() if "." not in one]
    listed = ", ".join(known) or f"only {first} itself"
    return f"a unit has no key {path!r}; it has: {listed}"


_APPLIES: Final[dict[str, tuple[str, ...]]] = {
    "allowed": ("text", "texts", "table"),
    "one_of": ("text", "texts"),
    "all_of": ("text", "texts"),
    "without_words": ("text", "texts", "table"),
    "at_least": ("hours",),
    "at_most": ("hours",),
    "entries_at_least": ("texts", "entries"),
    "entries_at_most": ("texts", "entries"),
}


def rule_problems(path: str, shape: Shape, rule: FieldRule) -> Iterator[Problem]:
    """In what a rule contradicts itself, or asks what nothing at this path can give; addresses are below the rule."""
    for aspect, kinds in _APPLIES.items():
        if rule.says(aspect) and shape.kind not in kinds:
            yield (aspect,), f"`{aspect}` says nothing about {path}, which is {_KINDS[shape.kind]}"
    for aspect in ("fixed", "default"):
        value = getattr(rule, aspect)
        if value is None:
            continue
        if not stated(value):
            yield (aspect,), f"an empty value is nothing to start from; leave `{aspect}` out"
        elif refusal := shape.refuses(value):
            yield (aspect,), f"a unit cannot say this of {path}: {refusal}"
    for aspect in ("allowed", "one_of", "all_of"):
        for index, value in enumerate(getattr(rule, aspect) or () if shape.kind in _APPLIES[aspect] else ()):
            if shape.kind != "table" and (refusal := shape.refuses(value, item=True)):
                yield (aspect, index), f"a unit cannot say {value!r} of {path}: {refusal}"
    if rule.fixed is not None and rule.default is not None:
        yield ("default",), "a fixed value needs no default"
    yield from _range_of_rule(rule)
    yield from _list_problems(path, rule)


def _range_of_rule(rule: FieldRule) -> Iterator[Problem]:
    low, high = rule.at_least, rule.at_most
    if low is not None and high is not None and hours_of(low) > hours_of(high):
        yield ("at_least",), f"{low} is more than at_most, {high}: nothing is in this range"
    fewest, most = rule.entries_at_least, rule.entries_at_most
    if fewest is not None and most is not None and fewest > most:
        yield ("entries_at_least",), f"{fewest} is more than entries_at_most, {most}: no list has so many"
    if rule.required and most == 0:
        yield ("entries_at_most",), "it is required, and may have no entry"


def _list_problems(path: str, rule: FieldRule) -> Iterator[Problem]:
    for aspect in ("allowed", "one_of", "all_of", "without_words"):
        listed = getattr(rule, aspect) or ()
        for index, value in enumerate(listed):
            if value in listed[:index]:
                yield (aspect, index), f"{value!r} stands here twice"
    if rule.allowed is None:
        return
    for index, value in enumerate(rule.all_of or ()):
        if not fits(path, value, rule.allowed):
            yield ("all_of", index), f"{value!r} must be there, and is not allowed"
    if rule.one_of is not None and not any(fits(path, value, rule.allowed) for value in rule.one_of):
        yield ("one_of",), "none of these values is allowed"


_KINDS: Final = {
    "text": "one text",
    "hours": "a number of hours",
    "texts": "a list of texts",
    "entries": "a list of entries",
    "object": "one entry with keys of its own",
    "table": "one text per language",
    "flag": "true or false",
}


def fits(path: str, value: str, listed: Iterable[str]) -> bool:
    """Whether a value is one of those listed.

    A field of study is also one of the broader field it lies in (`0542` of `054`), a regional language one of its
    language (`en-GB` of `en`), a level is compared as it is spelled.
    """
    if path == "fields":
        return any(value.startswith(code) for code in listed)
    if path == "language":
        return any(value == tag or value.startswith(f"{tag}-") for tag in listed)
    return value in set(listed)


def holds_word(text: str, word: str) -> bool:
    """Whether a text holds this word, or these words in a row, whatever their capitals."""
    return re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", text.casefold()) is not None


def _range_problems(template: Template, key: str) -> Iterator[Problem]:
    rules: CreditRules | LevelRules | None = template.credits if key == "credits" else template.levels
    if rules is None:
        return
    name = "system" if key == "credits" else "framework"
    if not rules.one_of and not rules.ranges:
        yield (key,), "it says neither `one_of` nor `ranges`; leave it out"
    seen: set[str] = set()
    ranges: tuple[CreditRange | LevelRange, ...] = rules.ranges
    for index, one in enumerate(ranges):
        about: str = getattr(one, name)
        at: Address = (key, "ranges", index)
        if about in seen:
            yield (*at, name), f"{about!r} stands here twice"
        seen.add(about)
        if one.at_least is None and one.at_most is None:
            yield at, "a range says `at_least`, `at_most` or both"
        elif isinstance(one, CreditRange) and _above(one.at_least, one.at_most):
            yield (*at, "at_least"), f"{one.at_least} is more than at_most, {one.at_most}: nothing is in this range"
    for index, about in enumerate(rules.one_of):
        if about in rules.one_of[:index]:
            yield (key, "one_of", index), f"{about!r} stands here twice"


def _above(low: str | None, high: str | None) -> bool:
    return low is not None and high is not None and Fraction(low) > Fraction(high)


def planted(path: str, value: Json) -> Json:
    """Plain values of a unit that says nothing but this value at this path; a list on the way has one entry."""
    *outer, key = path.split(".")
    plain: Json = {key: value}
    for depth in range(len(outer), 0, -1):
        shape = shape_of(".".join(outer[:depth]))
        plain = {outer[depth - 1]: [plain] if shape is not None and shape.kind == "entries" else plain}
    return plain


__all__ = [
    "ASPECTS",
    "CreditRange",
    "CreditRules",
    "FieldRule",
    "LevelRange",
    "LevelRules",
    "Template",
    "fits",
    "holds_word",
    "planted",
    "rule_problems",
]
