"""A template with its parents: what holds in the end, from which template each rule comes, and what was loosened.

A child writes only what it changes. What it writes holds, and must be at least as tight as what its parent says; so a
unit that fits the child fits the parent too. Nothing is loosened silently: each attempt is a fault with its address.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, TypeAlias

from pydantic import ValidationError

from creditbank.canonical import Json, JsonObject
from creditbank.framework.common import Document
from creditbank.framework.faults import Address, DocumentFaults, Fault, path_text
from creditbank.framework.fitting import departures, hours, shown
from creditbank.framework.framework import Framework
from creditbank.framework.shape import Shape, paths_of_units, shape_of
from creditbank.framework.template import (
    ASPECTS,
    CreditRange,
    CreditRules,
    FieldRule,
    LevelRange,
    LevelRules,
    Template,
    fits,
    planted,
    rule_problems,
)
from creditbank.framework.unit import UnitDocument, hours_of

TemplateKey: TypeAlias = tuple[str, str]
"""Id and version: a template is always named in one version."""


@dataclass(frozen=True, slots=True)
class TemplateBook:
    """The templates at hand by id and version, and the frameworks whose levels they speak of, by id and version."""

    templates: Mapping[TemplateKey, Template] = field(repr=False)
    frameworks: Mapping[TemplateKey, Framework] = field(repr=False)

    @classmethod
    def of(cls, documents: Iterable[Document]) -> "TemplateBook":
        """The book of all templates and frameworks among these documents."""
        loaded = list(documents)
        return cls(
            {(one.id, one.version): one for one in loaded if isinstance(one, Template)},
            {(one.id, one.version): one for one in loaded if isinstance(one, Framework)},
        )

    def codes(self, levels: LevelRange) -> tuple[str, ...] | None:
        """The levels of a range, lowest first; None when the framework or one of the levels is not known."""
        framework = self.frameworks.get((levels.framework, levels.version))
        if framework is None:
            return None
        codes = [level.code for level in framework.levels]
        if any(end is not None and end not in codes for end in (levels.at_least, levels.at_most)):
            return None
        first = codes.index(levels.at_least) if levels.at_least is not None else 0
        last = codes.index(levels.at_most) if levels.at_most is not None else len(codes) - 1
        return tuple(codes[first : last + 1])


@dataclass(frozen=True, slots=True)
class AllowedLevels:
    """The levels of one version of a framework at which a unit may stand."""

    version: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResolvedTemplate:
    """Everything that holds for a unit of this template, whichever template of the chain says it.

    `chain` is the template, its parent, and so on. `origins` tells for each rule, as `path/aspect`, which template
    said it last.
    """

    template: Template
    chain: tuple[Template, ...]
    fields: Mapping[str, FieldRule] = field(repr=False)
    credit_systems: tuple[str, ...] = ()
    credit_ranges: Mapping[str, CreditRange] = field(default_factory=dict)
    level_frameworks: tuple[str, ...] = ()
    levels: Mapping[str, AllowedLevels] = field(default_factory=dict)
    dimension_shares: Mapping[str, Fraction] = field(default_factory=dict)
    coverage: tuple[str, ...] = ()
    coherence_review: bool = False
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)

    def origin(self, path: str, aspect: str = "") -> str:
        """Which template says this of a key, by id and version."""
        return self.origins.get(f"{path}/{aspect}" if aspect else path, self.template.name)


def resolve(template: Template, book: TemplateBook) -> ResolvedTemplate:
    """The template with everything it inherits.

    Raises `DocumentFaults` when a parent is missing, the chain runs in a circle, a template of it loosens what its
    parent says, or contradicts it.
    """
    faults = [fault for one in _reachable(template, book) for fault in check_template(one, book)]
    if faults:
        raise DocumentFaults(faults, place=template.name)
    return _merged(_chain(template, book)[0], book)


def check_template(template: Template, book: TemplateBook, systems: Iterable[str] | None = None) -> list[Fault]:
    """Everything in which a template disagrees with what it names: its parents, frameworks, credit systems.

    Faults of the parents themselves are told where they are checked. Without `systems` no credit system is looked up.
    """
    unknown = list(_unknown_names(template, book, None if systems is None else set(systems)))
    chain, broken = _chain(template, book)
    if broken is not None:
        return [*unknown, broken]
    looser = loosenings(template, _merged(chain[1:], book), book) if len(chain) > 1 else []
    return [*unknown, *looser] or contradictions(_merged(chain, book))


def _reachable(template: Template, book: TemplateBook) -> tuple[Template, ...]:
    return _chain(template, book)[0]


def _chain(template: Template, book: TemplateBook) -> tuple[tuple[Template, ...], Fault | None]:
    """The template and its parents, and what breaks the chain."""
    chain = [template]
    while (parent := chain[-1].extends) is not None:
        at: Address = ("extends",)
        versions = sorted(version for id, version in book.templates if id == parent.id)
        if not versions:
            return tuple(chain), Fault("unknown-template", at, f"No template {parent.id!r} is loaded.")
        if parent.version not in versions:
            sentence = f"The template {parent.id!r} has no version {parent.version!r}; loaded are: "
            return tuple(chain), Fault("unknown-template", at, f"{sentence}{', '.join(versions)}.")
        above = book.templates[parent.id, parent.version]
        if above.name in [one.name for one in chain]:
            circle = ", which extends ".join([*(one.name for one in chain), above.name])
            return tuple(chain), Fault("template-circle", at, f"The templates run in a circle: {circle}.")
        chain.append(above)
    return tuple(chain), None


def _unknown_names(template: Template, book: TemplateBook, systems: set[str] | None) -> Iterator[Fault]:
    credits, levels = template.credits or CreditRules(), template.levels or LevelRules()
    named: list[tuple[Address, str]] = [(("credits", "one_of", place), one) for place, one in enumerate(credits.one_of)]
    named += [(("credits", "ranges", place, "system"), one.system) for place, one in enumerate(credits.ranges)]
    for address, name in named if systems is not None else ():
        if name not in (systems or ()):
            yield Fault("unknown-document-named", address, f"No credit system {name!r} is loaded.")
    known = {id for id, _ in book.frameworks}
    for place, name in enumerate(levels.one_of):
        if name not in known:
            yield Fault("unknown-document-named", ("levels", "one_of", place), f"No framework {name!r} is loaded.")
    for place, one in enumerate(levels.ranges):
        yield from _unknown_levels(one, book, ("levels", "ranges", place))


def _unknown_levels(levels: LevelRange, book: TemplateBook, at: Address) -> Iterator[Fault]:
    framework = book.frameworks.get((levels.framework, levels.version))
    if framework is None:
        versions = ", ".join(sorted(version for id, version in book.frameworks if id == levels.framework)) or "none"
        sentence = f"No framework {levels.framework!r} of version {levels.version!r} is loaded; loaded are: {versions}."
        yield Fault("unknown-document-named", (*at, "framework"), sentence)
        return
    codes = [level.code for level in framework.levels]
    for end in ("at_least", "at_most"):
        code = getattr(levels, end)
        if code is not None and code not in codes:
            sentence = f"{framework.id} {framework.version} has no level {code!r}; it has: {', '.join(codes)}."
            yield Fault("unknown-level", (*at, end), sentence)
    if book.codes(levels) == ():
        sentence = f"No level is at least {levels.at_least} and at most {levels.at_most}."
        yield Fault("empty-range", at, sentence)


def _merged(chain: tuple[Template, ...], book: TemplateBook) -> ResolvedTemplate:
    """What the chain says together; a child's word stands in place of its parent's."""
    fields: dict[str, FieldRule] = {}
    credit_ranges: dict[str, CreditRange] = {}
    levels: dict[str, AllowedLevels] = {}
    shares: dict[str, Fraction] = {}
    origins: dict[str, str] = {}
    systems: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    coverage: tuple[str, ...] = ()
    review = False
    for template in reversed(chain):
        said: list[str] = []
        for path, rule in template.fields.items():
            fields[path] = _over(fields.get(path), rule)
            said += [path, *(f"{path}/{aspect}" for aspect in ASPECTS if rule.says(aspect))]
        if template.credits is not None:
            systems = template.credits.one_of or systems
            credit_ranges |= {
                one.system: _within(credit_ranges.get(one.system), one) for one in template.credits.ranges
            }
            said += ["credits/one_of"] if template.credits.one_of else []
            said += [f"credits/{one.system}" for one in template.credits.ranges]
        if template.levels is not None:
            frameworks = template.levels.one_of or frameworks
            levels |= {
                one.framework: _at_levels(levels.get(one.framework), one, book) for one in template.levels.ranges
            }
            said += ["levels/one_of"] if template.levels.one_of else []
            said += [f"levels/{one.framework}" for one in template.levels.ranges]
        shares |= {dimension: Fraction(share) for dimension, share in template.dimension_shares.items()}
        said += [f"dimension_shares/{dimension}" for dimension in template.dimension_shares]
        coverage, said = template.coverage or coverage, [*said, *(["coverage"] if template.coverage else [])]
        if template.coherence_review is not None:
            review, said = template.coherence_review, [*said, "coherence_review"]
        origins |= dict.fromkeys(said, template.name)
    order = {path: place for place, path in enumerate(paths_of_units())}
    ordered = dict(sorted(fields.items(), key=lambda item: order[item[0]]))
    return ResolvedTemplate(
        chain[0], chain, ordered, systems, credit_ranges, frameworks, levels, shares, coverage, review, origins
    )


def _over(parent: FieldRule | None, child: FieldRule) -> FieldRule:
    if parent is None:
        return child
    said = {aspect: getattr(child, aspect) for aspect in ASPECTS if child.says(aspect)}
    if child.guidance:
        said["guidance"] = child.guidance
    if child.fixed is not None:
        said["default"] = None
    return parent.model_copy(update=said)


def _within(parent: CreditRange | None, child: CreditRange) -> CreditRange:
    if parent is None:
        return child
    low, high = child.at_least or parent.at_least, child.at_most or parent.at_most
    return CreditRange(system=child.system, at_least=low, at_most=high)


def _at_levels(parent: AllowedLevels | None, child: LevelRange, book: TemplateBook) -> AllowedLevels:
    """The levels of a range; an end that the child leaves open is its parent's."""
    if parent is not None and parent.codes and parent.version == child.version:
        low, high = child.at_least or parent.codes[0], child.at_most or parent.codes[-1]
        child = child.model_copy(update={"at_least": low, "at_most": high})
    return AllowedLevels(child.version, book.codes(child) or ())


