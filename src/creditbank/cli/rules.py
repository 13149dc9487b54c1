"""Rules in plain language: what each node of a qualification document asks."""

from fractions import Fraction
from typing import Final

from creditbank.framework import Admission, Group, Limit, Qualification, Requirement, Where

DURATIONS: Final = {"Y": "year", "M": "month", "D": "day"}


def admission_sentences(admits: Admission) -> list[str]:
    """Which units may be weighed at all."""
    native = _any_of(admits.frameworks)
    said = [
        f"Levels of {native} count as they stand; a unit of another framework needs a recognition decision.",
        "A unit counts whole or not at all." if admits.whole_units else "Part of a unit may count.",
        "Of several units with the same content, one counts.",
    ]
    if admits.max_age:
        said.append(f"A credit may be used for {duration_words(admits.max_age)} after it was earned.")
    if admits.level_at_least:
        said.append(f"Every unit is at level {admits.level_at_least} or above.")
    return said


def node_sentence(node: Group | Requirement | Limit) -> str:
    """What one node asks, in one sentence."""
    if isinstance(node, Group):
        return group_words(node)
    if isinstance(node, Requirement):
        return _requirement_sentence(node)
    return _limit_sentence(node)


def group_words(group: Group) -> str:
    """How many of a group's nodes must hold."""
    if group.kind == "all":
        return "All of these:"
    if group.kind == "any":
        return "Any one of these:"
    return f"Any {group.n} of these {len(group.of)}:"


def duration_words(duration: str) -> str:
    """`P7Y` as `7 years`."""
    count, unit = duration[1:-1], DURATIONS[duration[-1]]
    return f"{count} {unit}" if count == "1" else f"{count} {unit}s"


def share_words(share: Fraction) -> str:
    """A share as a percentage where that is exact, else as the fraction."""
    percent = share * 100
    return f"{percent.numerator} %" if percent.denominator == 1 else f"{share.numerator}/{share.denominator}"


def where_words(where: Where) -> str:
    """Which units a rule speaks of; empty when it speaks of all."""
    parts: list[str] = []
    if where.category:
        parts.append(f"in category {_any_of(where.category)}")
    if where.source_type:
        parts.append(f"earned by {_any_of(tuple(text.replace('-', ' ') for text in where.source_type))}")
    if where.mode:
        parts.append(f"taken {_any_of(where.mode)}")
    if where.provider:
        parts.append(f"from {_any_of(tuple(_provider(text) for text in where.provider))}")
    if where.framework:
        parts.append(f"of framework {_any_of(where.framework)}")
    if where.achievement:
        parts.append(f"named {_any_of(where.achievement)}")
    parts.extend(_level_words(where))
    if where.earned_within:
        parts.append(f"earned within the last {duration_words(where.earned_within)}")
    if where.excluding is not None:
        parts.append(f"but not those {where_words(where.excluding) or 'of any kind'}")
    return ", ".join(parts)


def _level_words(where: Where) -> list[str]:
    low, high = where.level_at_least, where.level_at_most
    if low and high:
        return [f"at level {low}" if low == high else f"at levels {low} to {high}"]
    if low:
        return [f"at level {low} or above"]
    return [f"at level {high} or below"] if high else []


def _provider(text: str) -> str:
    return "the awarding university" if text == "awarding" else text


def _any_of(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}" if names else "no framework"


def _requirement_sentence(node: Requirement) -> str:
    asked = []
    which = where_words(node.where)
    if node.credits_at_least == "0" and node.units_at_least is None:
        return f"Any further credits{f' from units {which}' if which else ''}; none are required here."
    if node.credits_at_least is not None:
        asked.append(f"at least {_count(node.credits_at_least, 'credit')}")
    if node.units_at_least is not None:
        asked.append(f"at least {_count(str(node.units_at_least), 'unit')}")
    return f"{' and '.join(asked).capitalize()}{f' from units {which}' if which else ' from any units'}."


def _limit_sentence(node: Limit) -> str:
    which = where_words(node.where)
    bound, noun = _bound(node)
    if node.per is None:
        opening = f"{bound} of the credits that count" if node.share is not None else bound
    else:
        window = "From any one provider" if node.per == "provider" else f"In any one {node.per.replace('-', ' ')}"
        opening = f"{window}, {bound[0].lower()}{bound[1:]}"
    if not which:
        return f"{opening} count in all."
    if noun == "units":
        return f"{opening} {'is' if bound.endswith(' 1 unit') else 'are'} {which}."
    return f"{opening} come from units {which}."


def _bound(node: Limit) -> tuple[str, str]:
    """The one bound of a limit in words, and what it counts: credits, units or a share."""
    if node.share is not None:
        return f"At {'least' if node.share_at_least else 'most'} {share_words(node.share)}", "share"
    if node.credits_at_least is not None or node.credits_at_most is not None:
        least = node.credits_at_least is not None
        number = node.credits_at_least if least else node.credits_at_most
        return f"At {'least' if least else 'most'} {_count(str(number), 'credit')}", "credits"
    least = node.units_at_least is not None
    number = str(node.units_at_least if least else node.units_at_most)
    return f"At {'least' if least else 'most'} {_count(number, 'unit')}", "units"


def _count(number: str, noun: str) -> str:
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"


def rules_json(rules: Qualification) -> list[dict[str, str]]:
    """Every node with its path, its kind and its sentence."""
    return [
        {
            "path": path,
            "kind": node.kind,
            "title": node.title,
            "sentence": node_sentence(node),
            "note": node.note,
            "confidence": node.confidence,
        }
        for path, node in rules.nodes()
    ]
