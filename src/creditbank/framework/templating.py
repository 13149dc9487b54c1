"""A template at work: a draft to start from, and what keeps a unit from being published under it."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from creditbank.canonical import Json, JsonObject
from creditbank.framework.coherence import (
    CoherenceLists,
    check_coherence,
    outcome_weights,
    outcomes_assessed,
    outcomes_practised,
    outcomes_taught,
)
from creditbank.framework.faults import Address, Fault
from creditbank.framework.fitting import departures, entries, hours, number, quoted, shown
from creditbank.framework.inheriting import ResolvedTemplate, TemplateBook, resolve, start
from creditbank.framework.reviewing import CoherenceReview, ReviewedReport, combine
from creditbank.framework.shape import shape_of
from creditbank.framework.template import ASPECTS, FieldRule
from creditbank.framework.unit import UnitDocument


def faults_against(
    unit: UnitDocument, resolved: ResolvedTemplate, reviewed: ReviewedReport | None = None
) -> list[Fault]:
    """Everything in which a unit does not keep its template; empty when it may be published under it.

    Each fault names the key, the template that asks, and that template's own words of advice. `reviewed` is needed
    only where the template asks for a coherence review.
    """
    plain = unit.model_dump(mode="json", by_alias=True)
    found: list[Fault] = []
    for path, rule in resolved.fields.items():
        for aspect, address, words in departures(plain, path, rule):
            sentence = _sentence(words, resolved.origin(path, aspect))
            found.append(Fault(f"template-{aspect.replace('_', '-')}", address, sentence, rule.guidance))
    found += _size_faults(unit, resolved)
    found += _level_faults(unit, resolved)
    found += _share_faults(unit, resolved)
    found += _coverage_faults(unit, resolved)
    found += _review_faults(resolved, reviewed)
    return found


def template_faults(
    unit: UnitDocument, book: TemplateBook, lists: CoherenceLists, review: CoherenceReview | None = None
) -> list[Fault]:
    """What keeps a unit from being published under the template it names; nothing for a unit that names none.

    With a `review`, the machine's part of the coherence checklist is computed anew and the review put beside it; a
    review of another text is a fault whether or not the template asks for one.
    """
    reviewed = combine(check_coherence(unit, lists), review) if review is not None else None
    if reviewed is not None and not reviewed.bound:
        step = "Have this text reviewed, or leave the review out."
        return [Fault("review-of-another-text", (), f"{_start(reviewed.why_not)}.", step)]
    if unit.template is None:
        return []
    template = book.templates.get((unit.template.id, unit.template.version))
    if template is None:
        return check_template_named(unit, book)
    return faults_against(unit, resolve(template, book), reviewed)


def check_template_named(unit: UnitDocument, book: TemplateBook) -> list[Fault]:
    """The template that a unit names and that is not there in this version; nothing for a unit that names none."""
    named = unit.template
    if named is None or (named.id, named.version) in book.templates:
        return []
    known = sorted(version for id, version in book.templates if id == named.id)
    have = f"its versions are: {', '.join(known)}" if known else "`creditbank template list` lists those known"
    sentence = f"No template {named.id!r} of version {named.version!r} is loaded; {have}."
    return [Fault("unknown-template", ("template",), sentence)]


def _start(words: str) -> str:
    return words[:1].upper() + words[1:]


def _sentence(words: str, origin: str) -> str:
    return f"{_start(words)} (template {origin})."


def _fault(rule: str, address: Address, words: str, origin: str, step: str = "") -> Fault:
    return Fault(f"template-{rule}", address, _sentence(words, origin), step)


def _guidance(resolved: ResolvedTemplate, path: str) -> str:
    rule = resolved.fields.get(path)
    return rule.guidance if rule is not None else ""


def _size_faults(unit: UnitDocument, resolved: ResolvedTemplate) -> Iterator[Fault]:
    step = _guidance(resolved, "credits")
    wanted = resolved.credit_systems
    if wanted and not any(one.system in wanted for one in unit.credits):
        words = f"its size must be stated in credits of {_or(wanted)}"
        yield _fault("credits", ("credits",), words, resolved.origin("credits", "one_of"), step)
    for index, one in enumerate(unit.credits):
        span = resolved.credit_ranges.get(one.system)
        if span is None:
            continue
        at, origin, size = ("credits", index, "points"), resolved.origin("credits", one.system), Fraction(one.points)
        if span.at_least is not None and size < Fraction(span.at_least):
            words = f"{one.points} credits of {one.system} are less than the {span.at_least} asked for"
            yield _fault("credits", at, words, origin, step)
        if span.at_most is not None and size > Fraction(span.at_most):
            words = f"{one.points} credits of {one.system} are more than the {span.at_most} allowed"
            yield _fault("credits", at, words, origin, step)


def _level_faults(unit: UnitDocument, resolved: ResolvedTemplate) -> Iterator[Fault]:
    step = _guidance(resolved, "levels")
    wanted = resolved.level_frameworks
    if wanted and not any(one.framework in wanted for one in unit.levels):
        words = f"its level must be stated in {_or(wanted)}"
        yield _fault("levels", ("levels",), words, resolved.origin("levels", "one_of"), step)
    for index, one in enumerate(unit.levels):
        span = resolved.levels.get(one.framework)
        if span is None:
            continue
        at: Address = ("levels", index)
        origin = resolved.origin("levels", one.framework)
        if one.version != span.version:
            words = f"the level must be one of version {span.version} of {one.framework}"
            yield _fault("levels", (*at, "version"), words, origin, step)
        elif one.code not in span.codes:
            words = f"level {one.code} of {one.framework} is not allowed; allowed are: {', '.join(span.codes)}"
            yield _fault("levels", (*at, "code"), words, origin, step)


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _share_faults(unit: UnitDocument, resolved: ResolvedTemplate) -> Iterator[Fault]:
    if not resolved.dimension_shares:
        return
    at: Address = ("outcomes",)
    weights = outcome_weights(unit.outcomes)
    if weights is None:
        words = "some outcomes have a `weight` and some have none, so shares of dimensions cannot be told"
        yield _fault("dimension-shares", at, words, resolved.template.name, "Give each outcome a weight, or none.")
        return
    for dimension, least in resolved.dimension_shares.items():
        pairs = zip(unit.outcomes, weights, strict=True)
        share = sum((weight for one, weight in pairs if one.dimension == dimension), Fraction(0))
        if share < least:
            words = f"outcomes in {dimension} weigh {number(share * 100)} % of the whole; at least "
            words += f"{number(least * 100)} % are asked for"
            yield _fault("dimension-shares", at, words, resolved.origin("dimension_shares", dimension))


_COVERED: Final = {
    "taught": (outcomes_taught, "Name it in a part of `content`, or in an activity of kind taught."),
    "practised": (outcomes_practised, "Name it in an activity of kind practised or work-based."),
    "assessed": (outcomes_assessed, "Name it in an assessment."),
}


def _coverage_faults(unit: UnitDocument, resolved: ResolvedTemplate) -> Iterator[Fault]:
    for word in resolved.coverage:
        covered, step = _COVERED[word]
        for index, outcome in enumerate(unit.outcomes):
            if outcome.id not in covered(unit):
                words = f"the outcome {outcome.id!r} is not {word}"
                yield _fault("coverage", ("outcomes", index), words, resolved.origin("coverage"), step)


def _review_faults(resolved: ResolvedTemplate, reviewed: ReviewedReport | None) -> Iterator[Fault]:
    if not resolved.coherence_review or (reviewed is not None and reviewed.coherent):
        return
    words = "a reviewer must have found exactly this text of the unit coherent"
    if reviewed is not None:
        words = f"{words}: {reviewed.why_not}"
    step = "Have it reviewed: `creditbank achievement review FILE --role ROLE` writes the form."
    yield _fault("coherence-review", (), words, resolved.origin("coherence_review"), step)


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """What is asked of one key, in words, with the template that says so and its advice."""

    path: str
    words: str
    origin: str
    guidance: str


def rules_in_words(resolved: ResolvedTemplate) -> tuple[RuleInWords, ...]:
    """Everything that a template asks with all it inherits, in the order of a unit's keys, then of the whole."""
    found: list[RuleInWords] = []
    for path, rule in resolved.fields.items():
        words = "; ".join([*(["required"] if rule.required else []), *_bounds(resolved, path, rule)])
        if rule.default is not None:
            words = "; ".join(part for part in (words, f"{shown(rule.default)} unless changed") if part)
        said = [resolved.origin(path, aspect) for aspect in ASPECTS if rule.says(aspect)] or [resolved.origin(path)]
        found.append(RuleInWords(path, words, ", ".join(dict.fromkeys(said)), rule.guidance))
    whole = [
        ("credits", resolved.credit_systems or resolved.credit_ranges),
        ("levels", resolved.level_frameworks or resolved.levels),
        ("outcomes", resolved.dimension_shares or resolved.coverage),
    ]
    for key, said_of in whole:
        if said_of:
            words = " ".join(line.removeprefix("* ") for line in _size_advice(resolved, key))
            origins = dict.fromkeys(
                name for path, name in resolved.origins.items() if path in _whole_paths(resolved, key)
            )
            found.append(RuleInWords(f"all {key}", words, ", ".join(origins), ""))
    if resolved.coherence_review:
        words = "a reviewer found exactly this text coherent"
        found.append(RuleInWords("coherence review", words, resolved.origin("coherence_review"), ""))
    return tuple(found)


