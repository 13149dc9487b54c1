"""Whatever file a person has, one parser says what it is, and none can fill a memory, leave a folder or run."""

import contextlib
import io
import json
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import binary, booleans, integers, sampled_from
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

from creditbank.adapters.documents import (
    Bundle,
    Container,
    DocumentFolder,
    FileKind,
    Recognised,
    RefusedArchive,
    Room,
    TooMuchGiven,
    UnreadablePdf,
    UnrecognisedFile,
    bundle_of,
    follow_links,
    open_document,
    portable,
    read_files,
)
from creditbank.adapters.documents.archive import entries_of
from creditbank.adapters.documents.opening import MAX_LINKS
from creditbank.adapters.documents.room import MOST_TEXT
from creditbank.canonical import UnreadableJson, sha256
from creditbank.credential import SeveralCredentials, UnreadableImage, bake, plain_png, plain_svg, read_baked
from creditbank.errors import BadInput, CreditBankError, NotFound
from creditbank.signing.jose import UnreadableToken, base64url_encode

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "1edtech-validator" / "ob30"
CREDENTIAL = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "urn:uuid:1",
    "type": ["VerifiableCredential", "AchievementCredential"],
    "issuer": "did:web:provider.example",
    "credentialSubject": {"id": "did:key:z6Mk"},
}
ASSERTION = {"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "id": "https://old.example/1"}
PROFILE = {"id": "https://college.example/profile", "type": ["Profile"], "name": "A college"}
DATA = json.dumps(CREDENTIAL).encode()
PNG, SVG = plain_png("A unit"), plain_svg("A unit")
RECEIPT = b'{"document": "creditbank/receipt/v1"}'


def token(document: object = CREDENTIAL) -> str:
    header = {"alg": "EdDSA", "kid": "did:web:provider.example#k", "typ": "vc+jwt"}
    parts = [json.dumps(part).encode() for part in (header, document)]
    return ".".join(base64url_encode(part) for part in (*parts, b"s" * 64))


def zipped(*files: tuple[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, packing)
    return buffer.getvalue()


def pdf(*attached: tuple[str, bytes], change: Callable[[PdfWriter], None] = lambda _: None) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    for name, content in attached:
        writer.add_attachment(name, content)
    change(writer)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


WHOLE = [
    DATA,
    token().encode(),
    bake(PNG, DATA.decode()),
    bake(SVG, token()),
    pdf(("c.json", DATA)),
    zipped(("c.json", DATA), ("badge.png", PNG)),
]


def only(data: bytes, place: str = "file") -> Recognised:
    (found,) = open_document(data, place)
    return found


# -- what each is taken for


def test_a_credential_is_the_same_whatever_carries_it() -> None:
    text = DATA.decode()
    carried = [
        (DATA, None, "an Open Badges 3.0 credential"),
        (bake(PNG, text), Container.PNG, "a PNG image with an Open Badges 3.0 credential inside"),
        (bake(SVG, text), Container.SVG, "an SVG image with an Open Badges 3.0 credential inside"),
        (pdf(("c.json", DATA)), Container.PDF, "an Open Badges 3.0 credential, attached to a PDF"),
        (zipped(("c.json", DATA)), Container.ARCHIVE, "an Open Badges 3.0 credential, in an archive"),
    ]
    for data, within, words in carried:
        found = only(data)
        assert (found.kind, found.value, found.within, found.words) == (FileKind.CREDENTIAL, CREDENTIAL, within, words)
        assert found.secured.digest == only(DATA).secured.digest


def test_a_token_is_the_same_whatever_carries_it() -> None:
    jwt = token()
    envelope = {"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{jwt}"}
    carried = [jwt.encode(), f" {jwt}\n".encode(), bake(PNG, jwt), bake(SVG, jwt), pdf(("c.jwt", jwt.encode()))]
    for data in [*carried, json.dumps(envelope).encode()]:
        found = only(data)
        assert (found.kind, found.value, found.token) == (FileKind.CREDENTIAL, CREDENTIAL, jwt)
        assert found.secured.digest == sha256(jwt.encode())
        assert "as a signed token (JWT)" in found.words


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Doctor of everything"},
        {"id": "data:text/html,{}"},
        {"id": "data:application/vp+jwt,{}"},
        {"type": ["VerifiablePresentation", "EnvelopedVerifiablePresentation"]},
        {"id": 5},
    ],
    ids=str,
)
def test_an_envelope_that_says_more_than_its_token_is_refused(change: dict[str, object]) -> None:
    envelope = {"type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt,{}", **change}
    with pytest.raises(UnreadableToken):
        open_document(json.dumps(envelope).replace("{}", token()).encode(), "envelope.json")