def loosenings(child: Template, parent: ResolvedTemplate, book: TemplateBook) -> list[Fault]:
    """Everywhere a child allows what its parent, with all that it inherits, does not."""
    found: list[Fault] = []
    for path, rule in child.fields.items():
        above = parent.fields.get(path)
        if above is not None:
            at: Address = ("fields", path)
            said = _looser(path, rule, above)
            found += [_loose((*at, aspect), parent.origin(path, aspect), words) for aspect, words in said]
    found += [_loose(at, parent.origin(key), words) for at, key, words in _looser_sizes(child, parent)]
    found += [_loose(at, parent.origin(key), words) for at, key, words in _looser_levels(child, parent, book)]
    found += [_loose(at, parent.origin(key), words) for at, key, words in _looser_whole(child, parent)]
    return found


def _loose(address: Address, origin: str, words: str) -> Fault:
    step = "Leave it out to inherit it, or make it tighter."
    return Fault("loosened", address, f"{words[:1].upper()}{words[1:]} ({origin}).", step)


_ORDERED: Final = ("at_least", "at_most", "entries_at_least", "entries_at_most")


def _looser(path: str, child: FieldRule, parent: FieldRule) -> Iterator[tuple[str, str]]:
    """Aspects in which a child's rule is looser than its parent's, with words for it."""
    if child.required is False and parent.required:
        yield "required", "the parent requires it, and this template does not"
    if parent.fixed is not None:
        if child.fixed is not None and child.fixed != parent.fixed:
            yield "fixed", f"the parent locks it at {shown(parent.fixed)}"
        if child.default is not None:
            yield "default", f"the parent locks it at {shown(parent.fixed)}; a default would open it again"
    for aspect in ("allowed", "one_of"):
        listed, above = getattr(child, aspect), getattr(parent, aspect)
        wider = [one for one in listed or () if above is not None and not fits(path, one, above)]
        if wider:
            yield aspect, f"{', '.join(wider)} {_is(wider)} not among what the parent lists: {', '.join(above)}"
    if child.all_of is not None:
        gone = [one for one in parent.all_of or () if not any(fits(path, mine, [one]) for mine in child.all_of)]
        if gone:
            yield "all_of", f"the parent asks for {', '.join(gone)} too"
    if child.without_words is not None:
        words = {word.casefold() for word in child.without_words}
        gone = [word for word in parent.without_words or () if word.casefold() not in words]
        if gone:
            yield "without_words", f"the parent refuses {', '.join(gone)} too"
    yield from _looser_bounds(child, parent)


