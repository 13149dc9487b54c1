"""Read a document that is sealed and may be forged: field by field, with the JSON pointer of whatever is wrong."""

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, NoReturn

from creditbank.canonical import Digest, UnreadableDigest, parse_digest
from creditbank.errors import BadInput
from creditbank.units import Credits, UnreadableCredits

MAX_ITEMS: Final = 10_000


class Reader:
    """One JSON object under its pointer: each field is asked for once, and none may be left over.

    A document of one kind is read by a subclass that names the kind and the error that refuses it.
    """

    refusal: ClassVar[type[BadInput]]
    kind: ClassVar[str]

    def __init__(self, value: object, at: str, fields: Iterable[str], *, optional: Iterable[str] = ()) -> None:
        self.at = at
        if not isinstance(value, Mapping):
            self.refuse("", "an object was expected here")
        self.value: Mapping[str, Any] = value
        known = list(fields)
        for name in known:
            if name not in value:
                self.refuse(name, f"the field {name!r} is missing")
        extra = [name for name in optional if name in value]
        for name in value:
            if name not in known and name not in extra:
                self.refuse(str(name), f"the field {str(name)!r} does not belong here")
        for name in extra:
            if not value[name]:
                self.refuse(name, "it is left out where it says nothing")

    def refuse(self, name: str, why: str) -> NoReturn:
        """Raise this kind's error, with the JSON pointer of a field, or of this object for an empty name."""
        pointer = f"{self.at}/{name}" if name else self.at or "/"
        raise self.refusal(f"This is not {self.kind}: {why}.", place=pointer)

    def text(self, name: str, *, empty: bool = False) -> str:
        """A text that is not empty, unless it may be."""
        value = self.value[name]
        if not isinstance(value, str) or not (value or empty):
            self.refuse(name, "text was expected")
        return value

    def optional(self, name: str) -> str | None:
        """A text that is not empty, or null."""
        return None if self.value[name] is None else self.text(name)

    def credits(self, name: str) -> Credits:
        """An amount in the one spelling that its value has, so that no two documents say the same in other bytes."""
        text = self.text(name)
        try:
            amount = Credits.parse(text)
        except UnreadableCredits as cause:
            self.refuse(name, cause.sentence.rstrip("."))
        if str(amount) != text:
            self.refuse(name, f"the amount {text!r} is spelled {str(amount)!r}")
        return amount

    def digest(self, name: str) -> Digest:
        """A digest, written with the name of its algorithm."""
        try:
            return parse_digest(self.text(name))
        except UnreadableDigest as cause:
            self.refuse(name, cause.sentence.rstrip("."))

    def day(self, name: str) -> datetime.date:
        """A day of the calendar as `2026-11-23`, in no other of the spellings that ISO 8601 knows."""
        text = self.text(name)
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII) is None:
            self.refuse(name, "a date such as 2026-11-23 was expected")
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            self.refuse(name, f"{text} is not a day of the calendar")

    def whole(self, name: str) -> int:
        """A number from 0 on; JSON's true and false are none."""
        value = self.value[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.refuse(name, "a whole number was expected")
        return value

    def truth(self, name: str) -> bool:
        """True or false, and no number or text that stands for them."""
        value = self.value[name]
        if not isinstance(value, bool):
            self.refuse(name, "true or false was expected")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, none of them empty; and none where it is left out."""
        found = [item for item, _ in self.items(name)]
        if not all(isinstance(item, str) and item for item in found):
            self.refuse(name, "a list of texts was expected")
        return tuple(map(str, found))

    def items(self, name: str) -> list[tuple[object, str]]:
        """The items of a list, unread, each with its JSON pointer; at most `MAX_ITEMS`, none where it is left out."""
        value = self.value.get(name, [])
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            self.refuse(name, f"a list of at most {MAX_ITEMS} items was expected")
        return [(item, f"{self.at}/{name}/{index}") for index, item in enumerate(value)]
