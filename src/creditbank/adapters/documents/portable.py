"""PDF files: the documents attached to one. Pages are never looked at, and nothing of a file is ever run."""

import io
import logging
from collections.abc import Iterator
from typing import Any, Final

from creditbank.adapters.documents.archive import Entry
from creditbank.errors import BadInput

MAX_ATTACHMENTS: Final = 64
MAX_TOTAL: Final = 32 * 1024 * 1024
MAX_NODES: Final = 1_000


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
        "array_based_stream_maximum_output_length": max_bytes,
        "zlib_maximum_output_length": max_bytes,
        "zlib_maximum_recovery_input_length": 1024 * 1024,
        "lzw_maximum_output_length": max_bytes,
        "run_length_maximum_output_length": max_bytes,
        "brotli_maximum_output_length": max_bytes,
        "stream_decoding_work_maximum_length": 2 * max_bytes,
        "stream_filters_maximum_length": 4,
        "jbig2dec_binary": None,
    }
    try:
        with apply_configuration(**limits):
            reader = PdfReader(io.BytesIO(data), strict=False)
            if reader.is_encrypted:
                raise _refused("The PDF is encrypted.", place)
            return _contents(reader.trailer["/Root"].get_object(), place)
    except BadInput:
        raise
    except RecursionError:
        raise _refused("The PDF is nested too deeply to be read.", place) from None
    except Exception as cause:  # pypdf answers a damaged file with whatever it stumbles over
        raise _refused(f"The PDF is damaged, or larger inside than is read ({type(cause).__name__}).", place) from None


def _contents(catalog: Any, place: str) -> list[Entry]:
    found: dict[bytes, Entry] = {}
    total = 0
    for number, (name, specification) in enumerate(_specifications(catalog, place), start=1):
        if number > MAX_ATTACHMENTS:
            raise _refused(f"The PDF has more than {MAX_ATTACHMENTS} attachments.", place)
        files = _object(_object(specification).get("/EF"))
        stream = _object(files.get("/UF", files.get("/F")))
        if not hasattr(stream, "get_data"):
            continue
        content = stream.get_data()
        total += len(content)
        if total > MAX_TOTAL:
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
