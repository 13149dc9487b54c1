"""What differs between two snapshots of one register, told body by body in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from creditbank.errors import BadInput
from creditbank.framework.common import Document
from creditbank.framework.register import Body, Register

Parts: TypeAlias = dict[str, Document]
"""Accreditations or rights to award, by the words that name them."""


class OtherRegister(BadInput):
    """Only two snapshots of one register can be compared."""

    slug = "other-register"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what kind, of which body (its id), and a sentence."""

    kind: Literal["added", "removed", "changed"]
    body: str
    sentence: str


def register_changes(old: Register, new: Register) -> tuple[Change, ...]:
    """Every difference from an older snapshot to a newer one; raise `OtherRegister` when their ids differ.

    Bodies are the same when their `id` is. The order is that of the new snapshot, and what is gone comes last.
    """
    if old.id != new.id:
        raise OtherRegister(
            f"These are snapshots of two registers, {old.id} and {new.id}.", next_step="Compare snapshots of one id."
        )
    before = {body.id: body for body in old.bodies}
    after = {body.id for body in new.bodies}
    found: list[Change] = []
    for body in new.bodies:
        if body.id in before:
            found.extend(_of_body(before[body.id], body))
        else:
            held = len(body.accreditations)
            said = f"{body.title} is listed now, with {held} accreditation{'' if held == 1 else 's'}."
            found.append(Change("added", body.id, said))
    found += [
        Change("removed", body.id, f"{body.title} is no longer listed.") for body in old.bodies if body.id not in after
    ]
    if old.complete != new.complete:
        word = "claims" if new.complete else "no longer claims"
        found.append(Change("changed", "", f"The register {word} to list everybody who is accredited."))
    return tuple(found)


def _of_body(old: Body, new: Body) -> Iterator[Change]:
    for key in ("dids", "identifiers", "names", "country", "parent", "successor"):
        if getattr(old, key) != getattr(new, key):
            sentence = f"{new.title}: {key} was {_shown(getattr(old, key))} and is {_shown(getattr(new, key))}."
            yield Change("changed", new.id, sentence)
    yield from _of_parts(
        new,
        {f"accreditation {one.id}": one for one in old.accreditations},
        {f"accreditation {one.id}": one for one in new.accreditations},
    )
    if (old.awards is None) != (new.awards is None):
        word = "no longer says" if new.awards is None else "says now"
        yield Change("changed", new.id, f"The register {word} which qualifications {new.title} may award.")
    yield from _of_parts(new, _rights(old), _rights(new))


def _rights(body: Body) -> Parts:
    found: Parts = {}
    for one in body.awards or ():
        version = f" in version {one.version}" if one.version else ""
        found[f"right to award {one.qualification}{version} from {one.valid_from}"] = one
    return found


def _of_parts(body: Body, old: Parts, new: Parts) -> Iterator[Change]:
    for name, one in new.items():
        before = old.get(name)
        if before is None:
            yield Change("added", body.id, f"{body.title} has the {name} now.")
            continue
        for key in type(one).model_fields:
            was, now = getattr(before, key), getattr(one, key)
            if was == now:
                continue
            if key == "withdrawn" and now is not None:
                said = f"is withdrawn since {now.since}: {now.reason.rstrip('.')}."
            else:
                said = f"{key} was {_shown(was)} and is {_shown(now)}."
            yield Change("changed", body.id, f"The {name} of {body.title}: {said}")
    for name in old:
        if name not in new:
            yield Change("removed", body.id, f"{body.title} no longer has the {name}.")


def _shown(value: Any) -> str:
    if value is None or value in ("", ()):
        return "not given"
    if isinstance(value, tuple):
        return "; ".join(_shown(one) for one in value)
    if hasattr(value, "model_dump"):
        kept = value.model_dump(mode="json", exclude_defaults=True)
        return ", ".join(
            f"{key} {_shown(one if not isinstance(one, list) else tuple(one))}" for key, one in kept.items()
        )
    return str(value)
