"""Problem documents in the API description: the shape, and which problems a route can answer with."""

import re
import threading
from collections import defaultdict
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from creditbank_api import examples
from creditbank_api.errors import ScopeMissing
from creditbank_api.problems import MEDIA_TYPE, PROBLEMS, document


class ProblemFault(BaseModel):
    """One fault of a request."""

    pointer: str | None = Field(default=None, description="JSON pointer into the body")
    parameter: str | None = Field(default=None, description="name of a parameter")
    detail: str


class ProblemDocument(BaseModel):
    """An error as RFC 9457 spells it, with the place and the next step where there are any."""

    type: str = Field(examples=["/problems/credits-already-redeemed"], description="The page that explains it")
    title: str
    status: int
    detail: str | None = None
    instance: str
    place: str | None = Field(default=None, description="JSON pointer, or file and line, inside what was sent")
    nextStep: str | None = None  # noqa: N815 -- the member's name in the document
    errors: list[ProblemFault] | None = None


def declared(*slugs: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer with these problems."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for slug in ("too-many-requests", *slugs):
        by_status[PROBLEMS[slug].status].append(slug)
    return {status: _response(status, by_status[status]) for status in sorted(by_status)}


def _response(status: int, slugs: list[str]) -> dict[str, Any]:
    shown = {
        slug: {
            "summary": PROBLEMS[slug].title,
            "value": {
                "type": f"/problems/{slug}",
                "title": PROBLEMS[slug].title,
                "status": status,
                "instance": "/v1/…",
                **examples.common_problems().get(slug, {}),
            },
        }
        for slug in slugs
    }
    return {
        "description": "; ".join(PROBLEMS[slug].title for slug in slugs),
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}, "examples": shown},
        },
    }


def operation_id(route: APIRoute) -> str:
    """The name of an operation: the module that it stands in and its function, such as `credentials_issue`."""
    return f"{route.endpoint.__module__.rpartition('.')[2]}_{route.name}"


class Description:
    """The API description of an application, worked out when it is first asked for: that takes a second.

    Never in a thread of its own: what works it out puts warnings off for the whole process meanwhile.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app, self._lock = app, threading.Lock()
        self._made: dict[str, Any] | None = None

    def __call__(self) -> dict[str, Any]:
        with self._lock:
            if self._made is None:
                self._made = description_of(self._app)
            return self._made


def description_of(app: FastAPI) -> dict[str, Any]:
    """The API description, with our problem document in the place of the framework's own validation error."""
    described = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        servers=app.servers or None,
        separate_input_output_schemas=app.separate_input_output_schemas,
    )
    schemas = described["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    own = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= own.pop("$defs", {}) | {ProblemDocument.__name__: own}
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            route["summary"] = FIRST_SENTENCE.match(route.get("description", route["summary"]))[0]  # type: ignore[index]
            if not path.startswith("/ims/"):  # those answer in the form of their own standard
                _complete(method, route)
            examples.show(route["operationId"], route)
    return described


def _complete(method: str, route: dict[str, Any]) -> None:
    """Declare what every operation of this form can say, whether or not its author thought of it."""
    asked = {(one["in"], str(one["name"]).lower()): one for one in route.get("parameters", [])}
    slugs = {"too-many-requests", "store-busy", "database-unavailable"}
    if route.get("security"):
        slugs.update(GUARDED)
    if method != "get" or "requestBody" in route:
        slugs.update(("body-too-large", "encoded-body"))
    if "application/json" in route.get("requestBody", {}).get("content", {}):
        slugs.update(READING)
    if (key := asked.get(("header", "idempotency-key"))) is not None:
        slugs.update(ONCE)
        key |= {"required": True, "schema": KEY_SCHEMA, "example": "0b9f8b52-5f0e-4d0c-9a54-1f1d6f1c2b7a"}
    if ("query", "cursor") in asked:
        slugs.add("unreadable-cursor")
    if any(where != "header" for where, _ in asked) or "422" in route["responses"]:
        slugs.add("invalid-request")
    responses = route["responses"]
    for status in [status for status in responses if status.startswith(("4", "5"))]:
        told = responses[status].get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
        if told or status == "422":
            slugs.update(told)
            responses.pop(status)
    by_status: dict[int, list[str]] = defaultdict(list)
    for slug in sorted(slugs):
        by_status[PROBLEMS[slug].status].append(slug)
    for code in sorted(by_status):
        other = responses.get(str(code), {})
        responses[str(code)] = _joined(other, _response(code, by_status[code]))
    _name_scope(route)


def _name_scope(route: dict[str, Any]) -> None:
    """The scope that this operation asks for stands in the problem of a token without it."""
    scopes = [scope for one in route.get("security", []) for names in one.values() for scope in names]
    told = route["responses"].get("403", {}).get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
    if scopes and "scope-missing" in told:
        _, told["scope-missing"]["value"] = document(ScopeMissing(scopes[0]), "/v1/…")


def _joined(other: dict[str, Any], problem: dict[str, Any]) -> dict[str, Any]:
    """A problem beside another body of the same status, such as what a bank that is not ready says."""
    if not other:
        return problem
    description = f"{other['description']}; {problem['description']}"
    return {**other, "description": description, "content": other.get("content", {}) | problem["content"]}


FIRST_SENTENCE: Final = re.compile(r"[^.:;\n]*")
KEY_SCHEMA: Final = {"type": "string", "pattern": "^[!-~]{8,128}$", "title": "Idempotency-Key"}
GUARDED = ("not-signed-in", "not-for-this-role", "scope-missing")
"""What every route behind a token can say."""
READING = ("unreadable-json", "body-too-large", "encoded-body", "not-json", "invalid-request")
"""What every route with a body can say."""
ONCE = ("idempotency-key-missing", "idempotency-key-reused", "request-still-running")
"""What every route that does something once can say."""
