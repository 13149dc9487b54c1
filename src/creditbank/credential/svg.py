"""Credentials inside SVG images: one `openbadges:credential` element (Open Badges 3.0, 5.3.2).

An SVG is a program as much as a picture. It is read with expat, and no entity is ever followed; what we write is
written anew from a list of what draws: no script, no event, no style sheet and no address outside the file comes
through (threat 48).
"""

import re
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from creditbank.canonical import MAX_BYTES
from creditbank.credential.png import Baked, UnreadableImage, one_of_each

SVG: Final = "http://www.w3.org/2000/svg"
OPEN_BADGES: Final = "https://purl.imsglobal.org/ob/v3p0"
EARLIER: Final = "http://openbadges.org"
XLINK_HREF: Final = "http://www.w3.org/1999/xlink href"
MAX_ELEMENTS: Final = 50_000
MAX_DEPTH: Final = 100
_BETWEEN: Final = " "  # what expat puts between a namespace and a name


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ELEMENTS: Final = _words("""
    svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan textPath
    linearGradient radialGradient stop clipPath mask pattern
""")
ATTRIBUTES: Final = _words("""
    id x y x1 y1 x2 y2 cx cy r rx ry dx dy d points width height viewBox version transform rotate
    preserveAspectRatio fx fy fr offset gradientUnits gradientTransform spreadMethod patternUnits patternTransform
    patternContentUnits clipPathUnits maskUnits maskContentUnits textLength lengthAdjust startOffset role
    pathLength
""")
DRAWING: Final = _words("""
    fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin
    stroke-miterlimit stroke-dasharray stroke-dashoffset opacity color clip-path clip-rule mask stop-color
    stop-opacity font-family font-size font-style font-weight font-stretch letter-spacing word-spacing text-anchor
    text-decoration dominant-baseline alignment-baseline baseline-shift display visibility overflow paint-order
    shape-rendering text-rendering vector-effect writing-mode direction mix-blend-mode isolation
""")
_REFERENCE: Final = re.compile(r"url\(\s*['\"]?#[\w.:-]+['\"]?\s*\)")
_FUNCTIONS: Final = _words("matrix translate scale rotate skewx skewy rgb rgba hsl hsla")


def is_svg(data: bytes) -> bool:
    """Whether these bytes look like an SVG image: XML whose root is `svg`."""
    start = data[:65_536].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"<") and re.search(rb"<(?:[A-Za-z][\w.-]*:)?svg[\s>/]", start) is not None


def read_svg(image: bytes) -> Baked:
    """The texts baked into an SVG image.

    Raises `SeveralCredentials` for more than one, also where one element has both a token and a text, and
    `UnreadableImage` for anything that is not plain SVG.
    """
    reader = _Reader()
    reader.read(image)
    return one_of_each(reader.found, reader.earlier)


def bake_svg(image: bytes, credential: str) -> bytes:
    """The picture with this credential in it, in place of any that was there, written anew.

    Only what draws is kept: shapes, text, gradients, and references within the picture. Raises `UnreadableImage`.
    """
    reader = _Reader()
    reader.read(image)
    head, *rest = reader.written
    return "".join(['<?xml version="1.0" encoding="UTF-8"?>\n', head, _element(credential), *rest, "\n"]).encode()


