"""PDF files: the documents attached to one. Pages are never looked at, and nothing of a file is ever run."""

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from creditbank.adapters.documents.archive import Entry
from creditbank.errors import BadInput

MAX_ATTACHMENTS: Final = 64
MAX_TOTAL: Final = 32 * 1024 * 1024
MAX_NODES: Final = 1_000
MAX_CALLS: Final = 1_000_000
"""How many function calls the reading of one PDF may take; one of 2,500 pages with 64 attachments takes 150,000."""
MAX_STRUCTURE: Final = 512 * 1024
"""How large a compressed table or group of objects may be inside; attachments may be larger."""
_PACKED: Final = ("[]", "/FlateDecode", "['/FlateDecode']")


class UnreadablePdf(BadInput):
    """This PDF is damaged, encrypted or larger inside than is read, so its attachments are not known."""

    slug = "unreadable-pdf"


def is_pdf(data: bytes) -> bool:
    """Whether these bytes start as a PDF does (ISO 32000-2, 7.5.2; readers allow some bytes before the header)."""
    return b"%PDF-" in data[:1024]


def attachments_of(data: bytes, place: str, *, max_bytes: int) -> list[Entry]:
    """What is attached to a PDF: its embedded files, and those associated with the document (7.11.4, 14.13).

    The same bytes attached under two entries are one attachment. Raises `UnreadablePdf`.
    """
    from pypdf import PdfReader, apply_configuration

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its remarks about a stranger's file are nobody's log
    limits: dict[str, Any] = {
        "maximum_declared_stream_length": max_bytes,
        "array_based_stream_maximum_output_length": MAX_STRUCTURE,
        "zlib_maximum_output_length": MAX_STRUCTURE,
        "zlib_maximum_recovery_input_length": MAX_STRUCTURE,
        "lzw_maximum_output_length": MAX_STRUCTURE,
        "run_length_maximum_output_length": MAX_STRUCTURE,
        "brotli_maximum_output_length": MAX_STRUCTURE,
        "stream_decoding_work_maximum_length": 2 * MAX_STRUCTURE,
        "stream_filters_maximum_length": 4,
        "jbig2dec_binary": None,
    }
    larger = dict(limits, zlib_maximum_output_length=max_bytes, stream_decoding_work_maximum_length=2 * max_bytes)
    try:
        with apply_configuration(**limits), _bounded(MAX_CALLS):
            reader = PdfReader(io.BytesIO(data), strict=False)
            if reader.is_encrypted:
                raise _refused("The PDF is encrypted.", place)
            streams = _streams(reader.trailer["/Root"].get_object(), place)
            with apply_configuration(**larger):
                return _contents(streams, place, min(max_bytes, MAX_TOTAL))
    except BadInput:
        raise
    except _TooManyCalls:
        raise _refused("The PDF takes more work to read than any honest one.", place) from None
    except RecursionError:
        raise _refused("The PDF is nested too deeply to be read.", place) from None
    except Exception as cause:  # pypdf answers a damaged file with whatever it stumbles over
        raise _refused(f"The PDF is damaged, or larger inside than is read ({type(cause).__name__}).", place) from None


class _TooManyCalls(BaseException):
    """The work is up. No `Exception`: pypdf goes on after those, with the next of a million broken objects."""


@contextmanager
def _bounded(calls: int) -> Iterator[None]:
    """Stop what runs here after so many function calls of this thread.

    A damaged table of contents, or groups of objects that each inflate to the limit, send pypdf through a file over
    and over: a few kilobytes could keep it busy for hours. Calls are counted, so the same file always gives the same
    answer, and no clock is asked.
    """
    left = calls

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal left
        if event in ("call", "c_call"):
            left -= 1
            if left < 0:
                raise _TooManyCalls

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)


def _streams(catalog: Any, place: str) -> list[tuple[str, Any]]:
    """The streams of the attachments by name; only those that are packed as writers of PDF pack attachments."""
    found = []
    for number, (name, specification) in enumerate(_specifications(catalog, place), start=1):
        if number > MAX_ATTACHMENTS:
            raise _refused(f"The PDF has more than {MAX_ATTACHMENTS} attachments.", place)
        files = _object(_object(specification).get("/EF"))
        stream = _object(files.get("/UF", files.get("/F")))
        if not hasattr(stream, "get_data"):
            continue
        if stream.get("/DecodeParms") or str(stream.get("/Filter", [])) not in _PACKED:
            raise _refused("An attachment of the PDF is packed in a way that is not read here.", place)
        found.append((name, stream))
    return found


def _contents(streams: list[tuple[str, Any]], place: str, most: int) -> list[Entry]:
    found: dict[bytes, Entry] = {}
    total = 0
    for name, stream in streams:
        content = stream.get_data()
        total += len(content)
        if total > most:
            raise _refused("The attachments of the PDF grow to more than is read.", place)
        found.setdefault(content, Entry(name, content))
    return list(found.values())


def _specifications(catalog: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Each file specification with its name: those of the name tree, then those associated with the document."""
    root = _object(_object(catalog.get("/Names")).get("/EmbeddedFiles"))
    pending, visited = [root], 0
    while pending:
        node = pending.pop()
        visited += 1
        if visited > MAX_NODES:
            raise _refused("The list of attachments in the PDF goes in circles.", place)
        names = list(_list(node.get("/Names")))
        for key, value in zip(names[::2], names[1::2], strict=False):
            yield str(_object(value).get("/UF") or _object(value).get("/F") or key)[:200], value
        pending.extend(_object(kid) for kid in reversed(_list(node.get("/Kids"))[: MAX_NODES + 1]))
    for value in _list(catalog.get("/AF")):
        yield str(_object(value).get("/UF") or _object(value).get("/F") or "attachment")[:200], value


def _object(value: Any) -> Any:
    """A dictionary (or stream) behind any reference; an empty one for anything else."""
    found = value.get_object() if hasattr(value, "get_object") else value
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> Any:
    found = value.get_object() if hasattr(value, "get_object") else value
    return found if isinstance(found, list) else []


def _refused(sentence: str, place: str) -> UnreadablePdf:
    return UnreadablePdf(
        sentence, place=place, next_step="Save the attached credential from a PDF reader, and give that."
    )
