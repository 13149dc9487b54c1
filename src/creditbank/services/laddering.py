"""Which lower awards a learner could give up, and what of which lot counts for them."""

from collections.abc import Collection

from creditbank.ledger import counted
from creditbank.services.ports import Catalogue, Transaction
from creditbank.services.records import AwardState
from creditbank.stacking import Held


def held_for_lower(
    tx: Transaction, catalogue: Catalogue, learner: str, absorbed: Collection[str]
) -> dict[str, tuple[Held, ...]]:
    """For each lot, what of it counts for awards of qualifications (by id) that rules absorb, as the ledger has it."""
    awards = {
        award.id: award
        for award in (tx.awards_of(learner) if absorbed else ())
        if award.state is AwardState.POSTED and award.qualification in absorbed
    }
    found: dict[str, tuple[Held, ...]] = {}
    for (lot, name), amount in sorted(counted(tx.entries_about(learner)).items() if awards else ()):
        if name in awards:
            award = awards[name]
            by = tx.get_organisation(award.organisation).did
            title = catalogue.qualification(award.qualification, award.version).title
            found[lot] = (*found.get(lot, ()), Held(name, award.qualification, amount, by, title))
    return found
