"""Sentences about rules, in plain words and exact numbers. Amounts are thousandths of the qualification's
credits.
"""

from collections.abc import Sequence

from creditbank.framework.qualification import Limit, Requirement, credits_of
from creditbank.units import Credits


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


def bounded_words(node: Limit) -> str:
    """What a limit says, such as `at most 105 credits may come from one institution`."""
    per = (
        ""
        if node.per is None
        else " from one institution"
        if node.per == "provider"
        else f" in one {_spaced(node.per)}"
    )
    about = "" if node.where.everything else f" under «{node.title}»"
    if node.share_at_most is not None:
        return f"at most {share_words(node.share_at_most)} of the counted credits may come{per or about}"
    if node.share_at_least is not None:
        return f"at least {share_words(node.share_at_least)} of the counted credits must come under «{node.title}»"
    if (most := credits_of(node.credits_at_most)) is not None:
        verb = "come" if node.per == "provider" else "count"
        return f"at most {credits_words(most.thousandths)} may {verb}{per or about}"
    if node.units_at_most is not None:
        return f"at most {number_words(node.units_at_most)} may count{per}{about}"
    if (least := credits_of(node.credits_at_least)) is not None:
        return f"at least {credits_words(least.thousandths)} must count{about}"
    return f"at least {number_words(node.units_at_least or 0)} must count{about}"


def _spaced(name: str) -> str:
    return name.replace("-", " ")


def need_words(node: Requirement | Limit) -> str:
    """What a rule asks, short: `at least 60 credits`, `at most 40 % of the counted credits`."""
    if isinstance(node, Limit):
        if node.share_at_least or node.share_at_most:
            word = "at least" if node.share_at_least else "at most"
            return f"{word} {share_words(node.share_at_least or node.share_at_most or '')} of the counted credits"
        if node.units_at_most is not None:
            return f"at most {number_words(node.units_at_most)}{_per(node)}"
        if (most := credits_of(node.credits_at_most)) is not None:
            return f"at most {credits_words(most.thousandths)}{_per(node)}"
    parts = []
    if (least := credits_of(node.credits_at_least)) is not None:
        parts.append(credits_words(least.thousandths))
    if node.units_at_least is not None:
        parts.append(number_words(node.units_at_least))
    return f"at least {joined(parts)}"


def _per(node: Limit) -> str:
    if node.per is None:
        return ""
    return " from one institution" if node.per == "provider" else f" in one {_spaced(node.per)}"