@pytest.mark.parametrize("name", ["simple-json.png", "simple-json.svg"])
def test_the_images_of_1edtech_are_recognised(name: str) -> None:
    found = only((VECTORS / name).read_bytes(), name)
    assert found.words.endswith("with an Open Badges 3.0 credential inside")
    assert found.id == "http://example.com/credentials/3527"


@pytest.mark.parametrize("name", ["simple-jwt.png", "simple-jwt.svg", "simple-jwt_v1.png", "simple-jwt_v1.svg"])
def test_a_token_of_1edtech_is_read_alike_with_and_without_its_image(name: str) -> None:
    image = (VECTORS / name).read_bytes()
    bare = read_baked(image).credential
    assert bare is not None
    assert _what(image) == _what(bare.encode())


def _what(data: bytes) -> tuple[str, ...]:
    try:
        found = only(data, "badge")
    except BadInput as refused:
        return (refused.slug, refused.place, refused.sentence)
    return (found.kind, found.place, str(found.token))


def test_an_open_badges_2_assertion_is_evidence_and_says_so() -> None:
    for data in (
        json.dumps(ASSERTION).encode(),
        _old_png(json.dumps(ASSERTION)),
        _old_png("https://old.example/1.json"),
    ):
        found = only(data)
        assert found.kind is FileKind.EARLIER
        assert found.words.endswith("not verified, no credit" if found.within is None else "no credit inside")
        assert bundle_of([found]).signed == ()


def test_an_earlier_badge_is_called_evidence_only_where_it_can_be_read() -> None:
    whole = {
        **ASSERTION,
        "recipient": {"type": "email", "hashed": False, "identity": "learner@example.org"},
        "badge": "https://old.example/badge",
        "verification": {"type": "hosted"},
        "issuedOn": "2019-03-04",
    }
    signed = token(whole)
    said = "an Open Badges 2.0 assertion: kept as evidence, not verified, no credit"
    _, payload, signature = signed.split(".")
    bare = ".".join((base64url_encode(b'{"alg": "RS256"}'), payload, signature))
    for text, form in (
        (json.dumps(whole), ""),
        (signed, ", as a signed token (JWT)"),
        (bare, ", as a signed token (JWT)"),
    ):
        found = only(text.encode())
        assert (found.kind, found.words) == (FileKind.EARLIER, said + form)
        assert bundle_of([found]).signed == ()
    for text in (json.dumps(whole), signed):
        assert only(_old_png(text)).words == f"a PNG image with {said} inside"
    assert only(_old_png("https://old.example/1.json")).words == (
        "a PNG image with the address of an Open Badges 2.0 assertion: not fetched, not verified, no credit inside"
    )
    for text in (json.dumps(ASSERTION), "neither JSON nor a token"):
        words = only(_old_png(text)).words
        assert "no readable Open Badges 2.0 assertion (" in words
        assert "evidence" not in words
    with pytest.raises(UnrecognisedFile):
        only(token({**whole, "type": "Something"}).encode())


def _old_png(text: str) -> bytes:
    chunk = b"iTXt" + b"openbadges\0\0\0\0\0" + text.encode()
    whole = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return PNG[:33] + whole + PNG[33:]


def test_a_credential_beside_an_earlier_badge_in_one_image_is_judged_and_the_other_named() -> None:
    both = _old_png("https://old.example/1.json")
    with_new = bake(PNG, DATA.decode())
    chunk = both[33 : len(both) - (len(PNG) - 33)]
    found = open_document(with_new[:33] + chunk + with_new[33:], "both.png")
    assert [one.kind for one in found] == [FileKind.CREDENTIAL, FileKind.EARLIER]


@pytest.mark.parametrize("text", [b"https://college.example/badges/1", b" http://college.example/1\n"])
def test_a_link_is_recognised_says_where_it_leads_and_is_not_followed(text: bytes) -> None:
    found = only(text, "pasted text")
    assert found.kind is FileKind.LINK
    assert found.words == f"a link to {text.decode().strip()}, which was not followed"


