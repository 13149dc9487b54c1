"""What changed from one version of rules to another, node by node, and did it become stricter or looser?

Whether a change is stricter is shown as `tightening` shows it: what cannot be shown either way is `unclear`, never
guessed. Each change is judged by itself; two looser ones may still make up for each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from creditbank.canonical import JsonObject
from creditbank.framework.choosing import Scope
from creditbank.framework.common import Document
from creditbank.framework.contradiction import never_fails
from creditbank.framework.framework import Framework
from creditbank.framework.qualification import Qualification
from creditbank.framework.rules import AnyLeafOrGroup, Group
from creditbank.framework.tightening import admission_loosenings, group_loosenings, leaf_loosenings

What = Literal["added", "removed", "changed", "moved"]
Effect = Literal["stricter", "looser", "unclear", "none"]

_HEAD: Final = (
    *("title", "framework", "level", "credit_system", "achievement_type", "valid_from", "valid_until"),
    *("transition", "confidence", "summary", "sources", "tightens", "absorbs"),
)
_TEXTS: Final = ("title", "note", "confidence")
_UNCLEAR: Final = ("framework", "level", "credit_system")
_NOUNS: Final = {
    "valid_from": "first day",
    "valid_until": "last day",
    "achievement_type": "kind of award",
    "tightens": "rules it tightens",
    "absorbs": "lower awards it absorbs",
    "max_age": "shelf life of a credit",
    "level_at_least": "lowest level",
    "where": "which units",
    "accredited": "only of accredited providers",
    "whole_units": "only whole units",
    "half_units": "which units weigh half",
    "same_content": "of the same content",
    "same_achievement": "of the same achievement",
    "n": "how many must hold",
    "credits_at_least": "least credits",
    "credits_at_most": "most credits",
    "units_at_least": "least units",
    "units_at_most": "most units",
    "share_at_least": "least share",
    "share_at_most": "largest share",
    "distinct_at_least": "fewest portions",
    "distinct_at_most": "most portions",
    "in_one_at_least": "least credits in one portion",
    "in_each_at_least": "least credits in each portion",
    "last_at_least": "last credits",
    "of_last": "of how many last credits",
    "mean_at_least": "worst mean",
    "points_at_least": "least points",
    "span_at_most": "longest span",
    "places_at_most": "most places",
    "same": "all of one",
    "over": "runs over",
    "base": "a share of which units",
    "within": "of what fills which places",
    "base_per": "a share within each portion",
    "weigh_by": "weighed by",
    "weights": "what weighs more than once",
    "needs": "what comes first",
    "concurrent": "on the same day too",
    "starts": "windows start on",
}
"""Keys in words, where the key itself is none."""
_LISTS: Final[dict[str, tuple[str, Effect, Effect]]] = {
    "equivalents": ("class of equivalents", "unclear", "unclear"),
    "substitutes": ("substitute", "looser", "stricter"),
    "bundles": ("bundle", "unclear", "unclear"),
    "sharing": ("permission to share", "looser", "stricter"),
    "checked_by_people": ("condition for a person", "stricter", "looser"),
}
"""What rules share, in words, and what it means when one is added or removed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, in a rule or in what else the document says.

    `path` is the address of the rule (ids from the root), or the name of a key of the document.

    `effect` says what it means for learners: `none` for what changes no sum.
    """

    what: What
    effect: Effect
    path: str
    sentence: str
    subject: Literal["document", "rule"] = "document"

    def to_json(self) -> JsonObject:
        """The change as it stands in the answer of a command."""
        told = {"what": self.what, "effect": self.effect, "subject": self.subject}
        return {**told, "path": self.path, "sentence": self.sentence}


def compare(old: Qualification, new: Qualification, framework: Framework | None = None) -> list[Change]:
    """Every difference from `old` to `new`, in the order of the document; empty when they say the same.

    Their ids and versions are names, and no differences. `framework` orders the levels of both.
    """
    found = [*_head(old, new), *_admission(old, new, framework), *_named(old, new), *_shared(old, new)]
    return found + _nodes(old, new, framework)


def _head(old: Qualification, new: Qualification) -> Iterator[Change]:
    for key in _HEAD:
        before, after = getattr(old, key), getattr(new, key)
        if before != after:
            effect: Effect = "unclear" if key in _UNCLEAR else "none"
            if key == "absorbs":
                effect = _effect(stricter=set(after) <= set(before), looser=set(before) <= set(after))
            yield Change("changed", effect, key, _became(key, before, after))


def _admission(old: Qualification, new: Qualification, framework: Framework | None) -> Iterator[Change]:
    for key in type(old.admits).model_fields:
        before, after = getattr(old.admits, key), getattr(new.admits, key)
        if before == after:
            continue
        here, there = (
            one.model_copy(update={"admits": old.admits.model_copy(update={key: value})})
            for one, value in ((old, before), (new, after))
        )
        stricter = not list(admission_loosenings(there, here, Scope.of(new, framework)))
        looser = not list(admission_loosenings(here, there, Scope.of(old, framework)))
        yield Change("changed", _effect(stricter=stricter, looser=looser), f"admits.{key}", _became(key, before, after))


def _named(old: Qualification, new: Qualification) -> Iterator[Change]:
    """Calendars and scales, by name."""
    for key, noun in (("calendars", "calendar"), ("grading", "grading scale")):
        before, after = getattr(old, key), getattr(new, key)
        for name in dict.fromkeys([*before, *after]):
            path = f"{key}.{name}"
            if name not in before:
                yield Change("added", "none", path, f"The {noun} «{name}» is new.")
            elif name not in after:
                yield Change("removed", "none", path, f"The {noun} «{name}» is gone.")
            elif before[name] != after[name]:
                yield Change("changed", "unclear", path, _differing(f"The {noun} «{name}»", before[name], after[name]))


def _shared(old: Qualification, new: Qualification) -> Iterator[Change]:
    for key, (noun, if_added, if_removed) in _LISTS.items():
        before = {one.id: one for one in getattr(old, key)}
        after = {one.id: one for one in getattr(new, key)}
        for name in dict.fromkeys([*before, *after]):
            path = f"{key}.{name}"
            if name not in before:
                yield Change("added", if_added, path, f"The {noun} «{name}» is new.")
            elif name not in after:
                yield Change("removed", if_removed, path, f"The {noun} «{name}» is gone.")
            elif before[name] != after[name]:
                words = set(_changed_keys(before[name], after[name])) <= set(_TEXTS)
                told = _differing(f"The {noun} «{name}»", before[name], after[name])
                yield Change("changed", "none" if words else "unclear", path, told)


def _nodes(old: Qualification, new: Qualification, framework: Framework | None) -> list[Change]:
    before, after = _by_name(old), _by_name(new)
    scope, former = Scope.of(new, framework), Scope.of(old, framework)
    found: list[Change] = []
    for name, (path, node) in after.items():
        if name not in before:
            effect = _if_added(_group_of(path, after), node, scope)
            found.append(Change("added", effect, path, f"«{node.title}» is new.", "rule"))
            continue
        was, theirs = before[name]
        here, there = _group_of(path, after), _group_of(was, before)
        if here is not None and there is not None and _above(was) != _above(path):
            sentence = f"«{node.title}» stood in «{there.title}», and stands in «{here.title}»."
            found.append(Change("moved", "unclear", path, sentence, "rule"))
        found.extend(_node(path, theirs, node, scope, former))
    for name, (path, node) in before.items():
        if name not in after:
            effect = _reverse(_if_added(_group_of(path, before), node, former))
            found.append(Change("removed", effect, path, f"«{node.title}» is gone.", "rule"))
    return found


def _by_name(rules: Qualification) -> dict[str, tuple[str, AnyLeafOrGroup]]:
    """Every node with its path, by id; the root, whatever its id, by the empty text."""
    return {node.id if "/" in path else "": (path, node) for path, node in rules.nodes()}


def _node(path: str, old: AnyLeafOrGroup, new: AnyLeafOrGroup, scope: Scope, former: Scope) -> Iterator[Change]:
    keys = [key for key in _changed_keys(old, new) if key not in ("id", "of")]
    if not keys:
        return
    sentence = _differing(f"«{new.title}»", old, new, keys)
    if not set(keys) - set(_TEXTS):
        stricter = looser = True
    elif isinstance(old, Group) and isinstance(new, Group):
        stricter, looser = not group_loosenings(new, old), not group_loosenings(old, new)
    elif isinstance(old, Group) or isinstance(new, Group):
        stricter = looser = False
    else:
        stricter, looser = not leaf_loosenings(new, old, scope), not leaf_loosenings(old, new, former)
    yield Change("changed", _effect(stricter=stricter, looser=looser), path, sentence, "rule")


def _if_added(group: Group | None, node: AnyLeafOrGroup, scope: Scope) -> Effect:
    """What one node more means in its group: a duty where all are needed, a way out where some are."""
    if group is None:
        return "unclear"
    if group.needed < len(group.of):
        return "looser"
    return "none" if never_fails(node, scope) else "stricter"


def _reverse(effect: Effect) -> Effect:
    turned: dict[Effect, Effect] = {"stricter": "looser", "looser": "stricter"}
    return turned.get(effect, effect)


def _effect(*, stricter: bool, looser: bool) -> Effect:
    if stricter == looser:
        return "none" if stricter else "unclear"
    return "stricter" if stricter else "looser"


def _group_of(path: str, nodes: dict[str, tuple[str, AnyLeafOrGroup]]) -> Group | None:
    found = nodes.get(_above(path)) if "/" in path else None
    return found[1] if found is not None and isinstance(found[1], Group) else None


def _above(path: str) -> str:
    """The name of the group in which a node stands: its id, or the empty text for the root."""
    above = path.rpartition("/")[0]
    return above.rpartition("/")[2] if "/" in above else ""


def _changed_keys(old: Document, new: Document) -> list[str]:
    names = dict.fromkeys([*type(old).model_fields, *type(new).model_fields])
    return [name for name in names if getattr(old, name, None) != getattr(new, name, None)]


def _differing(subject: str, old: Document, new: Document, keys: Sequence[str] = ()) -> str:
    told = [_became(key, getattr(old, key, None), getattr(new, key, None)) for key in keys or _changed_keys(old, new)]
    return f"{subject}: {' '.join(told)}"


def _became(key: str, before: Any, after: Any) -> str:
    """One value before and after, in words."""
    noun = _NOUNS.get(key, key.replace("_", " "))
    noun = f"{noun[:1].upper()}{noun[1:]}"
    if key in ("summary", "note", "text"):
        return f"{noun}: rewritten."
    if isinstance(before, tuple) and isinstance(after, tuple):
        gone = [f"«{_said(one)}»" for one in before if one not in after]
        fresh = [f"«{_said(one)}»" for one in after if one not in before]
        parts = [f"no longer {', '.join(gone)}"] * bool(gone) + [f"now also {', '.join(fresh)}"] * bool(fresh)
        return f"{noun}: {'; '.join(parts) or 'in another order'}."
    return f"{noun}: {_said(before)}, now {_said(after)}."


def _said(value: Any) -> str:
    if value is None or value in ((), ""):
        return "not stated"
    if isinstance(value, Document):
        stated = value.model_dump(mode="json", exclude_defaults=True)
        return str(stated["name"]) if "name" in stated else _plain(stated) if stated else "any"
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        told = [f"{str(key).replace('_', ' ')} {_plain(inner)}" for key, inner in value.items()]
        return f"({'; '.join(told)})"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(inner) for inner in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


__all__ = ["Change", "Effect", "What", "compare"]
