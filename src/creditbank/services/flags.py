"""Which awards count credits of a credential that is revoked, and who is told so (threat 34)."""

from typing import Final

from creditbank.canonical import JsonObject
from creditbank.ledger import Lot
from creditbank.services.ledger_records import Hold, RedemptionState
from creditbank.services.noticing import Noticing, to_learner, to_organisation
from creditbank.services.ports import Entropy, Transaction
from creditbank.services.records import AwardState
from creditbank.services.standing_records import AwardFlag, FlagPolicy, FlagState

DEFAULT: Final = FlagPolicy.REVIEW
"""The policy of a university that has stated none."""


def flag_awards(tx: Transaction, lot: Lot, credential: str, reason: str, noticing: Noticing, entropy: Entropy) -> None:
    """Flag every award that counts credits of a lot whose credential is revoked just now, and tell whom it concerns."""
    for hold in tx.holds_of(lot.id):
        for body in _bodies(tx, hold) if hold.redeemed else ():
            policy = tx.policy_of(body) or DEFAULT
            flag = AwardFlag(
                entropy.urn(),
                hold.award,
                body,
                lot.account,
                lot.id,
                credential,
                policy,
                reason,
                FlagState.OPEN,
                noticing.now(),
            )
            if tx.add_flag(flag):
                told: JsonObject = {"flag": flag.id, "award": flag.award, "credential": credential}
                told["policy"] = str(policy)
                noticing.tell(tx, to_organisation(flag.organisation), "award-flagged", told)
                noticing.tell(tx, to_learner(flag.learner), "award-flagged", told)


def _bodies(tx: Transaction, hold: Hold) -> list[str]:
    """Whose awards of this name count the lot: a name is each body's own, and each is told of its award."""
    made = tx.find_award(hold.award)
    posted = [one for one in tx.redemptions_for(hold.award) if one.state is RedemptionState.POSTED]
    bodies = {one.organisation for one in posted if any(use.lot == hold.lot for use in one.uses)}
    if made is not None and made.state is not AwardState.REVERSED and hold.lot in dict(made.uses):
        bodies.add(made.organisation)
    return sorted(bodies)
