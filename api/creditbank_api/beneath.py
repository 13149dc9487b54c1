"""A bank beneath a path of its host, as `base_url` says it: `https://host.example/credit`.

The proxy in front passes paths on unchanged. What comes beneath the path is answered as if it had come without it, and
what leads on from there (redirects, links to the next page of a list) has it again; pages put it before their own links
(`outward`). Addresses that credentials and DIDs name for ever bear the path themselves, and are left as they are.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OWN: Final = re.compile(r' (href|src|action)="/(?!/)')
"""What leads within the bank. A double quote in somebody's text is escaped, so that no text looks like this."""
_LINK: Final = re.compile(r"</(?!/)")


class Beneath:
    """ASGI middleware for a bank whose base URL has a path; any other bank needs none."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self._app, base = app, urlsplit(base_url)
        self._path, self._host = base.path.rstrip("/"), base.netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = str(scope["path"])
        inside = path == self._path or path.startswith(f"{self._path}/")
        if inside and not self._is_named(path):
            scope["path"] = path[len(self._path) :] or "/"
            scope["raw_path"] = bytes(scope.get("raw_path") or path.encode())[len(self._path) :] or b"/"
        host = Headers(scope=scope).get("host", "")
        outward, reached = self._path if inside or host == self._host else "", f"{scope.get('scheme', 'http')}://{host}"
        scope.setdefault("state", {})["outward"] = outward

        async def lead(message: Message) -> None:
            if outward and message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if (to := headers.get("location")) is not None:
                    headers["location"] = _led(to, reached, outward)
                if "link" in headers:
                    headers["link"] = _LINK.sub(f"<{outward}/", headers["link"])
            await send(message)

        await self._app(scope, receive, lead)

    def _is_named(self, path: str) -> bool:
        return path.endswith("/did.json") or path.startswith(f"{self._path}/status/")


def _led(to: str, reached: str, outward: str) -> str:
    """Where a redirect leads within the bank, beneath its path: also one that names the host, as from `/page/`."""
    own = to.removeprefix(reached)
    if not own.startswith("/") or own.startswith("//") or (own != to and own.startswith(f"{outward}/")):
        return to
    return to[: len(to) - len(own)] + outward + own


def outward_of(request: Request) -> str:
    """The path beneath which the browser reaches the bank; empty at the root of a host, and on this machine."""
    return str(getattr(request.state, "outward", ""))


def outward(request: Request, html: str) -> str:
    """A page whose links lead to where the browser reaches the bank."""
    path = outward_of(request)
    return _OWN.sub(rf' \1="{path}/', html) if path else html
