"""Tables of rows as CSV (RFC 4180), NDJSON or one JSON array, read in bounded memory (threats 3 and 56).

They are written so that no spreadsheet takes a cell for a formula (threat 49).

What is wrong with one row is a fault of that row, and the next is read. What makes the rest unreadable is refused:
another encoding, columns nobody knows, a quote or a bracket that never closes.
"""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from creditbank.canonical import MAX_DEPTH, UnreadableJson, load_object
from creditbank.errors import BadInput
from creditbank.services.bulk_records import BulkForm, GivenRow, RowFault

COLUMNS: Final = ("learner", "achievement", "version", "earned", "result", "scale", "row")
NEEDED: Final = ("learner", "achievement", "version", "earned")
PASSED_OVER: Final = frozenset({"field", "reason", "line"})
"""What a file of failures has beside: it can be mended and sent as it is."""
MAX_ROW: Final = 16_384
MAX_COLUMNS: Final = 32
MAX_ROWS: Final = 250_000
_MARK: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{}]', re.DOTALL)
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")


class UnreadableTable(BadInput):
    """These bytes are no table of rows that can be read to its end."""

    slug = "unreadable-table"


def read_rows(parts: Iterable[bytes], form: BulkForm) -> Iterator[GivenRow]:
    """The rows of a table in their order, one at a time; raises `UnreadableTable` naming the place."""
    reader = {BulkForm.CSV: _csv_rows, BulkForm.NDJSON: _ndjson_rows, BulkForm.JSON: _json_rows}[form]
    for row in reader(parts):
        if row.number > MAX_ROWS:
            raise UnreadableTable(
                f"The table has more than {MAX_ROWS} rows.", place=row.place, next_step="Send it in several parts."
            )
        yield row


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterator[bytes]:
    """A table as CSV (RFC 4180), row by row; a cell that a spreadsheet would run begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([guarded(row.get(name, "")) for name in columns])
        if out.tell() > MAX_ROW:
            yield _taken(out)
    yield _taken(out)


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; `read_rows` takes the guard away again."""
    return f"'{text}" if _FORMULA.match(text) else text


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()


# -- CSV


def _csv_rows(parts: Iterable[bytes]) -> Iterator[GivenRow]:
    lines = _Lines(parts)
    records = _records(lines)
    first = next(records, None)
    names = _header(first or [], lines)
    for number, cells in enumerate(records, start=1):
        if cells is None:
            fault = _row_fault("This row is no CSV: a quote stands where none may.")
            yield GivenRow(number, lines.place, {}, (fault,))
        else:
            yield _csv_row(number, lines.place, names, cells)


def _records(lines: "_Lines") -> Iterator[list[str] | None]:
    """The cells of each row that is not blank, None for a row that is no CSV."""
    reader = csv.reader(lines, strict=True)
    while True:
        lines.begin(reader.line_num + 1)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as cause:
            if "unexpected end of data" in str(cause):
                raise _unclosed(lines.place) from None
            yield None
        else:
            if cells:
                yield cells


def _csv_row(number: int, place: str, names: Sequence[str], cells: Sequence[str]) -> GivenRow:
    read = {name: _unguarded(cell.strip(" ")) for name, cell in zip(names, cells, strict=False)}
    kept = {name: text for name, text in read.items() if name in COLUMNS and text}
    faults = []
    if len(cells) != len(names):
        faults.append(_row_fault(f"This row has {len(cells)} cells, and the first line names {len(names)} columns."))
    return GivenRow(number, place, kept, tuple(faults))


def _header(cells: Sequence[str], lines: "_Lines") -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise UnreadableTable(
            "The columns are not separated by commas.",
            place=lines.place,
            next_step="Save the table as CSV with commas.",
        )
    if len(names) > MAX_COLUMNS:
        raise UnreadableTable(f"The table has more than {MAX_COLUMNS} columns.", place=lines.place)
    known = (*COLUMNS, *PASSED_OVER)
    strangers = sorted(name for name in {*names} if name not in known)
    missing = [name for name in NEEDED if name not in names]
    twice = sorted({name for name in names if names.count(name) > 1})
    for wrong, what in ((strangers, "columns nobody knows"), (missing, "no column"), (twice, "two columns")):
        if wrong:
            raise UnreadableTable(
                f"The first line has {what}: {', '.join(wrong)[:200] or 'one without a name'}.",
                place=lines.place,
                next_step=f"Columns are: {', '.join(COLUMNS)}.",
            )
    return names


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


class _Lines:
    """The physical lines of a file, decoded as they come; no row may be longer than `MAX_ROW`."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._texts, self._number, self._begun, self._length = _decoded(parts), 0, 1, 0
        self._lines = self._split()

    @property
    def place(self) -> str:
        """Where the row at hand begins."""
        return f"line {self._begun}"

    def begin(self, line: int) -> None:
        """A row begins with this line."""
        self._begun, self._length = line, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._number += 1
        self._length += len(line)
        if self._length > MAX_ROW:
            raise self._too_long()
        return line

    def _split(self) -> Iterator[str]:
        pending = ""
        for text in self._texts:
            *whole, pending = (pending + text).split("\n")
            for line in whole:
                yield f"{line}\n"
            if len(pending) > MAX_ROW:
                raise self._too_long()
        if pending:
            yield pending

    def _too_long(self) -> UnreadableTable:
        if self._number > self._begun:
            return _unclosed(self.place)
        return UnreadableTable(
            f"The row is longer than {MAX_ROW} characters.",
            place=self.place,
            next_step="Check that lines end as lines, and that no cell holds a document.",
        )


def _unclosed(place: str) -> UnreadableTable:
    return UnreadableTable(
        "A quote opens in this row and does not close.", place=place, next_step="Double it, or close it."
    )


def _decoded(parts: Iterable[bytes]) -> Iterator[str]:
    """UTF-8 with or without a byte order mark, and nothing else."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("strict")
    lines, first = 1, True
    for part in parts:
        if first and part.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise _encoding("The file is UTF-16.", 1)
        first = False
        try:
            text = decoder.decode(part)
        except UnicodeDecodeError as cause:
            raise _encoding("The file is not UTF-8.", lines + part[: cause.start].count(b"\n")) from None
        lines += text.count("\n")
        if "\0" in text:
            raise _encoding("The file holds the character NUL.", lines)
        yield text
    try:
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _encoding("The file is not UTF-8: it ends within a character.", lines) from None


