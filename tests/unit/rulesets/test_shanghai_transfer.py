"""What the Shanghai credit bank lets through to academic credits."""

import pytest
from ruleset_samples import rules, unit, weigh

ID = "cn-shcb-academic-transfer"


@pytest.mark.parametrize(
    ("categories", "transfers"),
    [
        (["academic"], True),
        (["listed-certificate"], True),
        (["vocational"], False),
        (["culture-leisure"], False),
        (["academic", "culture-leisure"], False),
        ([], False),
    ],
)
def test_academic_learning_and_listed_certificates_transfer_and_leisure_never(
    categories: list[str], *, transfers: bool
) -> None:
    qualification = rules(ID)
    candidate = unit(qualification, "it", "3", categories=[f"cn-shcb:{name}" for name in categories])
    found = weigh(qualification, [candidate])
    assert found.adds_up is transfers
    if not transfers:
        assert len(found.not_counted) == 1


def test_no_total_is_made_up() -> None:
    numbers = [
        getattr(node, name)
        for _, node in rules(ID).nodes()
        for name in ("credits_at_least", "credits_at_most", "share_at_least", "share_at_most")
        if getattr(node, name, None) is not None
    ]
    assert numbers == []
    assert "how-much" in {check.id for check in rules(ID).checked_by_people}
