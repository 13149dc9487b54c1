"""Lists on pages, a part at a time, with a link to the part before and to the part behind.

A link holds a cursor as the API's do (`pagination`): it is signed together with the page, what it lists, who looks, and
the way one leafs, so that nobody can make one up or hand one on; and it names an item and no number, so that what is
added meanwhile shows nothing twice and passes over nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar, cast
from urllib.parse import urlencode

from fastapi import Depends, Query, Request

from creditbank.canonical import canonical_json
from creditbank.services.listing_ports import Listed, Page
from creditbank_api.pagination import Cursors, Position, unreadable

FORWARD: Final = "behind"
BACK: Final = "before"
OWN: Final = (FORWARD, BACK)
"""The parameters that are the page's and not the list's."""
Item = TypeVar("Item")
Cursor = Annotated[str | None, Query(max_length=800)]


@dataclass(frozen=True, slots=True)
class Part(Generic[Item]):
    """Some items of a list in the order in which they are shown, and where the list goes on to either side."""

    items: tuple[Item, ...]
    before: str = ""
    behind: str = ""

    @property
    def whole(self) -> bool:
        """Whether these are all there are."""
        return not self.before and not self.behind


class Leafing:
    """Which part of a list a page shows; `path` is the list's own, where the answer to a form shows it too."""

    def __init__(self, request: Request, behind: str | None, before: str | None, *, path: str = "") -> None:
        self._request, self._path = request, path or request.url.path
        self._way, self._cursor = (BACK, before) if before is not None and behind is None else (FORWARD, behind)

    @property
    def _at(self) -> Position | None:
        return None if self._cursor is None else self._cursors.read(self._place(self._way), self._cursor)

    def newest(self, ask: Callable[[Page], Listed[Item]], limit: int) -> Part[Item]:
        """A part of a list that a store gives newest first; raises `UnreadableCursor`."""
        return self._listed(ask, limit, oldest_first=False)

    def oldest(self, ask: Callable[[Page], Listed[Item]], limit: int) -> Part[Item]:
        """The same list, shown from its oldest item on."""
        return self._listed(ask, limit, oldest_first=True)

    def _listed(self, ask: Callable[[Page], Listed[Item]], limit: int, *, oldest_first: bool) -> Part[Item]:
        at = self._at
        if isinstance(at, str):
            raise unreadable()
        back = self._way == BACK and at is not None
        # towards what is older: from the newest on, or back in a list that shows the oldest first
        older = back == oldest_first
        page = Page(limit + 1, before=at) if older else Page(limit + 1, after=-1 if at is None else at)
        found = ask(page)
        ordered = found[::-1] if oldest_first else found
        return self._cut([(place, item) for place, item in ordered], limit, back=back, inside=at is not None)

    def ordered(self, items: Sequence[Item], key: Callable[[Item], str], limit: int) -> Part[Item]:
        """A part of a small list that is ordered by a text of its own; raises `UnreadableCursor`."""
        at = self._at
        if isinstance(at, int):
            raise unreadable()
        back = self._way == BACK and at is not None
        known = sorted(items, key=key)
        if back:
            found = [one for one in known if key(one) < str(at)][-limit - 1 :]
        else:
            found = [one for one in known if at is None or key(one) > at][: limit + 1]
        return self._cut([(key(one), one) for one in found], limit, back=back, inside=at is not None)

    def _cut(self, found: Sequence[tuple[Position, Item]], limit: int, *, back: bool, inside: bool) -> Part[Item]:
        """What was asked for beyond the limit shows that the list goes on, on the side to which one leafs."""
        more = len(found) > limit
        shown = found[-limit:] if back else found[:limit]
        if not shown:
            return Part((), before=self._path if inside else "")
        goes_back, goes_on = (more, True) if back else (inside, more)
        return Part(
            tuple(item for _, item in shown),
            before=self._href(BACK, shown[0][0]) if goes_back else "",
            behind=self._href(FORWARD, shown[-1][0]) if goes_on else "",
        )

    def _href(self, way: str, position: Position) -> str:
        asked = [(name, value) for name, value in self._request.query_params.multi_items() if name not in OWN]
        cursor = self._cursors.spell(self._place(way), position)
        return f"{self._path}?{urlencode([*asked, (way, cursor)])}"

    def _place(self, way: str) -> bytes:
        visitor = getattr(self._request.state, "visitor", None)
        asked = sorted(item for item in self._request.query_params.multi_items() if item[0] not in OWN)
        return canonical_json(["page", way, self._path, visitor.caller.scope if visitor else "", asked])

    @property
    def _cursors(self) -> Cursors:
        return cast(Cursors, self._request.app.state.cursors)


def leafing(request: Request, behind: Cursor = None, before: Cursor = None) -> Leafing:
    """Read the two parameters that every list of the pages takes."""
    return Leafing(request, behind, before)


LeafingDep = Annotated[Leafing, Depends(leafing)]
