"""Puts this folder on the path, so that its tests can share `verification_samples`."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from verification_samples import AwardWorld, World, make_award_world, make_world


@pytest.fixture
def world() -> World:
    """A credential with everything a verifier needs to accept it."""
    return make_world()


@pytest.fixture
def award_world() -> AwardWorld:
    """An award over two credentials with everything a verifier needs to accept it."""
    return make_award_world()
