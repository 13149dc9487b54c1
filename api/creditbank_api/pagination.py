"""Lists in pages: at most 200 items, in a stable order, continued after the last id seen (threat 55)."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from fastapi import Query

from creditbank_api.errors import UnreadableCursor

MAX_PAGE: Final = 200
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is asked for: so many items after the item that `after` names."""

    limit: int
    after: str | None

    def cut(self, items: Sequence[Item], name: Callable[[Item], str]) -> tuple[list[Item], str | None]:
        """Cut this part out of the whole list; the second value continues it, None at the end.

        Raises `UnreadableCursor` when the cursor names nothing in the list.
        """
        start = 0
        if self.after is not None:
            names = [name(item) for item in items]
            if self.after not in names:
                raise _unreadable()
            start = names.index(self.after) + 1
        part = list(items[start : start + self.limit])
        more = start + self.limit < len(items)
        return part, _spell(name(part[-1])) if part and more else None


def window(
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many items, at most 200")] = 50,
    cursor: Annotated[str | None, Query(max_length=400, description="`next` of the page before")] = None,
) -> Window:
    """Read the two parameters that every list takes."""
    return Window(limit, None if cursor is None else _parse(cursor))


def _spell(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _parse(cursor: str) -> str:
    try:
        name = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise _unreadable() from None
    return name


def _unreadable() -> UnreadableCursor:
    return UnreadableCursor("This cursor does not belong to this list.", next_step="Start again without a cursor.")