def _whole_paths(resolved: ResolvedTemplate, key: str) -> set[str]:
    if key == "credits":
        return {"credits/one_of", *(f"credits/{name}" for name in resolved.credit_ranges)}
    if key == "levels":
        return {"levels/one_of", *(f"levels/{name}" for name in resolved.levels)}
    return {"coverage", *(f"dimension_shares/{name}" for name in resolved.dimension_shares)}


def draft_yaml(resolved: ResolvedTemplate, draft: JsonObject) -> str:
    """A draft as a teacher gets it: YAML, each key with the template's advice above it as comments.

    Keys that may be left out, and of which the template has something to say, stand there as comments.
    """
    template = resolved.template
    lines = [
        f"# A draft after the template {template.name}: {' '.join(template.title.split())}.",
        "# Lines that begin with # are advice and change nothing. A * marks what must be filled before publishing.",
    ]
    for key in UnitDocument.model_fields:
        advice = _advice(resolved, key)
        if key in draft:
            lines += [*advice, *_yaml(key, draft[key], 0)]
            lines += _entry_form(resolved, key) if draft[key] == [] else []
        elif advice:
            lines += [*advice, f"# {key}:"]
    return "\n".join(lines) + "\n"


def _advice(resolved: ResolvedTemplate, key: str) -> list[str]:
    """What is said about a key and the keys inside it, as comments."""
    found: list[str] = []
    for path, rule in resolved.fields.items():
        if path != key and not path.startswith(f"{key}."):
            continue
        bounds = "; ".join(_bounds(resolved, path, rule))
        if not rule.guidance and not bounds:
            continue
        star = "* " if rule.required else ""
        words = [f"{path}: {rule.guidance}" if path != key else rule.guidance, f"({bounds})" if bounds else ""]
        if path != key and not rule.guidance:
            words[0] = f"{path}:"
        text = " ".join(word for word in words if word)
        found += [f"# {line}" for line in textwrap.wrap(f"{star}{text}", 110, break_on_hyphens=False)]
    found += [f"# {line}" for line in _size_advice(resolved, key)]
    return ["", *found] if found else []


