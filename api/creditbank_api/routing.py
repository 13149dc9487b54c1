"""The way from a request to its route, for routes whose path has no parameters: one look into a table.

Without it a request is held against the routes one after the other, of each room and of the rooms around it, and once
more on each floor on the way down (FastAPI 0.165).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

Table: TypeAlias = Mapping[tuple[str, str], RouteContext]
FASTAPI: Final = "fastapi"
CONTEXT: Final = "effective_route_context"
"""Where FastAPI tells which route of which room was found, and what telling.py reads."""


class Straight(BaseRoute):
    """Stands before all other routes and answers what is in the table; anything else is looked for among them."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._table = table_of(routes)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the table has this method and path, with nothing cut off before the path."""
        if scope["type"] != "http" or scope.get("root_path"):
            return Match.NONE, {}
        found = self._table.get((scope["method"], scope["path"]))
        if found is None:
            return Match.NONE, {}
        told = {**scope.get(FASTAPI, {}), CONTEXT: found}
        return Match.FULL, {"endpoint": found.endpoint, "path_params": {}, "route": found.original_route, FASTAPI: told}

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """None: the routes behind name their own paths. Raises `NoMatchFound`, by which the next one is asked."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the route that was found."""
        await scope[FASTAPI][CONTEXT].app(scope, receive, send)


def table_of(routes: Iterable[BaseRoute]) -> Table:
    """Routes by method and path: those that nothing before them takes the path from."""
    table: dict[tuple[str, str], RouteContext] = {}
    before: list[RouteContext] = []
    for route in iter_route_contexts(list(routes)):
        path = route.path
        if isinstance(route.original_route, APIRoute) and path is not None and "{" not in path:
            for method in route.methods or ():
                if not any(_takes(one, method, path) for one in before):
                    table[method, path] = route
        before.append(route)
    return table


def _takes(route: RouteContext, method: str, path: str) -> bool:
    pattern = getattr(route, "path_regex", None)
    methods = route.methods
    return pattern is not None and bool(pattern.match(path)) and (not methods or method in methods)