def _looser_bounds(child: FieldRule, parent: FieldRule) -> Iterator[tuple[str, str]]:
    for aspect in _ORDERED:
        mine, theirs = _number(child, aspect), _number(parent, aspect)
        if mine is not None and theirs is not None and (mine < theirs if "least" in aspect else mine > theirs):
            bound = "at least" if "least" in aspect else "at most"
            above = getattr(parent, aspect)
            yield aspect, f"the parent says {bound} {hours(above) if isinstance(above, str) else above}"


def _is(listed: list[str]) -> str:
    return "is" if len(listed) == 1 else "are"


def _number(rule: FieldRule, aspect: str) -> Fraction | None:
    value = getattr(rule, aspect)
    if value is None:
        return None
    return hours_of(value) if isinstance(value, str) else Fraction(value)


Looser: TypeAlias = Iterator[tuple[Address, str, str]]
"""Where, which rule of the parent, and the words for it."""


def _looser_sizes(child: Template, parent: ResolvedTemplate) -> Looser:
    rules = child.credits or CreditRules()
    yield from _looser_choice("credits", rules.one_of, parent.credit_systems)
    for place, mine in enumerate(rules.ranges):
        theirs = parent.credit_ranges.get(mine.system)
        if theirs is None:
            continue
        for end in ("at_least", "at_most"):
            bound, above = getattr(mine, end), getattr(theirs, end)
            if bound is None or above is None:
                continue
            loose = Fraction(bound) < Fraction(above) if end == "at_least" else Fraction(bound) > Fraction(above)
            if loose:
                words = f"the parent says {end.replace('_', ' ')} {above} credits of {mine.system}"
                yield ("credits", "ranges", place, end), f"credits/{mine.system}", words


