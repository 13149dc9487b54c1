"""How long the bank waits for an evaluation is a setting, and no value switches the wait off."""

from pathlib import Path

import pytest

from creditbank.config import BadSettings, Settings


def test_it_is_half_a_minute_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    assert Settings.load({}, tmp_path).evaluation_deadline == 30
    (tmp_path / "bank.toml").write_text("evaluation_deadline = 5\n")
    assert Settings.load({}, tmp_path).evaluation_deadline == 5
    assert Settings.load({"CREDITBANK_EVALUATION_DEADLINE": "600"}, tmp_path).evaluation_deadline == 600


@pytest.mark.parametrize("value", ["0", "601", "-1", "soon", "1.5", "inf"])
def test_none_at_all_and_one_that_never_comes_are_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadSettings) as refusal:
        Settings.load({"CREDITBANK_EVALUATION_DEADLINE": value}, tmp_path)
    assert refusal.value.place == "CREDITBANK_EVALUATION_DEADLINE"
    assert "docs/settings.md" in refusal.value.next_step
