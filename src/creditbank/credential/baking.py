"""Baking: a credential inside the picture of its badge, so that one file is both (Open Badges 3.0, 5.3).

The picture says nothing that counts: only the credential inside is signed.
"""

import math
import struct
import textwrap
import zlib
from hashlib import sha256
from typing import Final

from creditbank.credential.png import (
    Baked,
    Chunk,
    SeveralCredentials,
    UnreadableImage,
    bake_png,
    is_png,
    read_png,
    write_png,
)
from creditbank.credential.svg import SVG, bake_svg, escaped, is_svg, read_svg

SIZE: Final = 240
_COLOURS: Final = ((28, 78, 128), (22, 101, 82), (112, 58, 120), (140, 62, 40), (52, 76, 150), (96, 84, 28))
_GOLD: Final = (214, 170, 76)
_WHITE: Final = (255, 255, 255)


def read_baked(image: bytes) -> Baked:
    """The texts baked into a PNG or an SVG image; raises `UnreadableImage` and `SeveralCredentials`."""
    if is_png(image):
        return read_png(image)
    if is_svg(image):
        return read_svg(image)
    raise _neither()


def bake(image: bytes, credential: str) -> bytes:
    """The picture with the text of a credential in it (JSON with its proof, or a compact JWT), as signed.

    Whatever was baked into it before is replaced, and nothing but what draws is kept. Raises `UnreadableImage`.
    """
    if is_png(image):
        return bake_png(image, credential)
    if is_svg(image):
        return bake_svg(image, credential)
    raise _neither()


def plain_png(title: str) -> bytes:
    """A seal for who has no picture: its colour follows from the title."""
    colour = _colour(title)
    rows = (b"\0" + b"".join(bytes(_pixel(x, y, colour)) for x in range(SIZE)) for y in range(SIZE))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    return write_png([Chunk(b"IHDR", header), Chunk(b"IDAT", zlib.compress(b"".join(rows), 9)), Chunk(b"IEND", b"")])


def plain_svg(title: str) -> bytes:
    """The same seal as a drawing, with the title written on it."""
    lines = textwrap.wrap(title, 17)
    if len(lines) > 4:
        lines = [*lines[:3], f"{lines[3][:16]}…"]
    top = 126 - 11 * (len(lines) - 1)
    text = "".join(f'<tspan x="120" y="{top + 22 * row}">{escaped(line)}</tspan>' for row, line in enumerate(lines))
    colour, gold = (f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in (_colour(title), _GOLD))
    points = " ".join(
        f"{120 + _edge(turn) * math.cos(turn):.2f},{120 + _edge(turn) * math.sin(turn):.2f}" for turn in _TURNS
    )
    return (
        f'<svg xmlns="{SVG}" width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}" role="img">'
        f"<title>{escaped(title)}</title>"
        f'<polygon points="{points}" fill="{colour}"/>'
        f'<circle cx="120" cy="120" r="92" fill="none" stroke="{gold}" stroke-width="4"/>'
        f'<text text-anchor="middle" font-family="Georgia, serif" font-size="18" fill="#ffffff">{text}</text>'
        "</svg>\n"
    ).encode()


_TURNS: Final = [math.tau * step / 288 for step in range(288)]


def _edge(turn: float) -> float:
    """How far the scalloped edge of the seal is from its middle, in this direction."""
    return 110 + 4 * math.cos(24 * turn)


def _colour(title: str) -> tuple[int, int, int]:
    return _COLOURS[sha256(title.encode()).digest()[0] % len(_COLOURS)]


def _pixel(x: int, y: int, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The seal at one point; edges are softened over one pixel."""
    across, down = x + 0.5 - SIZE / 2, y + 0.5 - SIZE / 2
    away = math.hypot(across, down)
    if away > 116:
        return (*_WHITE, 0)
    inside = _within(_edge(math.atan2(down, across)) - away)
    ring = _within(2 - abs(away - 92))
    star = _within(_star(away, math.atan2(across, -down)))
    mixed = (_mix(_mix(base, gold, ring), white, star) for base, gold, white in zip(colour, _GOLD, _WHITE, strict=True))
    red, green, blue = mixed
    return (red, green, blue, round(255 * inside))


def _star(away: float, turn: float) -> float:
    """How deep a point lies inside a star of five points, one of them upwards."""
    part = math.tau / 5
    off = abs((turn + part / 2) % part - part / 2)
    return _spike(off) - away


def _spike(off: float) -> float:
    """The distance of the star's edge, at an angle from its nearest point."""
    tip, hollow, half = 62.0, 62.0 * 0.382, math.pi / 5
    return tip * hollow * math.sin(half) / (tip * math.sin(off) + hollow * math.sin(half - off))


def _within(depth: float) -> float:
    return min(1.0, max(0.0, depth + 0.5))


def _mix(low: int, high: int, share: float) -> int:
    return round(low + (high - low) * share)


def _neither() -> UnreadableImage:
    return UnreadableImage(
        "This is neither a PNG nor an SVG image.", next_step="Open Badges are baked into PNG and SVG images only."
    )


__all__ = [
    "Baked",
    "SeveralCredentials",
    "UnreadableImage",
    "bake",
    "is_png",
    "is_svg",
    "plain_png",
    "plain_svg",
    "read_baked",
]
