"""A small real bank for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import World

from creditbank.bootstrap import init_bank, open_bank
from creditbank.config import Settings
from creditbank.services.records import Role


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    settings = Settings.load({}, tmp_path / "bank")
    init_bank(settings)
    bank = open_bank(settings)
    both = frozenset({Role.PROVIDER, Role.UNIVERSITY})
    university = bank.registering.register_organisation(
        name="Sample University", roles=both, frameworks=["in-ncrf"], country="IN", did="did:web:u.sample.example"
    )
    rival = bank.registering.register_organisation(
        name="Sample Rival", roles={Role.UNIVERSITY}, frameworks=["in-ncrf"], country="IN"
    )
    learner = bank.registering.register_learner(name="A sample learner", sample=True)
    opened = World(bank, tmp_path / "bank", university, rival, learner)
    yield opened
    opened.bank.close()
