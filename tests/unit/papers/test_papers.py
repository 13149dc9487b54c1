"""A record of learning on paper: it can be read by eyes and machines, and says that it proves nothing."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from creditbank.adapters.documents import UnrecognisedFile, open_document
from creditbank.adapters.papers import NoSuchFont, paper_printer
from creditbank.canonical import digest_text, sha256
from creditbank.credential import Learned, Level, Standing
from creditbank.services.papers import Paper
from creditbank.units import CreditAmount, Credits

UNIT = Learned(
    credential="urn:uuid:00000000-0000-4000-8000-000000000001",
    title="Academic writing",
    award=False,
    issuer="did:web:u.sample.example",
    issuer_name="Sample University",
    country="IN",
    language="en",
    earned=date(2025, 6, 2),
    credits=CreditAmount("in-ncrf", Credits(2500)),
    level=Level("in-ncrf", "4.5"),
    mode="on-site",
    workload="PT75H",
    grades=(("points", "A+"),),
    outcomes=(),
    file="credentials/001.json",
    digest=sha256(b"signed"),
    standing=Standing.STANDS,
    anchor="Anchored by 2025-06-03T00:00:00Z in block 7 of the test chain sample (chain id 1)",
    counted=("2 in-ncrf counts for the award urn:uuid:award.",),
)


def paper(*learned: Learned, **changes: Any) -> Paper:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    usual = Paper("Asha Ünïcode", "did:key:z6Mk", "https://bank.example", "https://bank.example/", made, learned)
    return replace(usual, **changes)


def read(data: bytes) -> tuple[PdfReader, str]:
    reader = PdfReader(io.BytesIO(data))
    return reader, " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_a_registrar_reads_units_credits_levels_issuers_dates_and_what_was_signed() -> None:
    award = replace(UNIT, award=True, title="Certificate", credits=None, grades=(), counted=())
    revoked = replace(UNIT, title="Taken back", standing=Standing.REVOKED)
    _, text = read(paper_printer()(paper(UNIT, UNIT, revoked, award)))
    for said in (
        "Asha Ünïcode",
        "https://bank.example/",
        "This paper is not signed, and by itself proves nothing.",
        "Academic writing Sample University 2025-06-02 4.5 (in-ncrf) 2.5 in-ncrf A+ stands",
        "Total of the units that stand, in in-ncrf: 5",
        "counts for the award urn:uuid:award",
        "Anchored by 2025-06-03T00:00:00Z in block 7 of the test chain",
        "page 1 of",
    ):
        assert said in text, said
    assert digest_text(UNIT.digest) in text.replace(" ", "").replace("sha256:", "sha256:")


def test_a_machine_reads_language_title_headings_and_the_text_of_the_code() -> None:
    reader, _ = read(paper_printer()(paper(UNIT)))
    root: Any = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert [one["/Title"] for one in reader.outline] == [  # type: ignore[index,call-overload]
        "Record of learning",
        "Units",
        "What of it was counted",
        "What was signed",
    ]
    (whole,) = root["/StructTreeRoot"]["/K"]
    (figure,) = whole.get_object()["/K"]
    assert figure.get_object()["/Alt"] == "QR code: https://bank.example/"
    assert b"pdfaid:part" in root["/Metadata"].get_object().get_data()


def test_the_same_paper_gives_the_same_bytes_and_another_moment_gives_others() -> None:
    printed = paper_printer()
    long_ago, this_year = datetime(2001, 2, 3, tzinfo=UTC), f"{datetime.now(UTC).year}-".encode()
    first = printed(paper(UNIT, made=long_ago))
    assert first == printed(paper(UNIT, made=long_ago))
    assert b"2001-02-03" in first
    assert this_year not in first, "the machine's time is nowhere in it"
    assert printed(paper(UNIT)) != printed(paper(UNIT, made=datetime(2026, 1, 2, tzinfo=UTC)))


def test_letters_that_no_font_has_are_shown_as_lacking_and_told() -> None:
    _, text = read(paper_printer()(paper(UNIT, learner="Ана आशा")))
    assert "Ана" in text
    assert "आ" not in text
    assert "Letters that this bank has no font for" in text
    assert "Letters that" not in read(paper_printer()(paper(UNIT)))[1]


def test_a_paper_goes_on_over_pages_and_a_title_of_any_length_stays_in_its_cell() -> None:
    long = replace(UNIT, title="word " * 2_000 + "laster")
    reader, text = read(paper_printer()(paper(*[UNIT] * 60, long, replace(UNIT, title="x" * 5_000))))
    assert 3 <= len(reader.pages) <= 12
    assert "…" in text
    assert "laster" not in text


def test_a_title_cannot_turn_the_direction_of_what_stands_beside_it() -> None:
    _, text = read(paper_printer()(paper(replace(UNIT, title="Grade \u202eA\u200b+"))))
    assert "\u202e" not in text
    assert "\u200b" not in text


def test_what_a_paper_has_no_room_for_is_told() -> None:
    assert "7 more credentials are in the account" in read(paper_printer()(paper(UNIT, beyond=7)))[1]


def test_a_font_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(NoSuchFont):
        paper_printer([broken])(paper(UNIT))
    with pytest.raises(NoSuchFont):
        paper_printer([tmp_path / "nowhere.ttf"])(paper(UNIT))


def test_nobody_takes_a_paper_for_a_credential() -> None:
    with pytest.raises(UnrecognisedFile, match="proves nothing"):
        open_document(paper_printer()(paper(UNIT)), "record.pdf")