def test_a_link_is_followed_once_by_whoever_may_fetch_and_says_why_it_leads_nowhere() -> None:
    served = {"https://a.example/1": bake(PNG, DATA.decode()), "https://a.example/2": DATA}
    served["https://a.example/3"] = b"https://a.example/2"

    def fetch(url: str) -> bytes:
        if url not in served:
            raise NotFound("There is nothing here.")
        return served[url]

    links = [only(f"https://a.example/{number}".encode()) for number in (1, 2, 3, 4)]
    found = follow_links([*links, only(DATA)], fetch)
    assert [(one.kind, one.within) for one in found] == [
        (FileKind.CREDENTIAL, Container.PNG),
        (FileKind.CREDENTIAL, Container.LINK),
        (FileKind.LINK, Container.LINK),
        (FileKind.LINK, None),
        (FileKind.CREDENTIAL, None),
    ]
    assert found[1].place == "https://a.example/2"
    assert found[1].words.endswith("behind a link")
    assert found[3].words.endswith("which leads to nothing that can be verified (There is nothing here)")


def test_only_a_few_links_are_followed_and_each_address_once() -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return DATA

    many = zipped(*((f"{number}.txt", f"https://a.example/{number // 2}".encode()) for number in range(40)))
    found = follow_links(open_document(many, "links.zip"), fetch)
    assert asked == [f"https://a.example/{number}" for number in range(MAX_LINKS)]
    assert [one.kind for one in found[:4]] == [FileKind.CREDENTIAL, FileKind.LINK] * 2
    assert found[1].note == "was followed already"
    assert all("4 links are, and no more" in one.words for one in found[2 * MAX_LINKS :])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sampled_from(range(6)), integers(0, 10**6), binary(min_size=1, max_size=8), booleans())
def test_whatever_is_done_to_a_file_only_errors_of_ours_come_out(which: int, at: int, put: bytes, cut: bool) -> None:
    """Threats 3, 33, 48 and 56: a broken carrier is a sentence, never a crash."""
    whole = WHOLE[which]
    at %= len(whole)
    changed = whole[:at] + put + (b"" if cut else whole[at + len(put) :])
    with contextlib.suppress(CreditBankError):
        assert open_document(changed, "given")


def test_a_profile_is_found_by_its_own_id(tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_text(json.dumps(PROFILE))
    assert DocumentFolder(tmp_path).find("https://college.example/profile") is not None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (PNG, "holds no credential"),
        (SVG, "holds no credential"),
        (pdf(), "no credential attached"),
        (pdf(("page.html", b"<p>")), "no credential attached"),
        (zipped(("notes.txt", b"hello")), "Nothing in the archive"),
        (zipped(), "Nothing in the archive"),
        (zipped(("inner.zip", zipped(("c.json", DATA)))), "Nothing in the archive"),
        (bake(PNG, RECEIPT.decode()), "where a credential should be is a receipt"),
        (bake(SVG, "https://college.example/1"), "where a credential should be is a link"),
        (b"hello", "no JSON, token"),
        (b"ftp://college.example/1", "no JSON, token"),
        (b"https://a.example https://b.example", "no JSON, token"),
    ],
    ids=str,
)
def test_what_holds_no_credential_is_said_in_words(data: bytes, said: str) -> None:
    with pytest.raises(UnrecognisedFile, match=said) as refused:
        open_document(data, "given")
    assert refused.value.place == "given"
    assert refused.value.next_step


def test_nothing_larger_than_24_mebibytes_is_read() -> None:
    """Threat 3."""
    with pytest.raises(TooMuchGiven):
        open_document(b" " * (24 * 1024 * 1024 + 1), "large")


def test_a_damaged_image_names_the_file() -> None:
    with pytest.raises(UnreadableImage) as refused:
        open_document(PNG[:-1], "badge.png")
    assert refused.value.place == "badge.png"
    doubled = bake(SVG, "{}").replace(b"</svg>", b"<openbadges:credential>{}</openbadges:credential></svg>")
    with pytest.raises(SeveralCredentials):
        open_document(doubled, "badge.svg")


# -- archives (threats 4 and 56)


