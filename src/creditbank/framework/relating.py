"""What has been stated about a level of one framework in another: by whom, when, and how sure we are.

Only direct statements in the direction asked answer. Nothing is inferred: no statement is run backwards, and no two
are put behind each other. That somebody stated `none` is an answer; that nobody stated anything is another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from creditbank.framework.common import Confidence
from creditbank.framework.editions import newest_edition
from creditbank.framework.faults import Address, Fault
from creditbank.framework.framework import Framework, LevelPair, Relation


@dataclass(frozen=True, slots=True)
class LevelStatement:
    """What one relation states about one level. An empty `to` states that there is no counterpart."""

    relation: str
    kind: str
    from_framework: str
    from_version: str
    level: str
    to_framework: str
    to_version: str
    to: tuple[str, ...]
    stated_by: str
    year: str | None
    confidence: Confidence
    note: str

    @property
    def is_none(self) -> bool:
        """Whether it states that the other framework has no such level."""
        return not self.to


def stated_counterparts(
    relations: Iterable[Relation],
    from_framework: str,
    level: str,
    to_framework: str | None = None,
    *,
    from_version: str | None = None,
) -> tuple[LevelStatement, ...]:
    """Every direct statement about a level, by id of the relation; empty when nobody has stated anything.

    Without `to_framework` statements about every framework are given. With `from_version`, statements made about
    another version are left out; one that names no version speaks of all.
    """
    return tuple(
        _statement(relation, pair)
        for relation in sorted(relations, key=lambda one: one.id)
        if relation.from_framework == from_framework
        and to_framework in (None, relation.to_framework)
        and (from_version is None or relation.from_version in ("", from_version))
        for pair in relation.pairs
        if pair.level == level
    )


def _statement(relation: Relation, pair: LevelPair) -> LevelStatement:
    return LevelStatement(
        relation=relation.id,
        kind=relation.kind,
        from_framework=relation.from_framework,
        from_version=relation.from_version,
        level=pair.level,
        to_framework=relation.to_framework,
        to_version=relation.to_version,
        to=pair.to,
        stated_by=relation.stated_by,
        year=relation.year,
        confidence=pair.confidence or relation.confidence,
        note=pair.note,
    )


def check_relation(relation: Relation, frameworks: Mapping[str, Sequence[Framework]]) -> list[Fault]:
    """Every framework, version or level that the relation names and that does not exist.

    `frameworks` holds all versions of each. A level must exist in the version the relation names, and in the newest
    one when it names none: a level of another version is a fault.
    """
    found: list[Fault] = []
    source = _edition(relation, "from", frameworks, found)
    target = _edition(relation, "to", frameworks, found)
    named: list[tuple[Address, Framework | None, str]] = []
    for index, pair in enumerate(relation.pairs):
        named.append((("pairs", index, "level"), source, pair.level))
        named += [(("pairs", index, "to", place), target, code) for place, code in enumerate(pair.to)]
    named += [(("unmatched", place), target, code) for place, code in enumerate(relation.unmatched)]
    for address, framework, code in named:
        if framework is not None and code not in {level.code for level in framework.levels}:
            found.append(_no_level(address, framework, code, frameworks[framework.id]))
    return found


def _edition(
    relation: Relation, side: str, frameworks: Mapping[str, Sequence[Framework]], found: list[Fault]
) -> Framework | None:
    name, version = getattr(relation, f"{side}_framework"), getattr(relation, f"{side}_version")
    versions = frameworks.get(name)
    if not versions:
        listed = ", ".join(sorted(frameworks)) or "none"
        sentence = f"No framework {name!r} is loaded; loaded are: {listed}."
        found.append(Fault("unknown-document-named", (f"{side}_framework",), sentence))
        return None
    if not version:
        return newest_edition(versions)
    chosen = next((one for one in versions if one.version == version), None)
    if chosen is None:
        listed = ", ".join(one.version for one in versions)
        sentence = f"No version {version!r} of {name!r} is loaded; loaded are: {listed}."
        found.append(Fault("unknown-document-named", (f"{side}_version",), sentence))
    return chosen


def _no_level(address: Address, framework: Framework, code: str, versions: Sequence[Framework]) -> Fault:
    elsewhere = [one.version for one in versions if code in {level.code for level in one.levels}]
    sentence = f"{framework.id} has no level {code!r} in version {framework.version!r}."
    if not elsewhere:
        return Fault("unknown-level", address, sentence)
    sentence += f" It stands in version {', '.join(elsewhere)}."
    return Fault("unknown-level", address, sentence, "Name that version, or a level of this one.")