def escaped(text: str) -> str:
    """A text as it stands in XML, between tags or in double quotes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _element(credential: str) -> str:
    if credential.lstrip().startswith("{"):
        inside = credential.replace("]]>", "]]]]><![CDATA[>")
        return f"<openbadges:credential><![CDATA[{inside}]]></openbadges:credential>"
    return f'<openbadges:credential verify="{escaped(credential)}"></openbadges:credential>'


class _Reader:
    """Reads an SVG once: collects what is baked in, and writes the drawing anew."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.earlier: list[str] = []
        self.written: list[str] = []
        self._depth = 0
        self._count = 0
        self._passed_over = 0
        self._baked: list[str] | None = None

    def read(self, image: bytes) -> None:
        parser = expat.ParserCreate("utf-8", _BETWEEN)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.ExternalEntityRefHandler = self._entity
        parser.SkippedEntityHandler = self._entity
        try:
            parser.Parse(image.removeprefix(b"\xef\xbb\xbf"), True)
        except expat.ExpatError as cause:
            raise UnreadableImage(
                f"The SVG image is not well-formed: {expat.ErrorString(cause.code)}, at line {cause.lineno}.",
                next_step="Take the file again from whoever sent it.",
            ) from None

    def _doctype(self, _name: str, _system: str | None, _public: str | None, inside: int) -> None:
        if inside:  # a bare DOCTYPE, as older drawing programs write it, declares nothing here
            self._entity()

    def _entity(self, *_: object) -> int:
        raise UnreadableImage(
            "The SVG image declares or uses entities, which no badge needs and which can fill a memory.",
            next_step="Save it as plain SVG.",
        )

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise UnreadableImage(f"The SVG image has more than {MAX_ELEMENTS} elements or {MAX_DEPTH} levels.")
        space, _, local = name.rpartition(_BETWEEN)
        if self._depth == 1 and (space, local) != (SVG, "svg"):
            raise UnreadableImage("This is XML, but not an SVG image.")
        if self._baked is not None:
            raise UnreadableImage("What is baked into the SVG image is no plain text.")
        if (space, local) in ((OPEN_BADGES, "credential"), (EARLIER, "assertion")):
            self._baked = []
            self._keep(space, attributes.get("verify", ""))
        if self._passed_over or space != SVG or local not in ELEMENTS:
            self._passed_over += 1
            return
        spaces = f' xmlns="{SVG}" xmlns:openbadges="{OPEN_BADGES}"' if self._depth == 1 else ""
        kept = "".join(f' {key}="{escaped(value)}"' for key, value in _drawing(attributes))
        self.written.append(f"<{local}{spaces}{kept}>")

    def _end(self, name: str) -> None:
        space, _, local = name.rpartition(_BETWEEN)
        if self._baked is not None:  # nothing stands inside it, so this is its own end
            self._keep(space, "".join(self._baked))
            self._baked = None
        self._depth -= 1
        if self._passed_over:
            self._passed_over -= 1
        else:
            self.written.append(f"</{local}>")

    def _text(self, text: str) -> None:
        if self._baked is not None:
            self._baked.append(text)
        elif not self._passed_over:
            self.written.append(escaped(text))

    def _keep(self, space: str, text: str) -> None:
        if not text.strip():
            return
        if len(text.encode()) > MAX_BYTES:
            raise UnreadableImage(f"The image holds a text of more than {MAX_BYTES} bytes; no credential is that long.")
        (self.found if space == OPEN_BADGES else self.earlier).append(text.strip())


def _drawing(attributes: Mapping[str, str]) -> list[tuple[str, str]]:
    """The attributes that draw, each with a value that points nowhere outside the file."""
    kept = [(key, value) for key, value in attributes.items() if key in ATTRIBUTES | DRAWING and _safe(value)]
    href = attributes.get("href", attributes.get(XLINK_HREF, ""))
    if re.fullmatch(r"#[\w.:-]+", href):
        kept.append(("href", href))
    declared = [part.partition(":") for part in attributes.get("style", "").split(";")]
    styles = [(key.strip(), value.strip()) for key, _, value in declared]
    names = {key for key, _ in kept}
    kept.extend((key, value) for key, value in dict(styles).items() if key in DRAWING - names and _safe(value))
    return kept


def _safe(value: str) -> bool:
    """Whether a value calls nothing but what moves and colours, and refers to nothing outside the file."""
    left = _REFERENCE.sub("", value.lower())
    if re.search(r"[\\@<>]|script:|/\*", re.sub(r"\s", "", left)):
        return False
    return all(name in _FUNCTIONS for name in re.findall(r"([\w-]*)\s*\(", left))
