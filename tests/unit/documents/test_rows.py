"""Tables of rows: what is read, what is a fault of one row, and what makes a table unreadable."""

import json
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.adapters.documents import rows as rows_module
from creditbank.adapters.documents.rows import (
    COLUMNS,
    MAX_ROW,
    UnreadableTable,
    guarded,
    read_rows,
    write_csv,
)
from creditbank.services.bulk_records import BulkForm

HEADER = b"learner,achievement,version,earned,result,scale,row\r\n"
ROW = b"n-1,urn:unit,1,2026-06-30,,,r1\r\n"
CELLS = {"learner": "n-1", "achievement": "urn:unit", "version": "1", "earned": "2026-06-30", "row": "r1"}
JSON_ROW = json.dumps(CELLS).encode()


def rows(content: bytes, form: BulkForm = BulkForm.CSV, size: int = 7):
    return list(read_rows((content[at : at + size] for at in range(0, len(content), size)), form))


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (HEADER + ROW, BulkForm.CSV),
        (b"\xef\xbb\xbf" + HEADER + ROW, BulkForm.CSV),
        (HEADER.replace(b"\r", b"") + ROW.strip(), BulkForm.CSV),
        (b"\r\n".join([HEADER.strip(), b"", ROW.strip(), b"", b""]), BulkForm.CSV),
        (b'Learner , achievement,version,earned,"row"\n"n-1",urn:unit,1,2026-06-30,r1', BulkForm.CSV),
        (b"learner,achievement,version,earned,row,field,reason,line\nn-1,urn:unit,1,2026-06-30,r1,x,y,z", BulkForm.CSV),
        (JSON_ROW, BulkForm.NDJSON),
        (b"\xef\xbb\xbf" + JSON_ROW + b"\r\n\n", BulkForm.NDJSON),
        (b"[" + JSON_ROW + b"]", BulkForm.JSON),
        (b"\n [ " + JSON_ROW + b" ] \n", BulkForm.JSON),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_one_row_is_read_alike_however_it_is_written_and_cut(content, form, size):
    (row,) = rows(content, form, size)
    assert (row.number, row.cells, row.faults) == (1, CELLS, ())


def test_cells_may_hold_commas_quotes_and_ends_of_lines_as_rfc_4180_says():
    (row, following) = rows(HEADER + b'"a,b","c ""d""","1\r\n2",2026-06-30,,,\r\n' + ROW)
    assert (row.cells["learner"], row.cells["achievement"], row.cells["version"]) == ("a,b", 'c "d"', "1\r\n2")
    assert (row.place, following.place, following.cells) == ("line 2", "line 4", CELLS)


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        (b"", "line 1", "no column"),
        (b"learner;achievement;version;earned\n", "line 1", "commas"),
        (b"learner,achievement,version\n", "line 1", "no column: earned"),
        (HEADER.strip() + b",colour\n", "line 1", "nobody knows: colour"),
        (HEADER.strip() + b",row\n", "line 1", "two columns: row"),
        (b",".join([b"x"] * 40), "line 1", "32 columns"),
        (HEADER + ROW + b"\xff\xfe", "line 3", "not UTF-8"),
        ((HEADER + ROW).decode().encode("utf-16"), "line 1", "UTF-16"),
        (HEADER + ROW + b"n-2\0", "line 3", "NUL"),
        (HEADER + ROW + b'"n-2,urn:unit', "line 3", "does not close"),
        (HEADER + ROW + b'"n-2,urn:unit\n' + b"x\n" * MAX_ROW, "line 3", "does not close"),
        (HEADER + ROW + b"n" * (MAX_ROW + 1), "line 3", "longer than"),
        (HEADER + ROW + b"\xc3", "line 3", "within a character"),
    ],
)
def test_what_makes_the_rest_of_a_table_unreadable_is_refused_at_its_place(content, place, said):
    """Threats 3 and 56."""
    with pytest.raises(UnreadableTable, match=said) as refused:
        rows(content)
    assert refused.value.place == place


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "bracket"),
        (b"{}", "bracket"),
        (b"[" + JSON_ROW, "comma"),
        (b"[" + JSON_ROW + b",]", "no JSON"),
        (b"[" + JSON_ROW + b" " + JSON_ROW + b"]", "comma"),
        (b"[" + JSON_ROW + b"] x", "follows"),
        (b"[" + b"[" * 10_000, "nested deeper"),
        (b'["' + b"x" * 100_000, "no JSON"),
        (b"[" + b"1" * 100_000 + b"]", "no JSON"),
        (b"[" + JSON_ROW + b",\xff]", "not UTF-8"),
    ],
)
def test_an_array_that_breaks_off_is_refused(content, said):
    """Threats 2 and 3."""
    with pytest.raises(UnreadableTable, match=said):
        rows(content, BulkForm.JSON, 5000)


