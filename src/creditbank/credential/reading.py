"""Reading fields of a JSON object at the door: each is of its type, or the error names its place."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn

from creditbank.canonical import Json, JsonObject
from creditbank.errors import BadInput
from creditbank.units import UnreadableInstant, parse_instant

IRI: Final = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]+')


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object, where it stands, and the error to raise when it is not what it should be."""

    value: Mapping[str, Json]
    place: str
    error: type[BadInput]

    @classmethod
    def of(cls, value: Json, place: str, error: type[BadInput]) -> "Fields":
        """Take a JSON object; anything else raises."""
        if not isinstance(value, dict):
            raise error("A JSON object was expected here.", place=place or "/")
        return cls(value, place, error)

    def refuse(self, key: str, sentence: str, next_step: str = "") -> NoReturn:
        """Raise this reader's error for the field `key`."""
        raise self.error(sentence, place=f"{self.place}/{key}", next_step=next_step)

    def has(self, key: str) -> bool:
        """Whether the field says anything; null and an empty array say nothing, as in JSON-LD."""
        return self.value.get(key) not in (None, [])

    def text(self, key: str) -> str:
        """A text that is not empty."""
        found = self.value.get(key)
        if not isinstance(found, str) or not found.strip():
            self.refuse(key, f"The field {key} must be a text.")
        return found

    def optional_text(self, key: str) -> str:
        """A text, or an empty one when the field says nothing."""
        return self.text(key) if self.has(key) else ""

    def iri(self, key: str) -> str:
        """An absolute identifier: a URL, a URN or a DID."""
        found = self.text(key)
        if IRI.fullmatch(found) is None:
            self.refuse(key, f"{found[:80]!r} is not an absolute identifier such as a URL, a URN or a DID.")
        return found

    def instant(self, key: str) -> datetime:
        """A date and time with a zone."""
        try:
            return parse_instant(self.text(key))
        except UnreadableInstant as cause:
            self.refuse(key, cause.sentence, cause.next_step)

    def optional_instant(self, key: str) -> datetime | None:
        """A date and time with a zone, or None when the field says nothing."""
        return self.instant(key) if self.has(key) else None

    def items(self, key: str) -> list[Json]:
        """The values of a field that may stand alone or in an array."""
        if not self.has(key):
            return []
        found = self.value[key]
        return found if isinstance(found, list) else [found]

    def says(self, key: str, word: str) -> bool:
        """Whether the field holds this text; alone, in an array and as a value object it means the same in JSON-LD."""
        return any(item in (word, {"@value": word}) for item in self.items(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """Texts of a field that may stand alone or in an array."""
        found = self.items(key)
        if not all(isinstance(item, str) and item for item in found):
            self.refuse(key, f"The field {key} must hold texts.")
        return tuple(str(item) for item in found)

    def object(self, key: str) -> "Fields":
        """A nested object."""
        return Fields.of(self.value.get(key), f"{self.place}/{key}", self.error)

    def objects(self, key: str) -> list["Fields"]:
        """Nested objects of a field that may stand alone or in an array."""
        alone = not isinstance(self.value.get(key), list)
        return [
            Fields.of(item, f"{self.place}/{key}" if alone else f"{self.place}/{key}/{index}", self.error)
            for index, item in enumerate(self.items(key))
        ]


def check_not_scattered(document: Fields, read: Sequence[Fields], watched: frozenset[str]) -> None:
    """Refuse a document that says watched things about a read object somewhere else.

    An RDF signature does not care where in the JSON a statement about a thing stands. A holder could move
    `credentialStatus` into another object with the credential's `id`: the signature would hold, and nobody
    would look for it there.
    """
    names = [name for fields in read if isinstance(name := fields.value.get("id"), str)]
    known = {id(fields.value) for fields in read}
    if not _stands_again(document.value, names, known):
        return
    pending: list[tuple[str, Json]] = [  # once more, with places
        (f"{document.place}/{key}", item) for key, item in document.value.items() if key != "@context"
    ]
    while pending:
        place, value = pending.pop()
        if isinstance(value, list):
            pending.extend((f"{place}/{index}", item) for index, item in enumerate(value))
        elif isinstance(value, dict):
            hidden = watched.intersection(value) if value.get("id") in names and id(value) not in known else None
            if hidden:
                raise document.error(
                    f"The field {min(hidden)} of {str(value['id'])[:120]} stands where readers would miss it.",
                    place=place,
                )
            pending.extend((f"{place}/{key}", item) for key, item in value.items() if key != "@context")


def _stands_again(value: Mapping[str, Json], names: Sequence[str], known: Collection[int]) -> bool:
    """Whether anything in a document has one of these names that is not known by its place in memory."""
    pending: list[Json] = list(value.values())
    while pending:
        item = pending.pop()
        if isinstance(item, str):  # most are
            continue
        if isinstance(item, dict):
            if item.get("id") in names and id(item) not in known:
                return True
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return False


_TYPED: Final = ("credentialSchema", "credentialStatus", "evidence", "refreshService", "termsOfUse")


def check_typed(document: Fields) -> None:
    """Refuse a credential in which something that needs a type has none (VC 2.0, 4.5), or a schema no id (4.11)."""
    for name in _TYPED:
        for entry in document.objects(name):
            if not entry.has("type"):
                entry.refuse("type", f"What stands under {name} must say its type.")
            if name == "credentialSchema":
                entry.iri("id")


def without_blanks(value: JsonObject) -> JsonObject:
    """Leave out the fields that say nothing, so that a document never carries empty promises."""
    return {key: item for key, item in value.items() if item not in (None, "", [])}


__all__ = ["IRI", "Fields", "check_not_scattered", "check_typed", "without_blanks"]
