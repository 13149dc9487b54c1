"""Lists in pages: at most 200 items, in a stable order, continued behind the last item seen (threat 55).

A cursor says behind which item a list goes on. It is signed with a key of the bank's vault, together with the list, its
filters and the caller, so that nobody can make one up, hand one on, or ask another list with it; and it is good for a
day. Positions are keys and not offsets: what is added or removed meanwhile makes no item come twice or be passed over.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Final, TypeVar, cast
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from creditbank.canonical import canonical_json
from creditbank.services.listing_ports import Page
from creditbank.services.ports import Clock
from creditbank_api.errors import UnreadableCursor

MAX_PAGE: Final = 200
LIFETIME: Final = timedelta(days=1)
PURPOSE: Final = "cursor"
MAC_BYTES: Final = 16
Item = TypeVar("Item")
Position = int | str


class Cursors:
    """Spells and reads cursors, alike in every process that has the bank's vault."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key, self._clock = key, clock

    def spell(self, place: bytes, position: Position) -> str:
        """The cursor that continues the list at `place` behind `position`."""
        until = int((self._clock.now() + LIFETIME).timestamp())
        said = json.dumps([position, until], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(place, said) + said).decode().rstrip("=")

    def read(self, place: bytes, cursor: str) -> Position:
        """The position again; raises `UnreadableCursor` for one of another list or caller, an old or a made-up one."""
        try:
            data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise unreadable() from None
        mac, said = data[:MAC_BYTES], data[MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(place, said)):
            raise unreadable()
        position, until = json.loads(said)
        if until <= self._clock.now().timestamp():
            raise unreadable("This cursor has expired.")
        return cast(Position, position)

    def _mac(self, place: bytes, said: bytes) -> bytes:
        return hmac.new(self._key, len(place).to_bytes(4, "big") + place + said, sha256).digest()[:MAC_BYTES]


class Window:
    """Which part of a list is asked for: so many items, behind the place that a cursor names."""

    def __init__(self, request: Request, limit: int, cursor: str | None) -> None:
        self.limit, self._request, self._cursor = limit, request, cursor

    @property
    def after(self) -> Position | None:
        """The position behind which the list goes on, None at its beginning; raises `UnreadableCursor`."""
        return None if self._cursor is None else self._cursors.read(self._place(), self._cursor)

    def page(self) -> Page:
        """What to ask the store for: one item more than is shown, to see whether the list goes on."""
        before = self.after
        if isinstance(before, str):
            raise unreadable()
        return Page(self.limit + 1, before)

    def part(self, found: Sequence[tuple[int, Item]], response: Response) -> tuple[list[Item], str | None]:
        """What is shown of what the store found for `page`, and the cursor of what follows, which the answer links."""
        shown = found[: self.limit]
        more = len(found) > self.limit
        return [item for _, item in shown], self._following(shown[-1][0], response) if more else None

    def sorted(
        self, items: Sequence[Item], key: Callable[[Item], str], response: Response
    ) -> tuple[list[Item], str | None]:
        """The part of a small list that is ordered by a text of its own, such as an id."""
        after = self.after
        behind = sorted((item for item in items if after is None or key(item) > str(after)), key=key)
        shown = behind[: self.limit]
        return shown, self._following(key(shown[-1]), response) if len(behind) > self.limit else None

    def cut(self, items: Sequence[Item], name: Callable[[Item], str]) -> tuple[list[Item], str | None]:
        """Cut this part out of a whole list in the order that it has; the second value continues it, None at the end.

        Raises `UnreadableCursor` when the item behind which it goes on is gone.
        """
        start, after = 0, self.after
        if after is not None:
            names = [name(item) for item in items]
            if after not in names:
                raise unreadable()
            start = names.index(str(after)) + 1
        part = list(items[start : start + self.limit])
        more = start + self.limit < len(items)
        return part, self._cursors.spell(self._place(), name(part[-1])) if part and more else None

    def _following(self, position: Position, response: Response) -> str:
        cursor = self._cursors.spell(self._place(), position)
        asked = [(name, value) for name, value in self._request.query_params.multi_items() if name not in OWN]
        query = urlencode([*asked, ("limit", str(self.limit)), ("cursor", cursor)])
        response.headers["Link"] = f'<{self._request.url.path}?{query}>; rel="next"'
        return cursor

    def _place(self) -> bytes:
        caller = getattr(self._request.state, "caller", None)
        asked = sorted(item for item in self._request.query_params.multi_items() if item[0] not in OWN)
        return canonical_json([self._request.url.path, caller.scope if caller else "", asked])

    @property
    def _cursors(self) -> Cursors:
        return cast(Cursors, self._request.app.state.cursors)


OWN: Final = ("limit", "cursor")
"""The parameters that are the page's and not the list's."""


def window(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many items, at most 200")] = 50,
    cursor: Annotated[str | None, Query(max_length=800, description="`next` of the page before")] = None,
) -> Window:
    """Read the two parameters that every list takes."""
    return Window(request, limit, cursor)


def unreadable(sentence: str = "This cursor does not belong to this list.") -> UnreadableCursor:
    """The error for a cursor that is of no use."""
    return UnreadableCursor(sentence, next_step="Start again without a cursor.")
