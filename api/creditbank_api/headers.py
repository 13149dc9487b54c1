"""What every answer carries, and which host names this server answers to (threats 48 and 50).

Nothing may be loaded but our own stylesheet, our own script and our own images; nothing may frame a page. The host
check keeps a foreign page from reaching a loopback server through a name that resolves to it.
"""

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_ADDED: Final = tuple(
    (name.lower().encode(), value.encode()) for name, value in (HEADERS | {"Cache-Control": "no-store"}).items()
)
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Guard:
    """ASGI middleware: refuse foreign host names, add the headers, keep private answers out of caches."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name for name, _ in given}  # in small letters, as ASGI wants them
                message["headers"] = given + [one for one in _ADDED if one[0] not in names]
            await send(message)

        if _host(scope) in self._hosts:
            await self._app(scope, receive, add)
        else:
            answer = PlainTextResponse("This server does not answer to that host name.\n", status_code=421)
            await answer(scope, receive, add)


def _host(scope: Scope) -> str:
    given = Headers(scope=scope).get("host", "")
    return given.rpartition(":")[0] if given.rpartition(":")[2].isdigit() and ":" in given else given