def _looser_choice(key: str, mine: tuple[str, ...], theirs: tuple[str, ...]) -> Looser:
    for place, name in enumerate(mine):
        if theirs and name not in theirs:
            words = f"{name} is not among what the parent lists: {', '.join(theirs)}"
            yield (key, "one_of", place), f"{key}/one_of", words


def _looser_levels(child: Template, parent: ResolvedTemplate, book: TemplateBook) -> Looser:
    rules = child.levels or LevelRules()
    yield from _looser_choice("levels", rules.one_of, parent.level_frameworks)
    for place, mine in enumerate(rules.ranges):
        theirs = parent.levels.get(mine.framework)
        if theirs is None:
            continue
        at: Address = ("levels", "ranges", place)
        if mine.version != theirs.version:
            words = f"the parent speaks of version {theirs.version} of {mine.framework}"
            yield (*at, "version"), f"levels/{mine.framework}", words
            continue
        wider = [code for code in _at_levels(theirs, mine, book).codes if code not in theirs.codes]
        if wider:
            words = f"the parent allows no level {', '.join(wider)} of {mine.framework}"
            yield at, f"levels/{mine.framework}", words


def _looser_whole(child: Template, parent: ResolvedTemplate) -> Looser:
    for dimension, share in child.dimension_shares.items():
        least = parent.dimension_shares.get(dimension)
        if least is not None and Fraction(share) < least:
            key = f"dimension_shares/{dimension}"
            yield ("dimension_shares", dimension), key, f"the parent asks for at least {least} in {dimension}"
    gone = [word for word in parent.coverage if child.coverage and word not in child.coverage]
    if gone:
        yield ("coverage",), "coverage", f"the parent asks that every outcome is {' and '.join(gone)}"
    if child.coherence_review is False and parent.coherence_review:
        yield ("coherence_review",), "coherence_review", "the parent asks for a coherence review"