def _bounds(resolved: ResolvedTemplate, path: str, rule: FieldRule) -> Iterator[str]:
    if rule.fixed is not None:
        yield f"locked at {shown(rule.fixed)} by {resolved.origin(path, 'fixed')}"
        return
    if rule.allowed is not None:
        yield f"one of {', '.join(rule.allowed)}"
    if rule.one_of is not None:
        yield f"at least one of {', '.join(rule.one_of)}"
    if rule.all_of is not None:
        yield f"there must be {', '.join(rule.all_of)}"
    if rule.without_words is not None:
        yield f"without the words {', '.join(rule.without_words)}"
    for words, least in (("at least", rule.at_least), ("at most", rule.at_most)):
        if least is not None:
            yield f"{words} {hours(least)}"
    for words, count in (("at least", rule.entries_at_least), ("at most", rule.entries_at_most)):
        if count is not None:
            yield f"{words} {entries(count)}"


def _size_advice(resolved: ResolvedTemplate, key: str) -> Iterator[str]:
    if key == "credits":
        if resolved.credit_systems:
            yield f"* In credits of {_or(resolved.credit_systems)}."
        for one in resolved.credit_ranges.values():
            least = f"at least {one.at_least}" if one.at_least is not None else ""
            most = f"at most {one.at_most}" if one.at_most is not None else ""
            yield f"Of {one.system}: {' and '.join(part for part in (least, most) if part)}."
    elif key == "levels":
        if resolved.level_frameworks:
            yield f"* At a level of {_or(resolved.level_frameworks)}."
        for name, span in resolved.levels.items():
            yield f"Of {name}, version {span.version}: {', '.join(span.codes)}."
    elif key == "outcomes":
        for dimension, share in resolved.dimension_shares.items():
            yield f"* At least {number(share * 100)} % of them, by weight, in {dimension}."
        if resolved.coverage:
            yield f"* Each of them is {' and '.join(resolved.coverage)}."


def _yaml(key: str, value: Json, depth: int) -> list[str]:
    """A key with its value: texts are quoted as JSON quotes them, which YAML reads alike."""
    before = "  " * depth
    if isinstance(value, dict) and value:
        return [f"{before}{key}:", *(line for name, one in value.items() for line in _yaml(name, one, depth + 1))]
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return [f"{before}{key}:", *(f"{before}  - {quoted(one)}" for one in value)]
    return [f"{before}{key}: {quoted(value)}"]


def _entry_form(resolved: ResolvedTemplate, key: str) -> list[str]:
    """The form of one entry of an empty list, as comments: the keys that are needed, and those the template names."""
    shape = shape_of(key)
    if shape is None or shape.model is None:
        return []
    named = [name for name, field in shape.model.model_fields.items() if field.is_required()]
    named += [name for name in shape.model.model_fields if name not in named and f"{key}.{name}" in resolved.fields]
    lines = []
    for place, name in enumerate(named):
        rule = resolved.fields.get(f"{key}.{name}", FieldRule())
        given = rule.fixed if rule.fixed is not None else rule.default
        inner = shape_of(f"{key}.{name}")
        value = given if given is not None else [] if inner is not None and inner.kind in ("texts", "entries") else ""
        lines.append(f"# {'  - ' if place == 0 else '    '}{name}: {quoted(value)}")
    return lines


__all__ = [
    "RuleInWords",
    "check_template_named",
    "draft_yaml",
    "faults_against",
    "rules_in_words",
    "start",
    "template_faults",
]