def _encoding(sentence: str, line: int) -> UnreadableTable:
    return UnreadableTable(sentence, place=f"line {line}", next_step="Save it as UTF-8.")


# -- JSON


def _ndjson_rows(parts: Iterable[bytes]) -> Iterator[GivenRow]:
    number = 0
    for at, line in enumerate(_json_lines(parts), start=1):
        content = line.removeprefix(codecs.BOM_UTF8) if at == 1 else line
        if not content.strip():
            continue
        number += 1
        yield _json_row(number, f"line {at}", content)


def _json_lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a file; of one that is too long only so much that it is seen to be."""
    pending = b""
    for part in parts:
        *whole, rest = part.split(b"\n")
        for piece in whole:
            yield (pending + piece)[: MAX_ROW + 1]
            pending = b""
        pending = (pending + rest)[: MAX_ROW + 1]
    if pending:
        yield pending


def _json_rows(parts: Iterable[bytes]) -> Iterator[GivenRow]:
    number = 0
    for number, element in enumerate(_elements(_decoded(parts)), start=1):
        yield _json_row(number, f"row {number}", element.encode())


def _elements(texts: Iterator[str]) -> Iterator[str]:
    """The elements of a JSON array as they stand; only their ends are looked for, they are read strictly afterwards."""
    find, held, number = json.JSONDecoder().raw_decode, _Held(texts), 0
    if held.mark() != "[":
        raise _no_array("The table is no JSON array: it does not begin with a bracket.", number)
    if held.mark() == "]":
        return
    held.back()
    while True:
        number += 1
        held.space()
        while True:
            try:
                _check_nesting(held.text, held.at, number)
                _, end = find(held.text, held.at)
                if end < len(held.text) or not held.more():
                    break
            except (ValueError, RecursionError):
                if len(held.text) - held.at > MAX_ROW or not held.more():
                    raise _no_array("This row is no JSON, or longer than a row may be.", number) from None
        yield held.text[held.at : min(end, held.at + MAX_ROW + 1)]
        held.at = end
        mark = held.mark()
        if mark == "]":
            break
        if mark != ",":
            raise _no_array("After this row there is neither a comma nor the closing bracket.", number)
    if held.mark():
        raise _no_array("Something follows the closing bracket.", number)


def _check_nesting(text: str, at: int, number: int) -> None:
    """Refuse an element that is nested deeper than any document may be: the parser would take the process along.

    It is left to the parser to say what else is wrong with it, and whether it ends.
    """
    if not text.startswith(("[", "{"), at):  # it holds nothing, and to look for a bracket would be to look at the rest
        return
    depth = 0
    for mark in _MARK.finditer(text, at):
        if mark[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _no_array(f"This row is nested deeper than {MAX_DEPTH} levels.", number)
        elif mark[0] in "]}":
            depth -= 1
        if not depth or mark[0] == '"':
            return


class _Held:
    """The part of a text that is looked at: what is read is dropped, what follows is fetched when it is needed."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts, self.text, self.at = texts, "", 0

    def more(self) -> bool:
        """Fetch the next part; whether there is one."""
        following = next(self._texts, None)
        if following is None:
            return False
        self.text, self.at = self.text[self.at :] + following, 0
        return True

    def space(self) -> None:
        """Pass over white space."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
                self.at += 1
            if self.at < len(self.text) or not self.more():
                return

    def mark(self) -> str:
        """The next character that is no space, which is passed over; empty at the end."""
        self.space()
        self.at += 1
        return self.text[self.at - 1 : self.at]

    def back(self) -> None:
        """Look at the last character again."""
        self.at -= 1


def _no_array(sentence: str, number: int) -> UnreadableTable:
    return UnreadableTable(
        sentence, place=f"row {number}" if number else "", next_step="Send an array of objects, or NDJSON."
    )


def _json_row(number: int, place: str, element: bytes) -> GivenRow:
    if len(element) > MAX_ROW:
        return GivenRow(number, place, {}, (_row_fault(f"The row is longer than {MAX_ROW} bytes."),))
    try:
        value = load_object(element)
    except UnreadableJson as cause:
        return GivenRow(number, place, {}, (_row_fault(cause.sentence),))
    faults = []
    for name, given in value.items():
        if name in PASSED_OVER:
            continue
        if name not in COLUMNS:
            faults.append(RowFault(name[:60], "unknown-column", "This field is not known here."))
        elif given is not None and not isinstance(given, str):
            faults.append(RowFault(name, "unreadable-cell", "This is no text."))
    kept = {name: given for name, given in value.items() if name in COLUMNS and isinstance(given, str) and given}
    return GivenRow(number, place, kept, tuple(faults))


def _row_fault(sentence: str) -> RowFault:
    return RowFault("", "unreadable-row", sentence)
