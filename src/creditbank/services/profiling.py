"""Profiles: who somebody is, as Open Badges 3.0 says it (`Profile`), and what a body says of itself beside that."""

import re
from collections.abc import Mapping
from typing import Any, Final

from creditbank.canonical import JsonObject, canonical_json, load_object
from creditbank.errors import BadInput
from creditbank.services.ports import Clock, Store, Transaction
from creditbank.services.records import PublicDocument
from creditbank.services.trail import Trail
from creditbank.signing import OPEN_BADGES_CONTEXT

KIND: Final = "profile"
OWN: Final[Mapping[str, re.Pattern[str]]] = {
    "description": re.compile(r"[^\x00-\x1f]{1,2000}"),
    "email": re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}"),
    "official": re.compile(r"[^\x00-\x1f]{1,200}"),
    "phone": re.compile(r"\+?[0-9 ()./-]{3,40}"),
    "url": re.compile(r"https://[!-~]{1,400}"),
}
"""What a body may say of itself, and how it looks. Everybody may read it."""


class UnfitProfile(BadInput):
    """A profile cannot be changed into this."""

    slug = "unfit-profile"


class Profiles:
    """Shows profiles, and keeps what bodies say of themselves."""

    def __init__(self, store: Store, trail: Trail, clock: Clock) -> None:
        self._store, self._trail, self._clock = store, trail, clock

    def of_learner(self, learner: str) -> JsonObject:
        """The profile of a learner, for the learner: the DID by which credentials name them, and their name."""
        with self._store.transaction() as tx:
            person = tx.get_learner(learner)
        return {"@context": [OPEN_BADGES_CONTEXT], "id": person.did, "type": ["Profile"], "name": person.name}

    def of_organisation(self, organisation: str) -> JsonObject:
        """The profile of a body: what the register says of it, and what it says of itself."""
        with self._store.transaction() as tx:
            return _shown(tx, organisation)

    def change(self, organisation: str, wanted: Mapping[str, Any], *, actor: str) -> JsonObject:
        """Let a body say this of itself, and nothing that it does not repeat; the whole profile is given.

        Raises `UnfitProfile` for another id, name, type or address than the register's, and for what it may not say.
        """
        with self._store.transaction() as tx:
            standing, said = _shown(tx, organisation), _said(wanted)
            fixed = {name: value for name, value in standing.items() if name not in OWN}
            for name, value in wanted.items():
                if name in OWN or name == "@context":
                    continue
                if name not in fixed or _one(value) != _one(fixed[name]):
                    raise UnfitProfile(
                        f"{name[:40]!r} is what the bank's register says, or is not part of a profile here.",
                        place=f"/{name[:40]}",
                        next_step="Leave it as it is; ask the operator of the bank where the register is wrong.",
                    )
            content = canonical_json(said)
            tx.put_document(PublicDocument(_name(organisation), KIND, "application/json", content, self._clock.now()))
            self._trail.tell(tx, actor, "profile.changed", organisation, organisation=organisation)
            return _shown(tx, organisation)


def _shown(tx: Transaction, organisation: str) -> JsonObject:
    body, own = tx.get_organisation(organisation), tx.find_document(_name(organisation))
    register: JsonObject = {
        "@context": [OPEN_BADGES_CONTEXT],
        "id": body.did,
        "type": ["Profile"],
        "name": body.name,
        "address": {"type": ["Address"], "addressCountryCode": body.country},
    }
    return register | (load_object(own.content) if own is not None else {})


def _said(wanted: Mapping[str, Any]) -> JsonObject:
    said: JsonObject = {}
    for name, form in OWN.items():
        if name not in wanted:
            continue
        value = wanted[name]
        if not isinstance(value, str) or form.fullmatch(value) is None:
            raise UnfitProfile(f"{name!r} does not look like one.", place=f"/{name}", next_step="Correct it.")
        said[name] = value
    return said


def _one(value: Any) -> Any:
    """One value alone, whether or not it stands in a list: JSON-LD does not tell them apart."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _name(organisation: str) -> str:
    return f"{organisation}#profile"