def test_an_archive_holds_many_kinds_and_what_it_passes_over_is_named() -> None:
    archive = zipped(
        ("kit/c.json", DATA), ("kit/receipts/c.json", RECEIPT), ("kit/README.html", b"<p>hello</p>"),
        ("kit/badge.png", bake(PNG, DATA.decode())), ("kit/inner.zip", zipped(("c.json", DATA))), ("kit/empty/", b""),
    )  # fmt: skip
    bundle = bundle_of(open_document(archive, "kit.zip"))
    assert [(one.place, one.kind) for one in bundle.files] == [
        ("kit.zip/kit/c.json", FileKind.CREDENTIAL),
        ("kit.zip/kit/receipts/c.json", FileKind.RECEIPT),
        ("kit.zip/kit/badge.png", FileKind.CREDENTIAL),
    ]
    assert bundle.skipped == ("kit.zip/kit/README.html", "kit.zip/kit/inner.zip")


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/passwd", "a/../../b.json", "a\\b.json", "C:/x.json", "a//b", "./a.json", "a/./b", "x\n.json"],
)
def test_a_name_that_leaves_the_folder_is_refused(name: str) -> None:
    with pytest.raises(RefusedArchive, match="leaves its folder"):
        open_document(zipped(("c.json", DATA), (name, b"{}")), "kit.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["c.json", "C.JSON"])
def test_two_files_of_one_name_are_refused(second: str) -> None:
    with pytest.raises(RefusedArchive, match="two files"):
        open_document(zipped(("c.json", DATA), (second, DATA)), "kit.zip")


def test_a_bomb_is_cut_while_it_inflates() -> None:
    bomb = zipped(("c.json", b" " * 30_000_000))
    with pytest.raises(RefusedArchive, match="grows"):
        open_document(bomb, "kit.zip")
    ratio = zipped(("c.json", b" " * 2_000_000))
    with pytest.raises(RefusedArchive, match="grows"):
        open_document(ratio, "kit.zip")


def test_many_files_that_are_small_alone_are_cut_by_their_total() -> None:
    part = b"1" * (8 * 1024 * 1024)
    archive = zipped(*[(f"{number}.txt", part) for number in range(9)], packing=zipfile.ZIP_STORED)
    with pytest.raises(RefusedArchive, match="grows"):
        entries_of(archive, "kit.zip", max_bytes=24 * 1024 * 1024)


def test_too_many_files_are_refused() -> None:
    with pytest.raises(RefusedArchive, match="more than 2000 files"):
        open_document(zipped(*[(f"{number}.json", b"{}") for number in range(2001)]), "kit.zip")


def test_a_size_that_the_archive_lies_about_is_not_believed() -> None:
    archive = bytearray(zipped(("c.txt", b" " * 1_500_000)))
    at = archive.index(b"PK\x01\x02")
    struct.pack_into("<I", archive, at + 24, 10)  # the size in the directory
    with pytest.raises(RefusedArchive):
        open_document(bytes(archive), "kit.zip")


def test_an_encrypted_damaged_or_cut_archive_is_refused() -> None:
    whole = zipped(("c.json", DATA))
    encrypted = bytearray(whole)
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    flipped = bytearray(whole)
    flipped[45] ^= 0xFF
    for data, said in ((bytes(encrypted), "encrypted"), (bytes(flipped), "damaged"), (whole[:-10], "damaged")):
        with pytest.raises(RefusedArchive, match=said) as refused:
            open_document(data, "kit.zip")
        assert refused.value.place == "kit.zip"


def test_a_link_in_an_archive_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("c.json")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(RefusedArchive, match="link"):
        open_document(buffer.getvalue(), "kit.zip")


def test_a_packing_that_needs_much_memory_is_refused() -> None:
    with pytest.raises(RefusedArchive, match="packed in a way"):
        open_document(zipped(("c.json", DATA), packing=zipfile.ZIP_LZMA), "kit.zip")


def test_small_archives_that_inflate_to_much_json_are_refused_before_it_is_read() -> None:
    part = DATA.removesuffix(b"}") + b', "x": [' + b"[]," * 300_000 + b"1]}"
    for number in (60, 24):
        archive = zipped(*[(f"{at}.json", part) for at in range(number)])
        assert len(archive) < 200_000
        began = time.process_time()
        with pytest.raises(RefusedArchive, match="grows"):
            open_document(archive, "kit.zip")
        assert time.process_time() - began < 1


def test_an_archive_of_24_mebibytes_is_read_or_refused_in_a_bounded_time() -> None:
    noise = b"".join(sha256(b"%d" % at) for at in range(32 * 1024))
    archive = zipped(*[(f"{at}.json", b"{" + noise) for at in range(23)], packing=zipfile.ZIP_STORED)
    began = time.process_time()
    with pytest.raises(BadInput):
        open_document(archive, "kit.zip")
    assert time.process_time() - began < 3


# -- PDF (threats 49 and 56)


END = b"\ntrailer<</Root 1 0 R/Size 9>>\nstartxref\n0\n%%EOF"
CATALOG = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n"
LENGTH = 24 * 1024 * 1024 - 4096


def _group(inside: bytes) -> bytes:
    packed = zlib.compress(inside, 9)
    start = b"5 0 obj<</Type/ObjStm/N 1/First 1/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    return start + packed + b"\nendstream endobj\n"


def _table() -> bytes:
    count = LENGTH // 40
    rows = (b"%010d 00000 n \n" % len(CATALOG)) * count
    end = b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (count, len(CATALOG) + 1000)
    return CATALOG + b" " * 1000 + b"xref\n0 %d\n" % count + rows + end


HOSTILE = {
    "a million objects and no table": lambda: CATALOG + b"2 0 obj<<>>endobj\n" * (LENGTH // 18) + END,
    "a million trailers": lambda: CATALOG + b"trailer<</Root 1 0 R>>\n" * (LENGTH // 23) + END,
    "no end": lambda: CATALOG + b"startxref\n1\n" * (LENGTH // 12),
    "a table that leads into blanks": _table,
    "groups of objects that inflate": lambda: CATALOG + _group(b"1 1 " * 130_000) * 2000 + END,
    "one group that inflates to 23 mebibytes": lambda: CATALOG + _group(b"1 1 " * 6_000_000) + END,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_pdf_made_to_keep_its_reader_busy_is_given_up_in_a_bounded_time(name: str) -> None:
    """Some of these took a minute, some hours: the table of contents is damaged, and repairing it never ends."""
    data = HOSTILE[name]()
    began, profile = time.process_time(), sys.getprofile()
    with pytest.raises(BadInput):
        open_document(data, "t.pdf")
    assert time.process_time() - began < 3
    assert sys.getprofile() is profile


def test_a_long_pdf_with_many_attachments_is_far_from_the_bound() -> None:
    def lengthen(writer: PdfWriter) -> None:
        for _ in range(1000):
            writer.add_blank_page(100, 100)

    long = pdf(*[(f"{at}.json", b'{"id": %d}' % at) for at in range(60)], ("c.json", DATA), change=lengthen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portable, "MAX_CALLS", portable.MAX_CALLS // 5)
        assert len(portable.attachments_of(long, "t.pdf", max_bytes=1024)) == 61
        patch.setattr(portable, "MAX_CALLS", 1000)
        with pytest.raises(UnreadablePdf, match="more work"):
            portable.attachments_of(long, "t.pdf", max_bytes=1024)


def test_an_attachment_packed_in_a_rare_way_is_refused() -> None:
    def pack(writer: PdfWriter) -> None:
        for item in list(writer._objects):
            if isinstance(item, StreamObject) and b"urn:uuid:1" in item.get_data():
                item._data = item.get_data().hex().encode() + b">"
                item[NameObject("/Filter")] = NameObject("/ASCIIHexDecode")

    with pytest.raises(UnreadablePdf, match="packed in a way"):
        open_document(pdf(("c.json", DATA), change=pack), "t.pdf")


def test_every_attachment_of_a_pdf_is_read_once() -> None:
    other = {**CREDENTIAL, "id": "urn:uuid:2"}
    twice = pdf(("a.json", DATA), ("b.json", json.dumps(other).encode()), ("again.json", DATA), ("x.png", PNG))
    bundle = bundle_of(open_document(twice, "t.pdf"))
    assert [(one.place, one.id) for one in bundle.files] == [
        ("t.pdf/a.json", "urn:uuid:1"),
        ("t.pdf/b.json", "urn:uuid:2"),
    ]
    assert bundle.skipped == ("t.pdf/x.png",)


def test_a_file_associated_with_the_document_is_an_attachment_too() -> None:
    def associate(writer: PdfWriter) -> None:
        stream = StreamObject()
        stream.set_data(DATA)
        specification = DictionaryObject(
            {NameObject("/EF"): DictionaryObject({NameObject("/F"): writer._add_object(stream)})}
        )
        writer._root_object[NameObject("/AF")] = ArrayObject([writer._add_object(specification)])

    assert only(pdf(change=associate), "t.pdf").place == "t.pdf/attachment"


def test_an_encrypted_pdf_is_refused() -> None:
    with pytest.raises(UnreadablePdf, match="encrypted"):
        open_document(
            pdf(("c.json", DATA), change=lambda writer: writer.encrypt("secret", algorithm="RC4-128")), "t.pdf"
        )


def test_a_bomb_in_a_pdf_is_cut_while_it_inflates() -> None:
    def compress(writer: PdfWriter) -> None:
        for item in list(writer._objects):
            if isinstance(item, StreamObject) and len(item.get_data()) > 1000:
                packed = item.flate_encode(9)
                item._data = packed._data
                item.update(packed)

    with pytest.raises(UnreadablePdf, match="larger inside"):
        open_document(pdf(("c.json", b" " * 30_000_000), change=compress), "t.pdf")


def test_a_list_of_attachments_that_goes_in_circles_ends() -> None:
    def circle(writer: PdfWriter) -> None:
        tree = writer._root_object["/Names"]["/EmbeddedFiles"]  # type: ignore[index]
        node = writer._add_object(tree)
        tree[NameObject("/Kids")] = ArrayObject([node, node])

    with pytest.raises(UnreadablePdf, match=r"circles|more than 64"):
        open_document(pdf(("c.json", DATA), change=circle), "t.pdf")


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"%PDF-1.7\n" + b"\0" * 1000, pdf(("c.json", DATA))[:400]])
def test_a_damaged_pdf_is_refused_with_one_error(data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises((UnreadablePdf, UnrecognisedFile)):
        open_document(data, "t.pdf")
    assert caplog.text == ""


# -- files and folders


def test_a_picture_in_a_folder_need_not_be_a_badge(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes(DATA)
    (tmp_path / "photo.png").write_bytes(PNG)
    (tmp_path / "broken.svg").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'>")
    (tmp_path / "badge.png").write_bytes(bake(PNG, DATA.decode().replace("urn:uuid:1", "urn:uuid:2")))
    bundle: Bundle = read_files([tmp_path])
    assert sorted(one.id for one in bundle.signed) == ["urn:uuid:1", "urn:uuid:2"]
    assert len(bundle.skipped) == 2
    with pytest.raises(UnreadableImage):
        read_files([tmp_path / "broken.svg"])


def test_the_receipt_of_a_baked_image_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "badge.png").write_bytes(bake(PNG, DATA.decode()))
    (tmp_path / "badge.receipt.json").write_bytes(RECEIPT)
    assert [one.kind for one in read_files([tmp_path / "badge.png"]).files] == [FileKind.CREDENTIAL, FileKind.RECEIPT]


def test_broken_json_is_an_error_wherever_it_lies() -> None:
    for data in (b'{"a": 1, "a": 2}', bake(PNG, '{"a": 1, "a": 2}'), zipped(("c.json", b'{"a": 1, "a": 2}'))):
        with pytest.raises(UnreadableJson, match="twice"):
            open_document(data, "given")


def test_the_schema_of_reports_knows_every_kind_and_every_carrier() -> None:
    schema = json.loads((files("creditbank.verification") / "report.schema.json").read_bytes())
    properties = schema["$defs"]["recognised"]["properties"]
    assert properties["kind"]["enum"] == [str(kind) for kind in FileKind]
    assert properties["within"]["enum"] == [None, *(str(within) for within in Container)]


def test_an_archive_with_a_file_that_has_no_name_is_refused() -> None:
    """Python cuts a name off at its first NUL, and then stumbles over what is left."""
    for name in ("\0c.json", "\0"):
        damaged = zipped(("x" * len(name), DATA)).replace(b"x" * len(name), name.encode())
        with pytest.raises(RefusedArchive, match="leaves its folder"):
            open_document(damaged, "kit.zip")


def test_what_is_counted_together_is_refused_before_it_is_decoded():
    """Threats 1 to 4: values count, and not only bytes; who counts nothing opens what it always did."""
    wide = b'{"document":"creditbank/receipt/v1","a":[' + b"[]," * 100_000 + b"[]]}"
    room = Room()
    assert [one.kind for one in open_document(wide, "a.json", room)] == [FileKind.RECEIPT]
    with pytest.raises(TooMuchGiven, match="300000 values"):
        open_document(wide, "b.json", room)
    assert open_document(wide, "b.json")
    with pytest.raises(TooMuchGiven):
        open_document(b"x" * (MOST_TEXT + 1), "c", Room())
    with pytest.raises(TooMuchGiven):
        open_document(b"a: 1\n" * 60_001, "rules.yaml", Room())


def test_an_archive_holds_no_more_than_there_is_room_for():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.bin", bytes(600))
        archive.writestr("b.json", b'{"document":"creditbank/receipt/v1"}')
    room = Room(text=100, carried=1000)  # of a file of another kind nothing is decoded, so only its size counts
    assert len(open_document(made.getvalue(), "a.zip", room)) == 2
    with pytest.raises(RefusedArchive):
        open_document(made.getvalue(), "again.zip", room)