def contradictions(resolved: ResolvedTemplate) -> list[Fault]:
    """Rules that, with all that is inherited, no unit can meet."""
    found: list[Fault] = []
    own = resolved.template.fields
    for path, rule in resolved.fields.items():
        shape = shape_of(path)
        assert shape is not None, "paths were checked when the template was read"
        if path in own:
            for address, said in rule_problems(path, shape, rule):
                at: Address = ("fields", path, *address[:1])
                found.append(Fault("contradiction", at, f"With what it inherits: {said}."))
        if path in own:
            found += _own_values(resolved, path, rule)
    if sum(resolved.dimension_shares.values(), Fraction(0)) > 1:
        sentence = "With what it inherits, the shares come to more than the whole."
        found.append(Fault("contradiction", ("dimension_shares",), sentence))
    for place, span in enumerate((resolved.template.levels or LevelRules()).ranges):
        if resolved.levels[span.framework].codes == ():
            sentence = f"With what it inherits, no level of {span.framework} is left."
            found.append(Fault("contradiction", ("levels", "ranges", place), sentence))
    for place, one in enumerate((resolved.template.credits or CreditRules()).ranges):
        merged = resolved.credit_ranges[one.system]
        low, high = merged.at_least, merged.at_most
        if low is not None and high is not None and Fraction(low) > Fraction(high):
            sentence = f"With what it inherits, no number of credits is at least {low} and at most {high}."
            found.append(Fault("contradiction", ("credits", "ranges", place), sentence))
    return found or list(_draft_faults(resolved))


def start(resolved: ResolvedTemplate, *, id: str, title: str, version: str = "0.1") -> JsonObject:
    """A draft of this template: locked and default values, and every required key that is still empty.

    It can be read as a unit document as it is, which `check_template` makes sure of. The caller brings the unit's id; a
    locked title stands in place of the caller's.
    """
    draft: JsonObject = {"document": "creditbank/unit/v1", "id": id, "version": version, "title": title}
    draft["template"] = {"id": resolved.template.id, "version": resolved.template.version}
    for path, rule in resolved.fields.items():
        given = rule.fixed if rule.fixed is not None else rule.default
        if path == "title":
            draft[path] = rule.fixed if rule.fixed is not None else title
        elif given is not None:
            _put(draft, path.split("."), given)
        elif rule.required and path not in draft and "." not in path:
            draft[path] = _empty(shape_of(path))
    order = {key: place for place, key in enumerate(UnitDocument.model_fields)}
    return dict(sorted(draft.items(), key=lambda item: order[item[0]]))


def _put(draft: JsonObject, path: list[str], value: Json) -> None:
    holder = draft
    for depth, part in enumerate(path[:-1]):
        shape = shape_of(".".join(path[: depth + 1]))
        if shape is None or shape.kind != "object":
            return  # inside the entries of a list, of which a draft has none yet
        below = holder.get(part)
        if not isinstance(below, dict):
            below = holder[part] = {}
        holder = below
    holder[path[-1]] = value


def _empty(shape: Shape | None) -> Json:
    if shape is not None and shape.kind in ("entries", "texts"):
        return []
    if shape is not None and shape.kind == "table":
        return {}
    return "" if shape is not None and shape.kind == "text" and not shape.refuses("") else None


def _draft_faults(resolved: ResolvedTemplate) -> Iterator[Fault]:
    """Values to start from that contradict each other, so that nobody could open the draft."""
    draft = start(resolved, id="urn:example:draft", title="Draft")
    try:
        UnitDocument.model_validate_json(json.dumps(draft), strict=True)
    except ValidationError as cause:
        error = cause.errors()[0]
        place = path_text(error["loc"]) or "the unit"
        sentence = f"With what it inherits, the draft it starts with cannot be opened: {place}: {error['msg']}."
        yield Fault("contradiction", ("fields",), sentence)


def _own_values(resolved: ResolvedTemplate, path: str, rule: FieldRule) -> Iterator[Fault]:
    """A value that the template starts with or locks, and that breaks a rule of this key or of a key inside it."""
    aspect = "fixed" if rule.fixed is not None else "default"
    value = getattr(rule, aspect)
    if value is None:
        return
    plain = planted(path, value)
    for inside, inner in resolved.fields.items():
        if inside == path or inside.startswith(f"{path}."):
            for _, address, words in departures(plain, inside, inner):
                sentence = f"With what it inherits, its own value does not fit: {path_text(address)}: {words}."
                yield Fault("contradiction", ("fields", path, aspect), sentence)


__all__ = [
    "AllowedLevels",
    "ResolvedTemplate",
    "TemplateBook",
    "TemplateKey",
    "check_template",
    "contradictions",
    "loosenings",
    "resolve",
    "start",
]
