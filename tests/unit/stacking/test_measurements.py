"""What we measure beside the engine gives right answers too, and figures land where the page has room for them."""

from collections import Counter
from pathlib import Path

import pytest
from bench.measuring import Row, Times
from bench.page import BEGIN, END, figures, rewrite
from bench.peers import ASKED, first_fit, judged, plain_highs, translated
from bench.stacking import decided
from bench.stacking import judged as judged_here
from bench.synthetic import COUNTS, MIDDLE, SMALL, TIGHT, Kind, instance, instances, setting

PAGE = Path(__file__).parents[3] / "docs" / "measurements.md"
SETTING = setting()


@pytest.mark.parametrize("kind", [SMALL, MIDDLE, TIGHT, COUNTS], ids=lambda kind: kind.name)
def test_the_plain_model_finds_what_there_is(kind: Kind) -> None:
    found = [next(judged(one, plain_highs(one, SETTING), SETTING)) for one in instances(kind, 4)]
    assert found == ["yes", "no"] * 2


def test_first_fit_never_says_yes_where_there_is_none() -> None:
    for one in instances(SMALL, 20):
        assert next(judged(one, first_fit(one), SETTING)) in ({"yes", "overlooked"} if one.feasible else {"no"})


def test_the_engine_is_judged_by_what_was_planted() -> None:
    outcomes = Counter(name for one in instances(SMALL, 6) for name in judged_here(one, decided(one, SETTING), SETTING))
    assert (outcomes["yes"], outcomes["no"], outcomes["WRONG"]) == (3, 3, 0)


@pytest.mark.parametrize("kind", ASKED, ids=lambda kind: kind.name)
def test_what_degreepath_is_asked_is_the_same_question(kind: Kind) -> None:
    one = instance(kind, 0)
    asked = translated(one)
    assert len(asked["courses"]) == kind.units
    assert len(asked["area"]["requirements"]) == kind.places


def test_the_worst_of_few_is_their_99th_percentile() -> None:
    assert Times.of([float(number) for number in range(1, 41)]) == Times(20.0, 40.0, 40.0)
    assert Times.of([float(number) for number in range(1, 121)]) == Times(60.0, 119.0, 120.0)


def test_figures_are_replaced_and_words_stay(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.read_text())
    rows = [
        Row("decide, 60x30", 2, Times(1, 2, 3), Times(1, 2, 3), Counter({"yes": 2})),
        Row("sweep, 1", 1, said="fast"),
    ]
    for day in ("2026-01-01", "2026-01-02"):
        rewrite(page, rows, {"cores": "2"}, day)
    text, before = page.read_text(), PAGE.read_text()
    assert figures(rows, {"cores": "2"}, "2026-01-02") in text
    assert "2026-01-01: cores" not in text
    assert text.partition(BEGIN)[0] == before.partition(BEGIN)[0]
    assert text.partition(END)[2] == before.partition(END)[2]
    assert "| decide, 60x30 | 2 | 1.00 / 2.00 / 3.00 | 1.00 / 2.00 / 3.00 | 2 yes |" in text


def test_a_part_that_was_measured_alone_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Before.\n{BEGIN}\n\n\n{END}\nAfter.\n")
    decided_row, tree = Row("decide, 60x30", 2, Times(1, 2, 3)), Row("tree of 10", 1, Times(1, 1, 1))
    rewrite(page, [decided_row, tree], {"cores": "2"}, "2026-01-01")
    signed = Row("sign, eddsa-jcs-2022", 7, Times(0.1, 0.2, 0.3), said="quick")
    for day in ("2026-01-02", "2026-01-03"):
        rewrite(page, [signed, Row("tree of 20", 1, Times(2, 2, 2))], {"cores": "4"}, day, only=True)
    text = page.read_text()
    assert text.index("decide, 60x30") < text.index("sign, eddsa-jcs-2022") < text.index("tree of 20")
    assert "tree of 10" not in text
    assert text.count("Run of 2026-01-01: cores 2.") == 1
    assert text.count("Run of 2026-01-03: cores 4.") == 2
    assert "2026-01-02" not in text
    assert text.startswith("Before.")
    assert text.endswith("After.\n")
