"""A credential goes into a picture and comes out as it was, and nothing else does (Open Badges 3.0, 5.3).

Threats 33 and 48.
"""

import json
import struct
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import sampled_from, text

from creditbank.credential import (
    Baked,
    SeveralCredentials,
    UnreadableImage,
    bake,
    plain_png,
    plain_svg,
    read_baked,
)
from creditbank.credential.png import Chunk, chunks_of, write_png

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "1edtech-validator" / "ob30"
JSON_TEXT = '{"type": ["VerifiableCredential"], "name": "Café ]]> & <b>"}'
TOKEN = "eyJhbGciOiJFZERTQSJ9.e30.c2ln"
PNG, SVG = plain_png("Statistics"), plain_svg("Statistics")
XML = '<?xml version="1.0"?>'


def svg(inside: str, *, root: str = "", before: str = "") -> bytes:
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"'
    return f"{XML}{before}<svg {spaces} xmlns:xlink='http://www.w3.org/1999/xlink' {root}>{inside}</svg>".encode()


def baked_element(inside: str) -> str:
    return f"<openbadges:credential>{inside}</openbadges:credential>"


def itxt(text: bytes, *, packed: bool = False, keyword: bytes = b"openbadgecredential") -> Chunk:
    return Chunk(b"iTXt", keyword + (b"\0\1\0\0\0" + zlib.compress(text) if packed else b"\0\0\0\0\0" + text))


def with_chunks(*extra: Chunk) -> bytes:
    header, *rest = chunks_of(PNG)
    return write_png([header, *extra, *rest])


# -- the published vectors


@pytest.mark.parametrize("name", sorted(path.name for path in VECTORS.iterdir()))
def test_what_1edtech_baked_is_found_and_comes_out_of_our_own_baking_alike(name: str) -> None:
    image = (VECTORS / name).read_bytes()
    found = read_baked(image).credential
    assert found is not None
    if "json" in name:
        assert json.loads(found)["credentialSubject"]["achievement"]["name"] == "Teamwork"
    else:
        assert found.startswith("eyJ")
        assert found.count(".") == 2
    again = bake(image, found)
    assert read_baked(again) == Baked(found)
    assert bake(again, found) == again


# -- laws


@given(sampled_from([PNG, SVG]), text(min_size=1, alphabet=sampled_from("<>&\"']![CDAT{}ä\u2028 a\n")))
def test_any_json_text_comes_out_as_it_went_in(image: bytes, inner: str) -> None:
    credential = json.dumps({"name": inner}, ensure_ascii=False)
    assert read_baked(bake(image, credential)) == Baked(credential)


@pytest.mark.parametrize("image", [PNG, SVG], ids=["png", "svg"])
def test_baking_again_replaces_what_was_there(image: bytes) -> None:
    once = bake(image, JSON_TEXT)
    assert read_baked(bake(once, TOKEN)) == Baked(TOKEN)
    assert bake(bake(once, TOKEN), JSON_TEXT) == once


@pytest.mark.parametrize("image", [PNG, SVG], ids=["png", "svg"])
def test_a_picture_alone_holds_nothing(image: bytes) -> None:
    assert read_baked(image) == Baked()


def test_our_own_pictures_are_small_and_always_the_same() -> None:
    assert len(PNG) < 12_000
    assert len(SVG) < 8_000
    assert (plain_png("Statistics"), plain_svg("Statistics")) == (PNG, SVG)
    long = plain_svg("A <script> of a title that is far too long to stand on a seal & " * 4).decode()
    assert "<script>" not in long
    assert "…" in long


# -- PNG, damaged and hostile


