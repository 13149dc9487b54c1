"""Reading a request body: cut at a fixed size while it arrives, never inflated, and strictly as JSON (threats 1-4)."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, cast

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from creditbank.canonical import MAX_BYTES, Digest, json_digest, load_json, sha256
from creditbank_api.errors import BodyTooLarge, EncodedBody, NotJson
from creditbank_api.threads import threaded

MAX_BODY: Final = MAX_BYTES
MAX_FILES: Final = 200
MAX_UPLOAD: Final = 16 * 1024 * 1024
"""What files to verify may weigh together; the pages of a PDF and the dots of an image are most of it."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """A route whose body is read with the cap; FastAPI then finds the bytes already there."""

    takes_json = False
    max_body = MAX_BODY

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, threaded(endpoint), **options)

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def read_first(request: Request) -> Response:
            await _read(request, takes_json=self.takes_json and self.body_field is not None, most=self.max_body)
            return await handler(request)

        return read_first


class JsonRoute(StrictRoute):
    """A route whose body, when it has one, is one strict JSON document."""

    takes_json = True


class UploadRoute(APIRoute):
    """A route that takes files to verify, as a form does; its handler opens the form with `upload_form`.

    Nothing is read before: files of many megabytes are on the disk and not held beside the form.
    """

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def refuse_first(request: Request) -> Response:
            _require_plain(request)
            _require_announced(request, MAX_UPLOAD)
            return await handler(request)

        return refuse_first


@asynccontextmanager
async def upload_form(request: Request) -> AsyncIterator[FormData]:
    """The form of an upload, cut at its limit while it arrives; what is no file in it is as long as JSON may be."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            parts = _cut(request, MAX_UPLOAD)
            form = await MultiPartParser(
                request.headers, parts, max_files=MAX_FILES, max_fields=8, max_part_size=MAX_BODY
            ).parse()
        elif kind == "application/x-www-form-urlencoded":
            parts = _cut(request, MAX_BODY)
            form = await FormParser(request.headers, parts, max_fields=8, max_part_size=MAX_BODY).parse()
        else:
            form = FormData()
    except MultiPartException as cause:
        raise HTTPException(400, detail=cause.message) from None
    try:
        yield form
    finally:
        await form.close()


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
    _require_plain(request)
    body = await _capped(request, most)
    if not takes_json:
        request.state.body_digest = sha256(body)
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise NotJson("The body is not declared as JSON.", next_step="Send Content-Type: application/json.")
    document = load_json(body, place="request body", max_bytes=MAX_BODY)
    request._json = document
    request.state.document = document


def body_digest(request: Request) -> Digest:
    """The digest of what was sent: of a JSON document in its canonical form, and of anything else as it came."""
    state = request.state
    if not hasattr(state, "body_digest"):
        state.body_digest = json_digest({"body": state.document})
    return cast(Digest, state.body_digest)


async def _capped(request: Request, most: int) -> bytes:
    _require_announced(request, most)
    request._body = b"".join([part async for part in _cut(request, most)])
    return request._body


async def _cut(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    """The body as it arrives; raises `BodyTooLarge` as soon as it is longer than that."""
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise _too_large(most)
        yield part


def _require_plain(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise EncodedBody(
            "The body is compressed or otherwise encoded.",
            next_step="Send it as plain bytes, without Content-Encoding.",
        )


def _require_announced(request: Request, most: int) -> None:
    announced = request.headers.get("content-length", "0")
    if not announced.isascii() or not announced.isdigit() or len(announced) > 12 or int(announced) > most:
        raise _too_large(most)


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(f"At most {most} bytes are read.", next_step="Send less, or split the request.")
