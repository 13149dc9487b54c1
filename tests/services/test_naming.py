"""Names that could deceive a reader are pointed out to the registrar; ordinary names of every script are not."""

import pytest

from creditbank.services.naming import doubts_about


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("S\u0430mple University", "Cyrillic and Latin"),
        ("\u0391cademy of Arts", "Greek and Latin"),
        ("Sample\u200b University", "U+200B"),
        ("Sample \u202eytisrevinU", "U+202E"),
        ("Sample\ufeff", "U+FEFF"),
        ("Universite\u0301 de Test", "loose accents"),
    ],
)
def test_a_name_that_could_pass_for_another_is_pointed_out(name: str, because: str) -> None:
    """Threat 8."""
    assert any(because in doubt for doubt in doubts_about(name))


@pytest.mark.parametrize(
    "name",
    [
        "Sample University",
        "Université de Test – Faculté des Arts (2026)",
        "Московский университет",
        "Εθνικό Πανεπιστήμιο",
        "서울대학교 Seoul National University",
        "早稲田大学 ワセダ",
        "क्षेत्रीय महाविद्यालय",
        "നാളെ\u200d",
        "دانشگاه می\u200cخوانم",
        "Université Московская",
        "O'Brien & Søns A/S 4711",
    ],
)
def test_an_ordinary_name_of_any_script_is_not(name: str) -> None:
    assert doubts_about(name) == ()
