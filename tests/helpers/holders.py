"""A bank that several tests share, with a learner, a number and units for each test alone."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from worlds import World, unit

from creditbank.bootstrap import open_bank
from creditbank.config import Settings
from creditbank.credential import Achievement
from creditbank.services.records import IssuedCredential


def copied(founded: World, home: Path, env: dict[str, str] | None = None) -> World:
    """The founded bank, opened in a folder of its own."""
    shutil.copytree(founded.home, home)
    return replace(founded, bank=open_bank(Settings.load(env or {}, home)), home=home)


def for_one(shared: World) -> World:
    """The shared bank, seen by a learner that no other test has."""
    return replace(shared, learner=shared.bank.registering.register_learner(name="A sample learner", sample=True))


def mark(world: World) -> str:
    """What tells the things of this test from those of others."""
    return world.learner.id[-12:]


def own_unit(world: World, slug: str = "u0") -> Achievement:
    """A unit that is published for this test alone."""
    made = unit(f"{mark(world)}-{slug}")
    with world.bank.store.transaction() as tx:
        known = tx.find_achievement(made.id, made.version)
    if known is None:
        world.publish(made)
    return made


def given(world: World, slug: str = "u0") -> IssuedCredential:
    """A credential of such a unit, issued to the learner of this test."""
    return world.issue(own_unit(world, slug), f"{mark(world)}-{slug}")


def asked(world: World, slug: str = "u0") -> dict[str, Any]:
    """What a provider asks for that knows the learner under a number."""
    wanted = own_unit(world, slug)
    return {
        "organisation": world.university.id,
        "number": mark(world),
        "achievement": wanted.id,
        "version": wanted.version,
        "earned": date(2025, 6, 2),
    }
