"""A small ladder of rules of the tests' own, in Indian credits, known to a bank beside those that are shipped."""

from typing import Any

from worlds import World, unit

from creditbank.adapters.catalogue import Catalogue
from creditbank.framework import Qualification
from creditbank.ledger import audit


def rules(id: str, credits: str, absorbs: list[str], *, whole: bool = True) -> Qualification:
    place = {"id": "units", "title": "Units", "kind": "requirement", "credits_at_least": credits}
    return Qualification.model_validate(
        {
            "document": "creditbank/qualification/v1",
            "id": id,
            "version": "1",
            "title": f"Sample {id}",
            "framework": "in-ncrf",
            "credit_system": "in-ncrf",
            "valid_from": "2020-01-01",
            "confidence": "H",
            "summary": "Made for tests.",
            "sources": [{"name": "made for tests"}],
            "absorbs": absorbs,
            "admits": {"frameworks": ["in-ncrf"], "whole_units": whole},
            "requires": {"id": "root", "title": "All of it", "kind": "all", "of": [place]},
        }
    )


LADDER = {
    "sample-lower": rules("sample-lower", "8", []),
    "sample-upper": rules("sample-upper", "12", ["sample-lower"]),
    "sample-small": rules("sample-small", "4", ["sample-lower"]),
    "sample-part": rules("sample-part", "6", ["sample-lower"], whole=False),
    "sample-parts": rules("sample-parts", "5", [], whole=False),
    "sample-above-parts": rules("sample-above-parts", "7", ["sample-parts"], whole=False),
}


def install(patch: Any) -> None:
    """Let every catalogue know the ladder."""
    real = Catalogue.qualification

    def known(self: Catalogue, id: str, version: str | None = None) -> Qualification:
        return LADDER.get(id) or real(self, id, version)

    patch.setattr(Catalogue, "qualification", known)


def more(world: World, count: int) -> None:
    """So many further units of four credits, anchored."""
    for number in range(count):
        achievement = unit(f"more{number}")
        world.publish(achievement)
        world.issue(achievement, f"more-{number}")
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()


def sound(world: World) -> bool:
    """Whether an auditor finds no fault in the ledger."""
    with world.bank.store.transaction() as tx:
        lots, entries, heads = tx.journal()
    return audit(lots, entries, heads=heads) == []
