"""The shortest path looks at what a unit would be: all that its credential will sign, and no grade."""

from dataclasses import replace
from pathlib import Path

import pytest
from worlds import World, unit

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.credential import Target
from creditbank.stacking import Evaluation

RULES = """
document: creditbank/qualification/v1
id: in-ncrf-sample-offers
version: "1"
title: Sample of rules that describe a unit
framework: in-ncrf
credit_system: in-ncrf
valid_from: 2020-01-01
confidence: H
summary: Four credits of a described unit.
sources:
  - name: made for a test
grading:
  letters:
    grades:
      - code: F
      - code: A
admits:
  frameworks: [in-ncrf]
requires:
  id: sample
  title: The sample
  kind: all
  of:
    - id: units
      title: Four credits
      kind: requirement
      credits_at_least: "4"
      where:
        {where}
"""


def weigh(world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> Evaluation:
    """Weigh a learner without units, under rules that ask for one unit like this."""
    folder.mkdir(exist_ok=True)
    (folder / "offers.yaml").write_text(RULES.replace("{where}", where))
    catalogue = Catalogue.load(builtin_data("frameworks"), folder)
    monkeypatch.setattr(world.bank.evaluating, "_catalogue", catalogue)
    _, evaluation = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification="in-ncrf-sample-offers", organisation=world.university.id
    )
    return evaluation


@pytest.mark.parametrize(
    ("where", "offered"),
    [
        ('field: ["06"]', True),
        ('field: ["07"]', False),
        ("dimension: [skills]", True),
        ("language: [en]", True),
        ("language: [ko]", False),
        ("country: [IN]", True),
        ("country: [KR]", False),
        ("achievement_type: [MicroCredential]", True),
        ("achievement_type: [Course]", False),
        ("grade: {scale: letters}", False),
    ],
)
def test_an_offer_fits_what_its_credential_will_say(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, *, offered: bool
) -> None:
    world.publish(replace(unit("offer"), fields=(Target("0612", "Database and network design and administration"),)))
    path = weigh(world, tmp_path / "rules", monkeypatch, where).path
    assert (path is not None) is offered
