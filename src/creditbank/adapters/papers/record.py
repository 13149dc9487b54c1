"""A record of learning as PDF/A-3U: selectable text in embedded fonts, headings as bookmarks, a code for its link.

fpdf2 writes no structure of paragraphs and tables, so this is not PDF/UA: language, title, order of reading, bookmarks
and the text for the picture are there, and whoever reads with a machine finds the same in `account.json`.
"""

import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import segno

from creditbank.canonical import digest_text, sha256
from creditbank.credential import Learned
from creditbank.errors import BadInput
from creditbank.services.papers import Paper, PrintPaper
from creditbank.units import instant_text

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

FONTS: Final = Path(__file__).parent / "fonts"
FONT: Final = "DejaVu"
_MACHINE_TIMES: Final = re.compile(rb'(xmp:(?:Modify|Metadata)Date=")[0-9T:+-]{25}"')
_NAME: Final = re.compile(rb"<[0-9A-F]{32}>")
UNPRINTABLE: Final = "\N{REPLACEMENT CHARACTER}"
LONGEST: Final = 300
"""No cell is longer: a title of a thousand letters would be a page of its own."""
UNSIGNED: Final = (
    "This paper is not signed, and by itself proves nothing. It lists signed credentials; each is named at the end "
    "with the SHA-256 digest of what its issuer signed. Ask for the files, and check them where the code leads."
)
LETTERS_LACK: Final = (
    "Letters that this bank has no font for are shown as \N{REPLACEMENT CHARACTER}; the files have them."
)


class NoSuchFont(BadInput):
    """A font for papers is a TrueType or OpenType file that can be read."""

    slug = "no-such-font"


def paper_printer(fonts: Sequence[Path] = ()) -> PrintPaper:
    """A printer of papers; `fonts` are asked for letters that the bundled one has not (Latin, Greek, Cyrillic, …)."""

    def printed(paper: Paper) -> bytes:
        sheet = _Sheet(paper)
        try:
            return sheet.printed_with(fonts)
        finally:
            sheet.close()

    return printed


class _Sheet:
    """One paper while it is written."""

    def __init__(self, paper: Paper) -> None:
        self._paper, self._lacking = paper, False
        self._pdf = _opened(f"Record of learning: {paper.learner}", paper.made)
        self._cmaps: list[TTFFont] = []

    def close(self) -> None:
        """Give back the files of the fonts, which fpdf2 leaves open."""
        for font in self._fonts():
            font.ttfont.close()

    def _fonts(self) -> "list[TTFFont]":
        return [font for font in self._pdf.fonts.values() if hasattr(font, "ttfont")]  # type: ignore[misc]

    def printed_with(self, fonts: Sequence[Path]) -> bytes:
        """The paper as a file; `fonts` are asked after the bundled one."""
        for number, file in enumerate(fonts):
            _require_font(file)
            try:
                self._pdf.add_font(f"own{number}", "", file)
            except Exception:  # fontTools answers a broken file with whatever it stumbles over
                raise NoSuchFont(f"{file} cannot be read as a font.", place="paper_fonts") from None
        self._pdf.set_fallback_fonts([f"own{number}" for number in range(len(fonts))], exact_match=False)
        self._cmaps = self._fonts()
        paper, pdf = self._paper, self._pdf
        pdf.add_page()
        self._head()
        self._table("Units", ("Unit", "Issued by", "Earned", "Level", "Credits", "Result", "Today"), paper.units)
        for system, total in paper.totals:
            self._line(f"Total of the units that stand, in {system}: {total}", bold=True)
        self._table("Awards", ("Award", "Issued by", "Awarded", "Level", "", "", "Today"), paper.awards)
        self._counted()
        self._digests()
        if paper.beyond:
            self._line(f"{paper.beyond} more credentials are in the account, and not on this paper.", bold=True)
        if self._lacking:
            self._line(LETTERS_LACK)
        return _dated(bytes(pdf.output()), paper.made)

    def _head(self) -> None:
        paper, pdf = self._paper, self._pdf
        code = io.BytesIO()
        segno.make(paper.link, error="m", micro=False).save(code, kind="png", scale=4, border=2)
        pdf.image(code, x=pdf.w - pdf.r_margin - 30, y=pdf.t_margin, w=30, alt_text=f"QR code: {paper.link}")
        self._heading("Record of learning", size=18)
        for name, value in (
            ("Name", paper.learner),
            ("Identifier", paper.did),
            ("Made", instant_text(paper.made)),
            ("By", paper.bank),
            ("Check it at", paper.link),
        ):
            self._line(f"{name}: {value}", width=pdf.epw - 34)
        pdf.set_y(max(pdf.get_y(), pdf.t_margin + 32))
        self._line(UNSIGNED)

    def _table(self, title: str, headings: tuple[str, ...], learned: Sequence[Learned]) -> None:
        from fpdf.fonts import FontFace

        if not learned:
            return
        self._heading(title)
        self._pdf.set_font(FONT, "", 8)
        with self._pdf.table(
            col_widths=(30, 24, 14, 16, 14, 14, 14),
            text_align="LEFT",
            borders_layout="HORIZONTAL_LINES",
            headings_style=FontFace(emphasis="BOLD"),
            line_height=4,
            padding=1,
        ) as table:
            table.row(headings)
            for one in learned:
                table.row([self._text(cell) for cell in _cells(one)])

    def _counted(self) -> None:
        said = [f"{one.title}: {sentence}" for one in self._paper.units for sentence in one.counted]
        if said:
            self._heading("What of it was counted")
        for sentence in said:
            self._line(sentence)

    def _digests(self) -> None:
        if self._paper.learned:
            self._heading("What was signed")
        for one in self._paper.learned:
            said = f"{one.file}: {one.title}. {one.credential}, {digest_text(one.digest)}"
            self._line(f"{said}. {one.anchor}" if one.anchor else said)

    def _heading(self, text: str, *, size: int = 12) -> None:
        self._pdf.ln(2)
        self._pdf.set_font(FONT, "B", size)
        self._pdf.start_section(text)
        self._pdf.multi_cell(self._pdf.epw - 34 if size > 12 else 0, size / 2, text, new_x="LMARGIN", new_y="NEXT")

    def _line(self, text: str, *, bold: bool = False, width: float = 0) -> None:
        from fpdf.enums import WrapMode

        self._pdf.set_font(FONT, "B" if bold else "", 9)
        self._pdf.multi_cell(
            width, 4.5, self._text(text), align="L", new_x="LMARGIN", new_y="NEXT", wrapmode=WrapMode.CHAR
        )

    def _prints(self, letter: str) -> bool:
        """Whether a font has it; what steers the others, such as a turn of direction, is no letter."""
        return letter.isprintable() and any(ord(letter) in font.cmap for font in self._cmaps)

    def _text(self, text: str) -> str:
        """The text as far as the fonts have its letters, on one line and no longer than a cell can be."""
        kept = " ".join(text.split())
        kept = kept if len(kept) <= LONGEST else f"{kept[:LONGEST]}…"
        shown = "".join(one if self._prints(one) else UNPRINTABLE for one in kept)
        self._lacking = self._lacking or shown != kept
        return shown


