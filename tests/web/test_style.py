"""The stylesheet's promises that need no browser: contrast in light and dark, tokens only, nothing from elsewhere."""

import re
from itertools import product

import pytest

from creditbank_api.web.rendering import STATIC

SHEET = (STATIC / "style.css").read_text(encoding="utf-8")
GROUNDS = ("paper", "sheet")
TONES = ("good", "bad", "open", "none", "test", "accent")


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", block))


def _schemes() -> dict[str, dict[str, str]]:
    light = _tokens(SHEET.split(":root", 1)[1].split("}", 1)[0])
    dark = _tokens(SHEET.split("prefers-color-scheme: dark", 1)[1].split("}", 1)[0])
    return {"light": light, "dark": light | dark}


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(scheme: str) -> None:
    tokens = _schemes()[scheme]
    pairs = [(text, ground) for text, ground in product(("ink", "muted", "accent", *TONES), GROUNDS)]
    pairs += [(tone, f"{tone}-soft") for tone in TONES]
    pairs += [("ink", f"{tone}-soft") for tone in TONES]
    pairs += [("accent-ink", "accent"), ("muted", "none-soft")]
    poor = {pair: _contrast(tokens[pair[0]], tokens[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_borders_of_fields_and_bars_have_three_to_one(scheme: str) -> None:
    tokens = _schemes()[scheme]
    parts = ("line-strong", "accent", "good", "open")
    poor = {pair: _contrast(tokens[pair[0]], tokens[pair[1]]) for pair in product(parts, GROUNDS)}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 3} == {}


def test_colours_stand_in_tokens_only() -> None:
    rules = re.sub(r":root\s*\{[^}]*\}", "", SHEET)
    rules = re.sub(r"@media print \{.*?\n\}\n", "", rules, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,8}\b", rules) == []


def test_nothing_is_fetched_from_elsewhere() -> None:
    script = (STATIC / "verify.js").read_text(encoding="utf-8")
    for text in (SHEET, script):
        assert "http:" not in text
        assert "https:" not in text
        assert "@import" not in text
        assert "url(" not in text


def test_print_forced_colours_and_reduced_motion_are_thought_of() -> None:
    for query in ("@media print", "forced-colors: active", "prefers-color-scheme: dark", "prefers-reduced-motion"):
        assert query in SHEET
