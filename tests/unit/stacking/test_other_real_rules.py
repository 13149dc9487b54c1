"""English honours, the New Zealand diploma and the EHEA master (facts 2.3, 6.4, 6.5, 6.7), by hand."""

import pytest
from stacking_samples import load, setting_of, unit

from creditbank.credential import Level
from creditbank.stacking import Evaluation, Setting, evaluate

HONOURS = "qualifications/uk-fheq/2021/bachelor-honours.yaml"
DIPLOMA = "qualifications/nz-nzqcf/2022/diploma-5.yaml"
MASTER = "qualifications/ehea-qf/2018/master.yaml"


def setting() -> Setting:
    base = setting_of()
    more = [load(f"frameworks/{name}.yaml") for name in ("nz-nzqcf", "ehea-qf")]
    return Setting(base.date, base.awarding, {**base.frameworks, **{item.id: item for item in more}}, base.systems)


def weigh(path: str, *counts: tuple[str, int], size: str) -> Evaluation:
    """Weigh so many units of one size at each level."""
    qualification = load(path)
    candidates = [
        unit(f"{level}-{index}", size, system=qualification.credit_system, level=Level(qualification.framework, level))
        for level, count in counts
        for index in range(count)
    ]
    return evaluate(qualification, candidates, setting())


@pytest.mark.parametrize(
    ("path", "counts", "size", "adds_up"),
    [
        (HONOURS, [("4", 8), ("5", 8), ("6", 8)], "15", True),  # 120 at each level
        (HONOURS, [("4", 9), ("5", 9), ("6", 6)], "15", True),  # 360, of which exactly 90 at level 6
        (HONOURS, [("4", 9), ("5", 10), ("6", 5)], "15", False),  # 360, of which 75 at level 6
        (HONOURS, [("4", 8), ("5", 8), ("6", 7)], "15", False),  # 345
        (HONOURS, [("4", 9), ("5", 9), ("7", 6)], "15", True),  # level 7 is above level 6
        (DIPLOMA, [("4", 4), ("5", 6)], "12", True),  # 120, of which 72 at level 5
        (DIPLOMA, [("4", 5), ("5", 5)], "12", False),  # 120, of which 60 at level 5
        (DIPLOMA, [("3", 4), ("5", 6)], "12", False),  # level 3 is not admitted
        (DIPLOMA, [("10", 10)], "12", True),  # 10 is above 5, though not as text
        (MASTER, [("first", 6), ("second", 12)], "5", True),  # 90, of which 60 in the second cycle
        (MASTER, [("first", 7), ("second", 11)], "5", False),
    ],
)
def test_totals_and_level_minima(path: str, counts: list[tuple[str, int]], size: str, *, adds_up: bool) -> None:
    assert weigh(path, *counts, size=size).adds_up is adds_up


def test_what_lacks_at_the_level_is_named() -> None:
    found = weigh(HONOURS, ("4", 9), ("5", 10), ("6", 5), size="15")
    assert found.conflict is not None
    assert found.conflict.sentence == (
        "You have 75 credits that can count for «At least 90 credits at level 6», and 90 credits are needed."
    )
    assert found.gap is not None
    assert found.gap.sentence == "At least 15 credits are missing, for «At least 90 credits at level 6»."
