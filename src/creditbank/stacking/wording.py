"""Sentences about rules, in plain words and exact numbers, in the language asked for. Amounts are thousandths of the
qualification's credits.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from creditbank.framework.framework import ConversionPolicy
from creditbank.framework.qualification import (
    AnyLeafOrGroup,
    Exclusion,
    Group,
    Leaf,
    Limit,
    Prerequisite,
    Qualification,
    Requirement,
    credits_of,
)
from creditbank.framework.rules import FIELD_PORTIONS, PORTIONS
from creditbank.stacking.messages import Wording
from creditbank.stacking.rule import over_attempted
from creditbank.stacking.setting import Setting

NO_TITLES: Final[Mapping[str, str]] = MappingProxyType({})


def status_words(status: str, wording: Wording) -> str:
    """How a node stands, in words; in English as it is written in documents."""
    return wording.say(f"explanation.status-{status.replace(' ', '-')}")


def different_words(node: Limit, count: int, wording: Wording) -> str:
    """`2 different institutions`, `1 institution`."""
    assert node.per is not None, "only portions are different from one another"
    if node.per in PORTIONS:
        return wording.count(f"wording.different-{node.per}", count, count=count)
    return wording.count("wording.different-window", count, count=count, calendar=_spaced(node.per))


def told_apart(qualification: Qualification) -> dict[str, AnyLeafOrGroup]:
    """Every node by its path; those of one title have the title of a group around them added, which tells them apart.

    Two places called "At the third level" are then "At the third level (History)" and "At the third level (Music)".
    """
    nodes = dict(qualification.nodes())
    alike = Counter(node.title for node in nodes.values())
    if len(alike) == len(nodes):
        return nodes
    around = Counter((node.title, title) for path, node in nodes.items() for title in set(_around(path, nodes)))
    return {
        path: node if alike[node.title] == 1 else node.model_copy(update={"title": _with_group(path, nodes, around)})
        for path, node in nodes.items()
    }


def _around(path: str, nodes: Mapping[str, AnyLeafOrGroup]) -> Iterator[str]:
    """The titles of the groups around a node, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield nodes[path].title


def _with_group(path: str, nodes: Mapping[str, AnyLeafOrGroup], around: Mapping[tuple[str, str], int]) -> str:
    title = nodes[path].title
    group = next((one for one in _around(path, nodes) if around[title, one] == 1), path)
    return f"{title} ({group})"


def portion_words(node: Limit, key: str, setting: Setting, titles: Mapping[str, str] = NO_TITLES) -> str:
    """Which portion: `from Sample College`, `in the field 06`, `in the one begun 2024-03-01`, of an achievement."""
    wording = setting.wording
    if node.per == "provider":
        return wording.say("wording.portion-provider", name=setting.name_of(key))
    if node.per in FIELD_PORTIONS:
        return wording.say("wording.portion-field", field=key)
    if node.per in PORTIONS:
        return wording.say("wording.portion-named", name=titles.get(key, key))
    return wording.say("wording.portion-window", day=date.fromisoformat(key))


def bounded_words(node: Leaf, wording: Wording) -> str:
    """What a rule says, such as `at most 105 credits may come from one institution`."""
    if over_attempted(node):
        return wording.say("wording.says-attempted", title=node.title, need=need_words(node, wording))
    if isinstance(node, Prerequisite):
        message = "wording.says-before-or-same-day" if node.concurrent else "wording.says-before"
        return wording.say(message, title=node.title, amount=_least(node, wording))
    if isinstance(node, Exclusion):
        return wording.say("wording.says-one-choice", title=node.title)
    if isinstance(node, Requirement):
        return wording.say("wording.says-place", title=node.title, need=need_words(node, wording))
    if node.within:
        return wording.say("wording.says-within", title=node.title, need=need_words(node, wording))
    if node.share_at_most is not None or node.share_at_least is not None:
        return _share_says(node, wording)
    return _whole_says(node, wording) or _amount_says(node, wording)


def policy_words(policy: ConversionPolicy, wording: Wording) -> str:
    """The most that may come through a conversion, as a clause."""
    part = wording.say("wording.part-credits", share=wording.share(policy.max_share or "1/1"))
    return wording.say("wording.says-share-at-most-under", part=part, title=policy.title or policy.id)


def _share_says(node: Limit, wording: Wording) -> str:
    part = _part(node, wording)
    if node.share_at_most is None:
        return wording.say("wording.says-share-at-least", part=part, title=node.title)
    if node.per is not None and not node.base_per:
        message = "wording.says-share-at-most-each" + ("" if node.where.everything else "-under")
        told = {} if node.where.everything else {"title": node.title}
        return wording.say(message, part=part, each=_each(node.per, wording), **told)
    if node.where.everything:
        return wording.say("wording.says-share-at-most", part=part)
    return wording.say("wording.says-share-at-most-under", part=part, title=node.title)