def test_text_in_compressed_form_is_read_and_a_bomb_is_not() -> None:
    """Threats 4 and 33: what a compressed text inflates to is cut at what a credential may have, while it inflates."""
    assert read_baked(with_chunks(itxt(JSON_TEXT.encode(), packed=True))).credential == JSON_TEXT
    bomb = with_chunks(itxt(b" " * 50_000_000, packed=True))
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableImage, match="more than 1048576 bytes"):
            read_baked(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (PNG[:-1], "cut short"),
        (PNG[:40], "cut short"),
        (PNG + b"\0", "follows the end"),
        (PNG + PNG[8:], "follows the end"),
        (PNG[:60] + bytes([PNG[60] ^ 1]) + PNG[61:], "damaged"),
        (PNG[:8] + struct.pack(">I", 2**31) + PNG[12:], "cut short"),
        (PNG[:8], "cut short"),
        (write_png(chunks_of(PNG)[1:]), "cut short"),
        (with_chunks(*[Chunk(b"tIME", b"")] * 20_001), "more than 20000 chunks"),
        (with_chunks(Chunk(b"iTXt", b"openbadgecredential\0")), "compressed in a way"),
        (with_chunks(Chunk(b"iTXt", b"openbadgecredential\0\2\0\0\0")), "compressed in a way"),
        (with_chunks(Chunk(b"iTXt", b"openbadgecredential\0\0\0en")), "cut short"),
        (with_chunks(Chunk(b"iTXt", b"openbadgecredential\0\1\0\0\0abc")), "was damaged"),
        (with_chunks(itxt(b"\xff\xfe")), "not UTF-8"),
        (with_chunks(Chunk(b"tEXt", b"openbadgecredential\0{}")), "puts it into iTXt"),
        (b"GIF89a", "neither a PNG nor an SVG"),
    ],
    ids=str,
)
def test_a_damaged_png_is_refused(image: bytes, said: str) -> None:
    with pytest.raises(UnreadableImage, match=said):
        read_baked(image)


def test_two_credentials_in_one_png_are_refused_and_neither_is_shown() -> None:
    with pytest.raises(SeveralCredentials, match="2 credentials"):
        read_baked(with_chunks(itxt(b"{}"), itxt(b"{}")))


def test_an_earlier_badge_beside_a_credential_is_told_apart() -> None:
    earlier = itxt(b"https://example.com/1", keyword=b"openbadges")
    assert read_baked(with_chunks(earlier, itxt(b"{}"))) == Baked("{}", "https://example.com/1")
    legacy = Chunk(b"tEXt", b"openbadges\0https://example.com/1")
    assert read_baked(with_chunks(legacy)) == Baked(None, "https://example.com/1")
    with pytest.raises(SeveralCredentials, match="2 badges"):
        read_baked(with_chunks(earlier, legacy))


def test_nothing_but_the_picture_is_handed_on() -> None:
    camera = [Chunk(b"eXIf", b"48.1,11.5"), Chunk(b"tEXt", b"Author\0somebody"), itxt(b"secret", keyword=b"Comment")]
    kept = {chunk.kind for chunk in chunks_of(bake(with_chunks(*camera), TOKEN))}
    assert kept == {b"IHDR", b"iTXt", b"IDAT", b"IEND"}


# -- SVG, damaged and hostile


HOSTILE = [
    "<script>alert(1)</script>",
    '<rect onload="alert(1)" width="1" height="1"/>',
    '<a xlink:href="javascript:alert(1)"><text>x</text></a>',
    '<a href="https://evil.example"><text>x</text></a>',
    '<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example"/></foreignObject>',
    "<style>@import url(https://evil.example/x.css)</style>",
    '<image href="https://evil.example/pixel.png"/>',
    '<use href="https://evil.example/x.svg#a"/>',
    '<use xlink:href="data:image/svg+xml,evil.example"/>',
    '<rect fill="url(https://evil.example/#a)"/>',
    '<rect style="fill: url(https://evil.example/#a)"/>',
    '<rect style="fill:u\\72l(https://evil.example/#a)"/>',
    '<rect fill="image(https://evil.example)"/>',
    '<rect style="behavior: url(#evil.example)"/>',
    '<animate attributeName="href" to="javascript:alert(1)"/>',
    '<set attributeName="onclick" to="alert(1)"/>',
    '<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>',
    '<?xml-stylesheet href="https://evil.example/x.css"?>',
    "<!-- evil.example -->",
    '<handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">alert(1)</handler>',
    "<text>&lt;script&gt;alert(1)&lt;/script&gt;</text>",
]


@pytest.mark.parametrize("inside", HOSTILE)
def test_nothing_scripted_and_no_address_survives_in_an_svg(inside: str) -> None:
    """Threat 48: what we write is written anew from a list of what draws."""
    written = bake(svg(inside + "<rect width='7' height='7'/>", root='onload="alert(1)"'), TOKEN).decode()
    assert '<rect width="7" height="7"></rect>' in written
    for word in ("<script", "onload", "javascript", "evil.example", "<a ", "<style", "foreignObject", "<set", "<image"):
        assert word not in written
    assert "alert(1)" not in written.replace("&lt;script&gt;alert(1)", "")


