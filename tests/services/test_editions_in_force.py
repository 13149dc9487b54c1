"""A sum goes by the edition of a framework that is in force on its day, not by the newest that is known."""

from pathlib import Path

import pytest
from worlds import World

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.framework import Framework, document_digest


def with_an_edition_to_come(folder: Path, first_day: str) -> Catalogue:
    """The shipped documents, and an edition of the Indian framework that begins on `first_day`."""
    shipped = Catalogue.load(builtin_data("frameworks")).framework("in-ncrf")
    later = shipped.model_copy(
        update={"version": "next", "valid_from": first_day, "supersedes": shipped.version, "sources": shipped.sources}
    )
    folder.mkdir()
    (folder / "next.json").write_text(
        Framework.model_validate(later.model_dump()).model_dump_json(exclude_defaults=True)
    )
    return Catalogue.load(builtin_data("frameworks"), folder)


def weighed_by(world: World, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> str:
    """The version of the framework that an evaluation of today names."""
    monkeypatch.setattr(world.bank.evaluating, "_catalogue", catalogue)
    _, evaluation = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification="in-ncrf-ug-certificate", organisation=world.university.id
    )
    (version,) = [ref.version for ref in evaluation.documents if ref.id == "in-ncrf"]
    return version


def test_an_edition_that_is_not_in_force_yet_weighs_nothing(world, tmp_path, monkeypatch):
    assert weighed_by(world, with_an_edition_to_come(tmp_path / "more", "2190-01-01"), monkeypatch) == "2023"


def test_an_edition_in_force_weighs(world, tmp_path, monkeypatch):
    assert weighed_by(world, with_an_edition_to_come(tmp_path / "more", "2024-01-01"), monkeypatch) == "next"


def test_a_trust_file_lists_every_edition(world, tmp_path, monkeypatch):
    catalogue = with_an_edition_to_come(tmp_path / "more", "2190-01-01")
    monkeypatch.setattr(world.bank.trusting, "_catalogue", catalogue)
    listed = {rule.digest for rule in world.bank.trusting.export().rules}
    assert {document_digest(one) for one in catalogue.editions("in-ncrf")} <= listed
    assert len(catalogue.editions("in-ncrf")) > 1