def _opened(title: str, made: datetime) -> "FPDF":
    from fpdf import FPDF
    from fpdf.enums import DocumentCompliance
    from fpdf.prefs import ViewerPreferences

    class Numbered(FPDF):
        """Pages that say which they are."""

        def footer(self) -> None:
            self.set_y(-12)
            self.set_font(FONT, "", 7)
            self.cell(0, 5, f"Record of learning, page {self.page_no()} of {{nb}}", align="C")

    pdf = Numbered(enforce_compliance=DocumentCompliance.PDFA_3U)
    pdf.add_font(FONT, "", FONTS / "DejaVuSansCondensed.ttf")
    pdf.add_font(FONT, "B", FONTS / "DejaVuSansCondensed-Bold.ttf")
    pdf.set_font(FONT, "", 9)
    pdf.set_lang("en")
    pdf.set_title("".join(one for one in title if one.isprintable())[:LONGEST])
    pdf.set_creator("creditbank")
    pdf.set_creation_date(made)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.set_auto_page_break(auto=True, margin=16)
    return pdf


def _require_font(file: Path) -> None:
    try:
        with file.open("rb") as stream:
            known = stream.read(4) in (b"\x00\x01\x00\x00", b"OTTO", b"true")
    except OSError:
        known = False
    if not known:
        raise NoSuchFont(f"{file} is no file of a TrueType or OpenType font.", place="paper_fonts")


def _dated(content: bytes, made: datetime) -> bytes:
    """The paper with its own moment where fpdf2 writes that of the machine; not a byte longer."""
    moment = made.astimezone(UTC).replace(microsecond=0).isoformat().encode()
    dated = _MACHINE_TIMES.sub(rb"\g<1>" + moment + b'"', content)
    body, mark, rest = dated.rpartition(b"/ID [")
    name = sha256(body)[:16].hex().upper().encode()  # as long as the one before, which hangs on the machine's time
    return body + mark + _NAME.sub(b"<" + name + b">", rest)


def _cells(one: Learned) -> tuple[str, ...]:
    return (
        one.title,
        one.issuer_name,
        one.earned.isoformat(),
        "" if one.level is None else f"{one.level.code} ({one.level.framework})",
        "" if one.credits is None else str(one.credits),
        ", ".join(grade for _, grade in one.grades),
        str(one.standing),
    )
