"""Entity tags (RFC 9110, 13.1): what never changes is not sent twice, what others change is not overwritten."""

from typing import Annotated

from fastapi import Header, Request, Response

from creditbank.canonical import sha256
from creditbank_api.errors import PreconditionFailed, PreconditionMissing

IfMatch = Annotated[str | None, Header(max_length=400, description="The ETag of what was read")]
IfNoneMatch = Annotated[str | None, Header(max_length=400, description="`*` where there must be nothing yet")]


def etag(content: bytes) -> str:
    """The strong entity tag of these bytes."""
    return f'"{sha256(content).hex()[:32]}"'


def unchanging(request: Request, content: bytes, media_type: str) -> Response:
    """The bytes with their tag; 304 without them for whoever has them already. For what never changes under its name.

    It may be kept by who asked, not by others: the bank says who may see it each time.
    """
    tag = etag(content)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if has(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def has(header: str | None, tag: str) -> bool:
    """Whether a list of tags in If-None-Match names this one (weak comparison)."""
    if header is None:
        return False
    return header.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in header.split(",")}


def require_match(if_match: str | None, tag: str) -> None:
    """Raise unless If-Match names exactly this tag (strong comparison): `PreconditionMissing`, `PreconditionFailed`."""
    if if_match is None:
        raise PreconditionMissing(
            "This changes what others may have changed.", next_step="Send If-Match with the ETag."
        )
    if tag not in {one.strip() for one in if_match.split(",")}:
        raise PreconditionFailed("This is not what it was when you read it.", next_step="Read it again.")