def test_one_bad_row_does_not_hide_the_others():
    bad = [b'"n-1"x,urn:unit,1,2026-06-30,,,', b"n-1,urn:unit,1", b"n-1,urn:unit,1,2026-06-30,,,,more"]
    found = rows(HEADER + b"\n".join([*bad, ROW.strip()]))
    assert [bool(row.faults) for row in found] == [True, True, True, False]
    assert [row.place for row in found] == ["line 2", "line 3", "line 4", "line 5"]


@pytest.mark.parametrize("form", [BulkForm.NDJSON, BulkForm.JSON])
def test_one_bad_object_does_not_hide_the_others(form):
    """Threats 1 and 2: the strict reader says what is wrong with it."""
    bad = [
        b'{"learner": "a", "learner": "b"}',
        b'{"learner": NaN}',
        b'{"learner": 7}',
        b'{"colour": "red"}',
        b"[1, 2]",
        b'"text"',
        b'{"learner": "%s"}' % (b"x" * MAX_ROW),
        b'{"learner": "\\ud800"}',
        b'{"learner": 1e400}',
    ]
    whole = [*bad, JSON_ROW]
    content = b"\n".join(whole) if form is BulkForm.NDJSON else b"[" + b",".join(whole) + b"]"
    found = rows(content, form, 4096)
    assert [bool(row.faults) for row in found] == [True] * len(bad) + [False]
    assert found[-1].cells == CELLS


@given(
    st.lists(
        st.dictionaries(st.sampled_from(COLUMNS), st.text(st.characters(exclude_categories=["C", "Z"])), min_size=1)
    )
)
def test_what_is_written_is_read_back(table):
    """Threat 49: no cell begins as a formula does, and the reader takes the guard away again."""
    content = b"".join(write_csv(COLUMNS, table))
    assert not any(line.startswith(("=", "+", "-", "@")) for line in content.decode().splitlines())
    kept = [{name: text for name, text in row.items() if text} for row in table]
    assert [row.cells for row in rows(content, size=1000)] == kept


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1", "''@x"])
def test_a_cell_that_a_spreadsheet_would_run_is_guarded(text):
    """Threat 49."""
    assert guarded(text) == f"'{text}"
    assert guarded("urn:unit") == "urn:unit"
    assert guarded("it's") == "it's"


@pytest.mark.parametrize("form", list(BulkForm))
def test_a_long_table_takes_no_more_memory_than_a_short_one(form):
    """Threat 3."""

    def parts() -> Iterator[bytes]:
        if form is BulkForm.JSON:
            yield b"["
        if form is BulkForm.CSV:
            yield HEADER
        for number in range(400):
            last = number == 399
            many = [b"n-%d,urn:unit,1,2026-06-30,,,r" % at for at in range(50)]
            if form is BulkForm.CSV:
                yield b"\n".join(many) + b"\n"
            elif form is BulkForm.NDJSON:
                yield (JSON_ROW + b"\n") * 50
            else:
                yield b",".join([JSON_ROW] * 50) + (b"]" if last else b",")

    tracemalloc.start()
    count = sum(not row.faults for row in read_rows(parts(), form))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 2_000_000


DEEP: Final = """
import sys
sys.setrecursionlimit(100_000)  # as a chain's library does it for the whole process
from creditbank.adapters.documents.rows import read_rows
from creditbank.services.bulk_records import BulkForm
for opening in (b"[", b'{"a":'):
    try:
        list(read_rows([b"[", opening * 200_000], BulkForm.JSON))
    except Exception as refusal:
        print(type(refusal).__name__, refusal)
"""


def test_a_row_that_is_nested_without_end_is_refused_and_ends_no_process() -> None:
    """Threat 3: the parser of the standard library would run out of its stack, and take the worker along."""
    answer = subprocess.run([sys.executable, "-c", DEEP], capture_output=True, text=True)
    assert answer.returncode == 0
    assert answer.stdout.count("UnreadableTable row 1: This row is nested deeper than 64 levels.") == 2


def test_only_what_has_brackets_is_searched_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 3: for a plain value all that follows would be searched, which takes minutes for half a megabyte."""
    searched: list[int] = []

    class Marks:
        def finditer(self, text: str, at: int) -> Iterator[re.Match[str]]:
            searched.append(at)
            return real.finditer(text, at)

    real = rows_module._MARK
    monkeypatch.setattr(rows_module, "_MARK", Marks())
    assert sum(1 for _ in read_rows([b'[1,"[",true,{"a":[]},null]'], BulkForm.JSON)) == 5
    assert searched == [12]
