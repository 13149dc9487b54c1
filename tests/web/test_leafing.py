"""A list in parts: every item once and in its order, there and back, whatever is added, and no cursor of another's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis.strategies import integers
from starlette.requests import Request

from creditbank.services.listing_ports import Listed, Page
from creditbank_api.errors import UnreadableCursor
from creditbank_api.pagination import Cursors
from creditbank_api.web.leafing import Leafing, Part

NOW = datetime(2026, 6, 30, tzinfo=UTC)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


CLOCK = Clock()


def asked(href: str = "/list", who: str = "organisation:a") -> Leafing:
    """A request for a part of a list, as somebody's browser sends it."""
    parts = urlsplit(href)
    app = SimpleNamespace(state=SimpleNamespace(cursors=Cursors(b"key", CLOCK)))
    scope = {"type": "http", "path": parts.path, "query_string": parts.query.encode(), "headers": [], "app": app}
    request = Request(scope | {"server": ("bank.example", 443), "scheme": "https"})
    request.state.visitor = SimpleNamespace(caller=SimpleNamespace(scope=who))
    given = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Leafing(request, given.get("behind"), given.get("before"))


def store(numbers: list[int]) -> Callable[[Page], Listed[int]]:
    """What a store answers: the newest before a place, or the next after one, newest first."""

    def listed(page: Page) -> Listed[int]:
        newest = sorted(numbers, reverse=True)
        if page.after is not None:
            newest = [one for one in newest if one > page.after][-page.limit :]
        return [(one, one) for one in newest if page.before is None or one < page.before][: page.limit]

    return listed


Turn = Callable[[Leafing, list[int], int], Part[int]]
WAYS: dict[str, tuple[Turn, bool]] = {
    "newest": (lambda leafing, all_, limit: leafing.newest(store(all_), limit), True),
    "oldest": (lambda leafing, all_, limit: leafing.oldest(store(all_), limit), False),
    "ordered": (lambda leafing, all_, limit: leafing.ordered(all_, lambda one: f"{one:05}", limit), False),
}


@pytest.mark.parametrize("way", WAYS)
@given(size=integers(0, 9), limit=integers(1, 4))
def test_leafing_there_and_back_shows_every_item_once_and_in_its_order(way: str, size: int, limit: int) -> None:
    turn, backwards = WAYS[way]
    numbers = list(range(10, 10 + size))
    expected = numbers[::-1] if backwards else numbers
    part = turn(asked(), numbers, limit)
    assert not part.before
    pages = [part]
    while part.behind:
        pages.append(part := turn(asked(part.behind), numbers, limit))
    assert [item for one in pages for item in one.items] == expected
    for former in reversed(pages[:-1]):
        assert part.before
        part = turn(asked(part.before), numbers, limit)
        assert part.items == former.items
    assert not part.before
    assert part.whole == (len(pages) == 1)


def test_what_is_added_and_removed_meanwhile_shows_nothing_twice() -> None:
    first = asked().newest(store([1, 2, 3, 4]), 2)
    second = asked(first.behind).newest(store([1, 2, 4, 5, 6]), 2)
    assert second.items == (2, 1)
    assert asked(second.before).newest(store([1, 2, 4, 5, 6]), 2).items == (5, 4), (
        "those next to it, and not the newest"
    )


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        (lambda href: href.replace("/list", "/other"), "another page's"),
        (lambda href: href + "&state=open", "another list's"),
        (lambda href: href.replace("behind", "before"), "the other way's"),
        (lambda href: href[:-3] + "AAA", "made up"),
    ],
)
def test_a_cursor_continues_no_other_list(forged: Callable[[str], str], why: str) -> None:
    behind = asked().newest(store([1, 2, 3]), 1).behind
    assert asked(behind).newest(store([1, 2, 3]), 1).items == (2,)
    with pytest.raises(UnreadableCursor):
        asked(forged(behind)).newest(store([1, 2, 3]), 1)


def test_a_cursor_is_nobody_elses_and_ends_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    behind = asked().newest(store([1, 2, 3]), 1).behind
    with pytest.raises(UnreadableCursor):
        asked(behind, "organisation:b").newest(store([1, 2, 3]), 1)
    monkeypatch.setattr(CLOCK, "time", NOW + timedelta(days=1))
    with pytest.raises(UnreadableCursor):
        asked(behind).newest(store([1, 2, 3]), 1)
