"""Credentials inside PNG images: one `iTXt` chunk (Open Badges 3.0, 5.3.1; PNG 3rd edition, 11.3.3.4).

Nothing of the picture is decoded: chunks are walked, each checked against its own size and CRC.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Final, NamedTuple

from creditbank.canonical import MAX_BYTES
from creditbank.errors import BadInput

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
KEYWORD: Final = b"openbadgecredential"
EARLIER_KEYWORD: Final = b"openbadges"
MAX_CHUNKS: Final = 20_000
PICTURE: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs"}
)
"""What draws the picture. Text, time and camera data are left out when we bake: they would be handed on unseen."""
_TEXTS: Final = frozenset({b"iTXt", b"tEXt", b"zTXt"})


class UnreadableImage(BadInput):
    """This image is damaged, or holds something that no badge needs."""

    slug = "unreadable-image"


class SeveralCredentials(BadInput):
    """One image holds more than one credential, and readers could disagree about which one it is."""

    slug = "several-credentials"


@dataclass(frozen=True, slots=True)
class Baked:
    """What an image holds: the text of a credential (JSON or a compact JWT), and that of an earlier badge."""

    credential: str | None = None
    earlier: str | None = None


class Chunk(NamedTuple):
    """One chunk: its four letters and its data."""

    kind: bytes
    data: bytes


def is_png(data: bytes) -> bool:
    """Whether these bytes start as a PNG image does."""
    return data.startswith(SIGNATURE)


def read_png(image: bytes) -> Baked:
    """The texts baked into a PNG image.

    Raises `SeveralCredentials` where the keyword stands twice (which Open Badges forbids), and `UnreadableImage` for a
    damaged image, for a text that is too long, and for a credential in another kind of chunk.
    """
    found: list[str] = []
    earlier: list[str] = []
    for kind, data in chunks_of(image):
        if kind not in _TEXTS:
            continue
        keyword = data.partition(b"\0")[0]
        if keyword == KEYWORD:
            if kind != b"iTXt":
                raise UnreadableImage(
                    f"The credential stands in a chunk {kind.decode()}; Open Badges puts it into iTXt."
                )
            found.append(_international_text(data))
        elif keyword == EARLIER_KEYWORD:
            earlier.append(_international_text(data) if kind == b"iTXt" else _short_text(kind, data))
    return one_of_each(found, earlier)


def one_of_each(found: list[str], earlier: list[str]) -> Baked:
    """At most one credential and at most one earlier badge; raises `SeveralCredentials`."""
    for texts, what in ((found, "credentials"), (earlier, "badges")):
        if len(texts) > 1:
            raise SeveralCredentials(
                f"The image holds {len(texts)} {what}, and Open Badges allows one.",
                next_step="Ask the issuer for an image with the one that is meant.",
            )
    return Baked(found[0] if found else None, earlier[0] if earlier else None)


def bake_png(image: bytes, credential: str) -> bytes:
    """The picture with this credential in it, in place of any that was there; nothing but the picture is kept.

    Raises `UnreadableImage`.
    """
    header, *rest = [chunk for chunk in chunks_of(image) if chunk.kind in PICTURE]
    text = Chunk(b"iTXt", KEYWORD + b"\0\0\0\0\0" + credential.encode())
    return write_png([header, text, *rest])


def write_png(chunks: list[Chunk]) -> bytes:
    """The image made of these chunks."""
    written = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    return SIGNATURE + b"".join(written)


def chunks_of(image: bytes) -> list[Chunk]:
    """Every chunk, from IHDR to IEND; raises `UnreadableImage` for any that is not as long or as whole as it says."""
    if not is_png(image):
        raise UnreadableImage("This is not a PNG image.")
    found: list[Chunk] = []
    at = len(SIGNATURE)
    while at < len(image):
        if len(found) == MAX_CHUNKS:
            raise UnreadableImage(f"The image has more than {MAX_CHUNKS} chunks.")
        if found and found[-1].kind == b"IEND":
            raise UnreadableImage("Something follows the end of the image.")
        if len(image) - at < 12:
            raise _cut_short()
        length, kind = struct.unpack_from(">I4s", image, at)
        if length > len(image) - at - 12 or not kind.isalpha():
            raise _cut_short()
        data = image[at + 8 : at + 8 + length]
        (crc,) = struct.unpack_from(">I", image, at + 8 + length)
        if crc != zlib.crc32(data, zlib.crc32(kind)):
            raise UnreadableImage(f"A chunk {kind.decode()} of the image was damaged: its checksum does not fit.")
        found.append(Chunk(kind, data))
        at += 12 + length
    if not found or found[0].kind != b"IHDR" or found[-1].kind != b"IEND":
        raise _cut_short()
    return found


def _cut_short() -> UnreadableImage:
    return UnreadableImage(
        "The PNG image is cut short or damaged.", next_step="Take the file again from whoever sent it."
    )


def _international_text(data: bytes) -> str:
    """The text of an iTXt chunk; inflated, where it is compressed, up to what any credential may have."""
    _, _, rest = data.partition(b"\0")
    if len(rest) < 2 or rest[0] > 1 or rest[1] != 0:
        raise UnreadableImage("A text chunk of the image is compressed in a way that PNG does not know.")
    parts = rest[2:].split(b"\0", 2)
    if len(parts) != 3:
        raise UnreadableImage("A text chunk of the image is cut short.")
    return _decoded(_inflated(parts[2]) if rest[0] else parts[2], "utf-8")


def _short_text(kind: bytes, data: bytes) -> str:
    _, _, rest = data.partition(b"\0")
    return _decoded(_inflated(rest[1:]) if kind == b"zTXt" else rest, "latin-1")


def _inflated(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, MAX_BYTES + 1)
    except zlib.error:
        raise UnreadableImage("A compressed text of the image was damaged.") from None
    if len(text) <= MAX_BYTES and not unpacker.eof:
        raise UnreadableImage("A compressed text of the image is cut short.")
    return text


def _decoded(text: bytes, encoding: str) -> str:
    if len(text) > MAX_BYTES:
        raise UnreadableImage(f"The image holds a text of more than {MAX_BYTES} bytes; no credential is that long.")
    try:
        return text.decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableImage("The credential in the image is not UTF-8.") from None