@pytest.mark.parametrize(
    "value",
    ["javascript:1", "VBScript:1", r"\75 rl", "@import 'x'", "red/*", "a&gt;b", "&lt;a", "java\nscript:1", "u rl(x)"],
)
@pytest.mark.parametrize("attribute", ["fill='{}'", "style='stroke:{}'"])
def test_a_value_that_says_more_than_it_draws_is_left_out(attribute: str, value: str) -> None:
    """Threat 48: a viewer reads escapes, comments and addresses where a drawing needs none."""
    quoted = value.replace("'", "&apos;")
    written = bake(svg(f"<rect width='7' {attribute.format(quoted)}/>"), TOKEN).decode()
    assert '<rect width="7"></rect>' in written


def test_what_only_looks_like_an_element_of_svg_is_left_out() -> None:
    """Threat 48: the name counts in its namespace alone."""
    foreign = "<x:use xmlns:x='urn:x' href='#a'><x:text>seen</x:text></x:use><use xmlns='' href='#b'/><rect width='7'/>"
    written = bake(svg(foreign), TOKEN).decode()
    assert [word for word in ("<use", "seen", "#a", "#b") if word in written] == []
    assert '<rect width="7"></rect>' in written


def test_what_draws_is_kept() -> None:
    drawing = (
        '<defs><linearGradient id="g"><stop offset="0" stop-color="#fff"/></linearGradient></defs>'
        '<g transform="translate(1 2) rotate(3)"><path d="M0 0L1 1" style="fill:url(#g);stroke: rgb(1, 2, 3)"/>'
        '<use xlink:href="#g"/><text font-family="Courier">curly &amp; bold</text></g>'
    )
    written = bake(svg(drawing, root='viewBox="0 0 9 9"'), TOKEN).decode()
    attributes = ['viewBox="0 0 9 9"', 'id="g"', 'stop-color="#fff"', 'fill="url(#g)"', 'stroke="rgb(1, 2, 3)"']
    attributes += ['transform="translate(1 2) rotate(3)"', 'href="#g"', 'font-family="Courier"']
    assert [each for each in [*attributes, "curly &amp; bold"] if each not in written] == []


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (svg("", before="<!DOCTYPE svg [<!ENTITY a 'aaaa'>]>"), "entities"),
        (svg("&a;", before="<!DOCTYPE svg SYSTEM 'file:///etc/passwd'>"), "entities"),
        (svg("&a;"), "not well-formed"),
        (svg("<g>" * 200 + "</g>" * 200), "levels"),
        (svg("<g/>" * 60_000), "more than 50000 elements"),
        (svg("<g>"), "not well-formed"),
        (svg("") + b"<svg/>", "not well-formed"),
        (b"<html><svg></svg></html>", "not an SVG image"),
        (svg(baked_element("<x>{}</x>")), "no plain text"),
        (svg(baked_element("{" + " " * 1_048_576 + "}")), "more than 1048576 bytes"),
        (svg("").decode().encode("utf-16"), "neither"),
    ],
    ids=str,
)
def test_a_hostile_svg_is_refused(image: bytes, said: str) -> None:
    with pytest.raises(UnreadableImage, match=said):
        read_baked(image)


def test_a_bare_doctype_as_drawing_programs_write_it_is_no_reason_to_refuse() -> None:
    before = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    assert read_baked(svg(baked_element("{}"), before=before)) == Baked("{}")


@pytest.mark.parametrize(
    "inside",
    [
        baked_element("{}") * 2,
        f"<g>{baked_element('{}')}</g>" + baked_element("{}"),
        '<openbadges:credential verify="a.b.c">{}</openbadges:credential>',
        '<openbadges:credential verify="a.b.c"/><x:credential xmlns:x="https://purl.imsglobal.org/ob/v3p0">{}</x:credential>',
    ],
)
def test_two_credentials_in_one_svg_are_refused_and_neither_is_shown(inside: str) -> None:
    with pytest.raises(SeveralCredentials, match="2 credentials"):
        read_baked(svg(inside))


def test_an_earlier_badge_in_an_svg_is_told_apart() -> None:
    earlier = '<b:assertion xmlns:b="http://openbadges.org" verify="https://example.com/1"/>'
    assert read_baked(svg(earlier)) == Baked(None, "https://example.com/1")


def test_reading_images_loads_no_image_library() -> None:
    """Importing the credential room stays cheap: no Pillow, no XML tree."""
    heavy = ["PIL", "xml.etree", "defusedxml", "pypdf"]
    code = f"import sys, creditbank.credential; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
