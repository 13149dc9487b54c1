"""Sentences about rules, in plain words and exact numbers. Amounts are thousandths of the qualification's
credits.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from creditbank.framework.qualification import Exclusion, Leaf, Limit, Prerequisite, Requirement, credits_of
from creditbank.framework.rules import FIELD_PORTIONS
from creditbank.stacking.setting import Setting
from creditbank.units import Credits

_ONE: Final = {
    "provider": "from one institution",
    "broad-field": "in one broad field",
    "narrow-field": "in one narrow field",
    "detailed-field": "in one detailed field",
    "source-type": "of one source type",
    "achievement": "of one achievement",
}
_MANY: Final = {
    "provider": "institution",
    "broad-field": "broad field",
    "narrow-field": "narrow field",
    "detailed-field": "detailed field",
    "source-type": "source type",
    "achievement": "achievement",
}


def credits_words(thousandths: int) -> str:
    """`140 credits`, `1 credit`, `2.5 credits`."""
    return f"{Credits(thousandths)} credit{'' if thousandths == 1000 else 's'}"


def number_words(count: int) -> str:
    """`3 units`, `1 unit`."""
    return f"{count} unit{'' if count == 1 else 's'}"


def joined(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def share_words(text: str) -> str:
    """An exact share as people say it: `half`, `40 %`, or the fraction as it stands."""
    part, of = map(int, text.split("/"))
    if 2 * part == of:
        return "half"
    if 100 * part % of == 0:
        return f"{100 * part // of} %"
    return text


def duration_words(text: str) -> str:
    """`P3Y` as `3 years`."""
    count, unit = int(text[1:-1]), {"Y": "year", "M": "month", "D": "day"}[text[-1]]
    return f"{count} {unit}{'' if count == 1 else 's'}"


def points_words(points: Fraction) -> str:
    """Points with at most three places: `3.25`; where more would follow, `about 3.333`."""
    thousandths = int(points * 1000)
    exact = Fraction(thousandths, 1000) == points
    return f"{'' if exact else 'about '}{Credits(thousandths)}"


def different_words(node: Limit, count: int) -> str:
    """`2 different institutions`, `1 institution`."""
    assert node.per is not None, "only portions are different from one another"
    if node.per in _MANY:
        one, more = _MANY[node.per], f"{_MANY[node.per]}s"
    else:
        one, more = f"window of {_spaced(node.per)}", f"windows of {_spaced(node.per)}"
    return f"1 {one}" if count == 1 else f"{count} different {more}"


def portion_words(node: Limit, key: str, setting: Setting) -> str:
    """Which portion: `from Sample College`, `in the field 06`, `in the one begun 2024-03-01`."""
    if node.per == "provider":
        return f"from {setting.name_of(key)}"
    if node.per in FIELD_PORTIONS:
        return f"in the field {key}"
    return f"of {key}" if node.per in _ONE else f"in the one begun {key}"


def bounded_words(node: Leaf) -> str:
    """What a rule says, such as `at most 105 credits may come from one institution`."""
    if isinstance(node, Prerequisite):
        return f"what counts under «{node.title}» needs {need_words(node)}"
    if isinstance(node, Exclusion):
        return f"units of at most one choice of «{node.title}» may count"
    if isinstance(node, Requirement):
        return f"«{node.title}» takes {need_words(node)}"
    about = "" if node.where.everything else f" under «{node.title}»"
    if node.share_at_most is not None or node.share_at_least is not None:
        return _share_sentence(node, about)
    return _whole_sentence(node, about) or _credits_sentence(node, about)


def _share_sentence(node: Limit, about: str) -> str:
    per = "" if node.base_per else _per(node)
    if node.share_at_most is not None:
        return f"at most {share_words(node.share_at_most)} of {_of(node)} may come{per or about}"
    return f"at least {share_words(node.share_at_least or '')} of {_of(node)} must come under «{node.title}»"


def _whole_sentence(node: Limit, about: str) -> str:
    """What is asked of everything together, where it is no amount."""
    if node.distinct_at_least is not None or node.distinct_at_most is not None:
        return f"what counts{about} must come from {need_words(node)}"
    if node.mean_at_least is not None:
        return f"what counts{about} must have {need_words(node)}"
    if node.points_at_least is not None:
        return f"what counts{about} must come to {need_words(node)}"
    if node.span_at_most is not None:
        return f"what counts{about} must be {need_words(node)}"
    return ""


def _credits_sentence(node: Limit, about: str) -> str:
    per = _per(node)
    if (most := credits_of(node.credits_at_most)) is not None:
        verb = "come" if node.per == "provider" else "count"
        return f"at most {credits_words(most.thousandths)} may {verb}{per or about}"
    if node.units_at_most is not None:
        return f"at most {number_words(node.units_at_most)} may count{per}{about}"
    if (least := credits_of(node.credits_at_least or node.in_one_at_least)) is not None:
        return f"at least {credits_words(least.thousandths)} must count{per}{about}"
    return f"at least {number_words(node.units_at_least or 0)} must count{about}"


def _of(node: Limit) -> str:
    """What a share is of."""
    base = "" if node.base is None else " in its base"
    within = f"{_per(node)}" if node.base_per else ""
    return f"the counted {node.weigh_by}{base}{within}"


def _spaced(name: str) -> str:
    return name.replace("-", " ")


def need_words(node: Leaf) -> str:
    """What a rule asks, short: `at least 60 credits`, `at most 40 % of the counted credits`."""
    if isinstance(node, Prerequisite):
        day = " or on the same day" if node.concurrent else ""
        return f"{_least(node)} earned before it{day}"
    if isinstance(node, Exclusion):
        return f"units of at most one of {len(node.between)} choices"
    if isinstance(node, Requirement):
        return _place_need(node)
    return _limit_need(node)


def _limit_need(node: Limit) -> str:
    if node.share_at_least or node.share_at_most:
        word = "at least" if node.share_at_least else "at most"
        return f"{word} {share_words(node.share_at_least or node.share_at_most or '')} of {_of(node)}"
    if node.distinct_at_least is not None or node.distinct_at_most is not None:
        word = "at least" if node.distinct_at_least else "at most"
        return f"{word} {different_words(node, node.distinct_at_least or node.distinct_at_most or 0)}"
    if node.mean_at_least is not None:
        return f"a mean grade of {node.mean_at_least} or better on the scale {node.grading}"
    if node.points_at_least is not None:
        return f"at least {node.points_at_least} grade points on the scale {node.grading}"
    if node.span_at_most is not None:
        return f"earned within {duration_words(node.span_at_most)}"
    if node.units_at_most is not None:
        return f"at most {number_words(node.units_at_most)}{_per(node)}"
    if (most := credits_of(node.credits_at_most)) is not None:
        return f"at most {credits_words(most.thousandths)}{_per(node)}"
    if (inside := credits_of(node.in_one_at_least)) is not None:
        return f"at least {credits_words(inside.thousandths)}{_per(node)}"
    return _least(node)


def _least(node: Requirement | Limit | Prerequisite) -> str:
    parts = []
    if (least := credits_of(node.credits_at_least)) is not None:
        parts.append(credits_words(least.thousandths))
    if node.units_at_least is not None:
        parts.append(number_words(node.units_at_least))
    return f"at least {joined(parts)}"


def _place_need(node: Requirement) -> str:
    parts = []
    if (most := credits_of(node.credits_at_most)) is not None:
        parts.append(credits_words(most.thousandths))
    if node.units_at_most is not None:
        parts.append(number_words(node.units_at_most))
    said = _least(node) + (f" and at most {joined(parts)}" if parts else "")
    return said if node.same is None else f"{said}, all {_ONE[node.same]}"


def _per(node: Limit) -> str:
    if node.per is None:
        return ""
    return f" {_ONE[node.per]}" if node.per in _ONE else f" in one {_spaced(node.per)}"
