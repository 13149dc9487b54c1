"""Reading a request body: cut at a fixed size while it arrives, never inflated, and strictly as JSON (threats 1-4)."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import FormData, UploadFile

from creditbank.canonical import MAX_BYTES, json_digest, load_json, sha256
from creditbank_api.errors import BodyTooLarge, EncodedBody, NotJson

MAX_BODY: Final = MAX_BYTES
MAX_FILES: Final = 200
MAX_UPLOAD: Final = 24 * 1024 * 1024
"""What files to verify may weigh together: as much as one of them may."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """A route whose body is read with the cap; FastAPI then finds the bytes already there."""

    takes_json = False
    max_body = MAX_BODY

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def read_first(request: Request) -> Response:
            await _read(request, takes_json=self.takes_json and self.body_field is not None, most=self.max_body)
            return await handler(request)

        return read_first


class JsonRoute(StrictRoute):
    """A route whose body, when it has one, is one strict JSON document."""

    takes_json = True


class UploadRoute(StrictRoute):
    """A route that takes files to verify, as a form does."""

    max_body = MAX_UPLOAD


async def uploaded(form: FormData) -> list[tuple[str, bytes]]:
    """The files of a form by name, and the text pasted beside them; raises `BodyTooLarge` for too long a text."""
    files = [
        ((given.filename or "file")[:200], await given.read())
        for given in form.getlist("files")
        if isinstance(given, UploadFile) and (given.filename or given.size)
    ]
    text = form.get("text")
    if isinstance(text, str) and len(text) > MAX_BODY:
        raise _too_large(MAX_BODY)
    if isinstance(text, str) and text.strip():
        files.append(("pasted text", text.strip().encode()))
    return files


async def _read(request: Request, *, takes_json: bool, most: int) -> None:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise EncodedBody(
            "The body is compressed or otherwise encoded.",
            next_step="Send it as plain bytes, without Content-Encoding.",
        )
    body = await _capped(request, most)
    if not takes_json:
        request.state.body_digest = sha256(body)
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise NotJson("The body is not declared as JSON.", next_step="Send Content-Type: application/json.")
    document = load_json(body, place="request body", max_bytes=MAX_BODY)
    request._json = document
    request.state.body_digest = json_digest({"body": document})


async def _capped(request: Request, most: int) -> bytes:
    announced = request.headers.get("content-length", "0")
    if not announced.isascii() or not announced.isdigit() or len(announced) > 12 or int(announced) > most:
        raise _too_large(most)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise _too_large(most)
        parts.append(part)
    request._body = b"".join(parts)
    return request._body


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(f"At most {most} bytes are read.", next_step="Send less, or split the request.")
