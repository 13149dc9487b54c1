"""A small real bank for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import World

from creditbank.bootstrap import init_bank, open_bank
from creditbank.config import Settings
from creditbank.services.records import Role


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The bank as it was founded, closed: each test works on a copy of its home."""
    home = tmp_path_factory.mktemp("founded") / "bank"
    settings = Settings.load({}, home)
    init_bank(settings)
    both = frozenset({Role.PROVIDER, Role.UNIVERSITY})
    with open_bank(settings) as bank:
        university = bank.registering.register_organisation(
            name="Sample University", roles=both, frameworks=["in-ncrf"], country="IN", did="did:web:u.sample.example"
        )
        rival = bank.registering.register_organisation(
            name="Sample Rival", roles={Role.UNIVERSITY}, frameworks=["in-ncrf"], country="IN"
        )
        learner = bank.registering.register_learner(name="A sample learner", sample=True)
    return World(bank, home, university, rival, learner)


@pytest.fixture
def world(founded: World, tmp_path: Path) -> Iterator[World]:
    home = tmp_path / "bank"
    shutil.copytree(founded.home, home)
    opened = World(open_bank(Settings.load({}, home)), home, founded.university, founded.rival, founded.learner)
    yield opened
    opened.bank.close()