def _whole_says(node: Limit, wording: Wording) -> str:
    """What is asked of everything together, where it is no amount."""
    counted = wording.say("wording.what-counts")
    if not node.where.everything:
        counted = wording.say("wording.what-counts-under", title=node.title)
    if (least := node.distinct_at_least) is not None:
        different = different_words(node, least, wording)
        return wording.say("wording.says-distinct-at-least", counted=counted, different=different)
    if (most := node.distinct_at_most) is not None:
        different = different_words(node, most, wording)
        return wording.say("wording.says-distinct-at-most", counted=counted, different=different)
    if node.mean_at_least is not None:
        mean, scale = wording.decimal(node.mean_at_least), node.grading or ""
        return wording.say(f"wording.says-mean{_weighted(node)}", counted=counted, mean=mean, scale=scale)
    if node.points_at_least is not None:
        points, scale = wording.decimal(node.points_at_least), node.grading or ""
        return wording.say(f"wording.says-points{_weighted(node)}", counted=counted, points=points, scale=scale)
    if node.span_at_most is not None:
        return wording.say("wording.says-span", counted=counted, duration=wording.duration(node.span_at_most))
    return ""


def _amount_says(node: Limit, wording: Wording) -> str:
    """What is asked of an amount of credits, or of a number of units."""
    if node.per is None and not node.where.everything and _lets_nothing_count(node):
        return wording.say("wording.says-none-under", title=node.title)
    if (most := credits_of(node.credits_at_most)) is not None:
        amount, number = wording.credits(most.thousandths), most.as_fraction()
        if node.per == "provider":
            message = "wording.says-at-most-from" + ("" if node.where.everything else "-under")
            told = {} if node.where.everything else {"title": node.title}
            return wording.count(message, number, amount=amount, each=_each(node.per, wording), **told)
        return _says("wording.says-at-most", number, amount, node, wording)
    if node.units_at_most is not None:
        return _says(
            "wording.says-at-most", Fraction(node.units_at_most), wording.units(node.units_at_most), node, wording
        )
    if (last := credits_of(node.last_at_least)) is not None:
        amount = wording.credits(last.thousandths)
        if (among := credits_of(node.of_last)) is not None:
            said, of = wording.decimal(node.last_at_least or ""), wording.credits(among.thousandths)
            return wording.count("wording.says-of-last", among.as_fraction(), amount=said, of=of, title=node.title)
        return wording.count("wording.says-last", last.as_fraction(), amount=amount, title=node.title)
    if (each := credits_of(node.in_each_at_least)) is not None and node.per is not None:
        amount, per = wording.credits(each.thousandths), _each(node.per, wording)
        return wording.say("wording.says-in-each", amount=amount, each=per, title=node.title)
    if (least := credits_of(node.credits_at_least or node.in_one_at_least)) is not None:
        return _says("wording.says-at-least", least.as_fraction(), wording.credits(least.thousandths), node, wording)
    units = node.units_at_least or 0
    return _says("wording.says-at-least", Fraction(units), wording.units(units), node, wording)


def _lets_nothing_count(node: Limit) -> bool:
    most = credits_of(node.credits_at_most)
    return node.units_at_most == 0 or (most is not None and not most)


def _says(message: str, number: Fraction, amount: str, node: Limit, wording: Wording) -> str:
    """The message with the portion and the choice of units that the amount is about."""
    if node.per is None:
        if node.where.everything:
            return wording.count(message, number, amount=amount)
        return wording.count(f"{message}-under", number, amount=amount, title=node.title)
    each = _each(node.per, wording)
    if node.where.everything:
        return wording.count(f"{message}-each", number, amount=amount, each=each)
    return wording.count(f"{message}-each-under", number, amount=amount, each=each, title=node.title)


def _part(node: Limit, wording: Wording) -> str:
    """A share and what it is of."""
    of = "attempted-" if over_attempted(node) else "within-" if node.within else ""
    message = f"wording.part-{of}{node.weigh_by}{'' if node.base is None else '-base'}"
    share = wording.share(node.share_at_least or node.share_at_most or "")
    if node.base_per and node.per is not None:
        said = wording.say(f"{message}-each", share=share, each=_each(node.per, wording))
    else:
        said = wording.say(message, share=share)
    return wording.say("wording.part-weighted", part=said) if node.weights else said


def _spaced(name: str) -> str:
    return name.replace("-", " ")


