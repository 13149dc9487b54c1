"""Problem documents in the API description: the shape, and which problems a route can answer with."""

from collections import defaultdict
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field

from creditbank_api.problems import MEDIA_TYPE, PROBLEMS


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
    examples = {
        slug: {
            "summary": PROBLEMS[slug].title,
            "value": {
                "type": f"/problems/{slug}",
                "title": PROBLEMS[slug].title,
                "status": status,
                "instance": "/v1/…",
            },
        }
        for slug in slugs
    }
    return {
        "description": "; ".join(PROBLEMS[slug].title for slug in slugs),
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}, "examples": examples},
        },
    }


def description_of(app: FastAPI) -> dict[str, Any]:
    """The API description, with our problem document in the place of the framework's own validation error."""
    described = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        separate_input_output_schemas=app.separate_input_output_schemas,
    )
    schemas = described["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    own = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= own.pop("$defs", {}) | {ProblemDocument.__name__: own}
    for methods in described["paths"].values():
        for route in methods.values():
            if "application/json" in route["responses"].get("422", {}).get("content", {}):
                route["responses"]["422"] = _response(422, ["invalid-request"])
    return described


GUARDED = ("not-signed-in", "not-for-this-role", "scope-missing")
"""What every route behind a token can say."""
READING = ("unreadable-json", "body-too-large", "encoded-body", "not-json", "invalid-request")
"""What every route with a body can say."""
ONCE = ("idempotency-key-missing", "idempotency-key-reused", "request-still-running")
"""What every route that does something once can say."""
