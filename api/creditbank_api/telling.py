"""What is told of each request: one event in the log, and the numbers that alarms look at. Never what it said.

A request is named by the template of its route, since an address holds ids. A caller that traces its calls sends
`traceparent` (W3C Trace Context) or `X-Request-Id`; the answer carries both, so that a caller's log and ours meet.
"""

import re
import secrets
import time
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from creditbank.adapters.logs import logger
from creditbank_api.metrics import Metrics

PARENT: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
REQUEST_ID: Final = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
UNMATCHED: Final = "(no route)"
QUIET: Final = frozenset({"/healthz", "/readyz"})
"""Asked every few seconds by machines: told at level debug unless they fail."""
log = logger("creditbank.requests")


class Telling:
    """ASGI middleware, outermost: gives the request its ids, and tells what became of it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        trace, request_id, parent = _named(Headers(scope=scope))
        state["request_id"] = request_id
        answered: dict[str, Any] = {"status": 500, "replayed": False}
        begun = time.perf_counter()

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                answered["status"] = message["status"]
                answered["replayed"] = "idempotency-replayed" in headers
                headers["X-Request-Id"] = request_id
                headers["traceparent"] = parent
            await send(message)

        with self._metrics.in_progress.track_inprogress():
            try:
                await self._app(scope, receive, tell)
            finally:
                self._told(scope, answered, time.perf_counter() - begun, trace=trace, request_id=request_id)

    def _told(self, scope: Scope, answered: dict[str, Any], seconds: float, *, trace: str, request_id: str) -> None:
        state, status = scope["state"], int(answered["status"])
        route, method = route_of(scope), str(scope["method"])
        method = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
        problem = str(state.get("problem", ""))
        self._metrics.answered(method, route, status, seconds, problem=problem, replayed=bool(answered["replayed"]))
        level = "error" if status >= 500 and problem in ("", "error") else "info"
        log.log(
            LEVELS["debug" if route in QUIET and status < 500 else level],
            "request",
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            request_id=request_id,
            trace=trace,
            caller=kind_of(state),
            **({"problem": problem} if problem else {}),
            **({"replayed": True} if answered["replayed"] else {}),
        )


LEVELS: Final = {"debug": 10, "info": 20, "error": 40}


def route_of(scope: Scope) -> str:
    """The template of the route that answered, never the address that was asked for."""
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    template = getattr(route, "path_format", None) or getattr(route, "path", None)
    if template is None and str(scope.get("root_path", "")).endswith("/static"):
        return "/static/{file}"
    return str(template) if template else UNMATCHED


def kind_of(state: dict[str, Any]) -> str:
    """As what the caller spoke: its roles, and never who it was."""
    visitor = state.get("visitor")
    caller = state.get("caller") or getattr(visitor, "caller", None)
    return "+".join(sorted(str(role) for role in caller.roles)) if caller is not None else "nobody"


def _named(headers: Headers) -> tuple[str, str, str]:
    """Trace id, request id and the answer's traceparent; made here where the caller sent none that can be used."""
    given = PARENT.fullmatch(headers.get("traceparent", ""))
    trace, flags = (given[1], given[3]) if given else (secrets.token_hex(16), "00")
    asked = headers.get("x-request-id", "").lower()
    request_id = asked if REQUEST_ID.fullmatch(asked) else secrets.token_hex(16)
    return trace, request_id, f"00-{trace}-{secrets.token_hex(8)}-{flags}"