def need_words(node: AnyLeafOrGroup, wording: Wording) -> str:
    """What a node asks, short: `at least 60 credits`, `at most 40 % of the counted credits`, `all are needed`."""
    if isinstance(node, Group):
        if node.kind == "all":
            return wording.say("explanation.needs-all")
        return wording.count("explanation.needs-some", node.needed, count=node.needed)
    if isinstance(node, Prerequisite):
        message = "wording.needs-before-or-same-day" if node.concurrent else "wording.needs-before"
        return wording.say(message, amount=_least(node, wording))
    if isinstance(node, Exclusion):
        return wording.say("wording.needs-one-choice", count=len(node.between))
    if isinstance(node, Requirement):
        return _place_need(node, wording)
    return _limit_need(node, wording)


def _limit_need(node: Limit, wording: Wording) -> str:
    if node.share_at_least or node.share_at_most:
        message = "wording.needs-at-least" if node.share_at_least else "wording.needs-at-most"
        return wording.say(message, amount=_part(node, wording))
    if node.distinct_at_least is not None or node.distinct_at_most is not None:
        message = "wording.needs-at-least" if node.distinct_at_least else "wording.needs-at-most"
        different = different_words(node, node.distinct_at_least or node.distinct_at_most or 0, wording)
        return wording.say(message, amount=different)
    if node.mean_at_least is not None:
        mean, scale = wording.decimal(node.mean_at_least), node.grading or ""
        return wording.say(f"wording.needs-mean{_weighted(node)}", mean=mean, scale=scale)
    if node.points_at_least is not None:
        points = wording.decimal(node.points_at_least)
        return wording.say(f"wording.needs-points{_weighted(node)}", points=points, scale=node.grading or "")
    if node.span_at_most is not None:
        return wording.say("wording.needs-span", duration=wording.duration(node.span_at_most))
    if node.units_at_most is not None:
        return _each_need("wording.needs-at-most", wording.units(node.units_at_most), node, wording)
    if (most := credits_of(node.credits_at_most)) is not None:
        return _each_need("wording.needs-at-most", wording.credits(most.thousandths), node, wording)
    if (last := credits_of(node.last_at_least)) is not None:
        if (among := credits_of(node.of_last)) is not None:
            said, of = wording.decimal(node.last_at_least or ""), wording.credits(among.thousandths)
            return wording.count("wording.needs-of-last", among.as_fraction(), amount=said, of=of)
        return wording.count("wording.needs-last", last.as_fraction(), amount=wording.credits(last.thousandths))
    if (each := credits_of(node.in_each_at_least)) is not None:
        return _each_need("wording.needs-in", wording.credits(each.thousandths), node, wording)
    if (inside := credits_of(node.in_one_at_least)) is not None:
        return _each_need("wording.needs-at-least", wording.credits(inside.thousandths), node, wording)
    return wording.say("wording.needs-at-least", amount=_least(node, wording))


def _weighted(node: Limit) -> str:
    """The ending of a message about grades of which some weigh more than once."""
    return "-weighted" if node.weights else ""


def _each_need(message: str, amount: str, node: Limit, wording: Wording) -> str:
    if node.per is None:
        return wording.say(message, amount=amount)
    return wording.say(f"{message}-each", amount=amount, each=_each(node.per, wording))


def _least(node: Requirement | Limit | Prerequisite, wording: Wording) -> str:
    """`60 credits`, `3 units`, or both."""
    least = credits_of(node.credits_at_least)
    parts = [] if least is None else [wording.credits(least.thousandths)]
    if node.units_at_least is not None:
        parts.append(wording.units(node.units_at_least))
    return wording.listed(parts)


def _place_need(node: Requirement, wording: Wording) -> str:
    amount, limit = _least(node, wording), credits_of(node.credits_at_most)
    parts = [] if limit is None else [wording.credits(limit.thousandths)]
    if node.units_at_most is not None:
        parts.append(wording.units(node.units_at_most))
    most = wording.listed(parts)
    if node.same is None:
        if not most:
            return wording.say("wording.needs-at-least", amount=amount)
        message = "wording.needs-exactly" if amount == most else "wording.needs-between"
        return wording.say(message, amount=amount, most=most)
    each = _each(node.same, wording)
    if not most:
        return wording.say("wording.needs-at-least-same", amount=amount, each=each)
    return wording.say("wording.needs-between-same", amount=amount, most=most, each=each)


def same_words(node: Requirement, wording: Wording) -> str:
    """What the units of a place have in common: `from one institution`; empty where nothing is asked."""
    return "" if node.same is None else _each(node.same, wording)


def _each(per: str, wording: Wording) -> str:
    """One portion, whichever: `from one institution`, `in one year`."""
    if per in PORTIONS:
        return wording.say(f"wording.each-{per}")
    return wording.say("wording.each-window", calendar=_spaced(per))
