"""A process of its own that, for one lot after another, redeems what it had reserved, or lets the time run out.

`python lapser.py <url> redeem|lapse <rounds>` prints one JSON object a round, as each line on its input lets it begin.
Who redeems is a moment before the end of the reservation and dies, as far as anybody can tell, with the intent written:
the chain never answers. Who lapses is a moment after it, and holds what came free for another body at once.
"""

import json
import random
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from creditbank.adapters.store import SqlStore
from creditbank.adapters.store.transaction import SqlTransaction
from creditbank.adapters.system import SystemEntropy
from creditbank.canonical import sha256
from creditbank.errors import CreditBankError
from creditbank.ledger import Lot
from creditbank.services import redeeming
from creditbank.services.noticing import Noticing
from creditbank.services.ports import ChainUnavailable
from creditbank.services.records import Learner, Organisation, Role
from creditbank.services.redeeming import Redeeming
from creditbank.services.reserving import Reserving
from creditbank.services.spending import Spending
from creditbank.units import CreditAmount, Credits

UNTIL: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
BODY: Final = Organisation(
    "urn:uuid:body", "Sample University", "did:web:one.example", frozenset({Role.UNIVERSITY}), (), "IN", True, "0x1",
    UNTIL - timedelta(days=1),
)  # fmt: skip
RIVAL: Final = replace(BODY, id="urn:uuid:rival", did="did:web:two.example", account="0x2")
LEARNER: Final = Learner("urn:uuid:learner", "did:key:z6Mk1", "Sample Learner", True, BODY.created)
FIVE: Final = Credits.parse("5")
HELD: Final = SqlTransaction.held_reservations


def lot_of(number: int) -> Lot:
    """The lot of a round."""
    name = f"urn:uuid:credential-{number}"
    return Lot.of(
        account=LEARNER.id,
        credential=name,
        issuer=BODY.did,
        first_issue=name,
        amount=CreditAmount("in-ncrf", FIVE),
        opened=BODY.created,
    )


class Standing:
    """A clock that stands."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """The moment at which it stands."""
        return self._now


class Silent(Spending):
    """The chain never answers, so that what was written down stays as it is."""

    def settle(self, key: str, awarder: Organisation) -> Any:
        """Raise `ChainUnavailable`."""
        raise ChainUnavailable("The node does not answer.")


def dawdle(_: str) -> None:
    """Another process gets its chance here."""
    time.sleep(random.random() / 200)


def slowly(self: SqlTransaction, *asked: Any, **more: Any) -> Any:
    """What is held, by the time that it is known."""
    found = HELD(self, *asked, **more)
    dawdle("")
    return found


def bank(store: SqlStore, now: datetime) -> tuple[Redeeming, Reserving]:
    """The two services at a moment, for bodies that the chain was seen to admit just now."""
    clock, entropy, nobody = Standing(now), SystemEntropy(), Any
    spending = Silent(store, nobody, nobody, clock, entropy, lambda _: None)  # type: ignore[arg-type]
    made = Redeeming(store, nobody, nobody, spending, clock)  # type: ignore[arg-type]
    made._seen_admitted |= {one.id: (one.account, now) for one in (BODY, RIVAL)}
    return made, Reserving(store, made, Noticing(store, clock, entropy), clock)


def redeem(store: SqlStore, number: int) -> str:
    """Count for the award what was reserved for it: `written`, or how that was refused."""
    redeems, _ = bank(store, UNTIL - SECOND)
    try:
        redeems.redeem(f"redeem-{number}", lot=lot_of(number).id, amount=FIVE, award=f"award-{number}", by=BODY.id)
    except ChainUnavailable:
        return "written"
    except CreditBankError as error:
        return error.slug
    return "more than was asked"


def lapse(store: SqlStore, number: int) -> str:
    """Let the time run out, and hold for another body whatever is free: `held`, or how that was refused."""
    _, holds = bank(store, UNTIL + SECOND)
    holds.lapse()
    try:
        until = UNTIL + timedelta(days=1)
        holds.reserve(
            f"rival-{number}", lot=lot_of(number).id, amount=FIVE, award=f"theirs-{number}", until=until, by=RIVAL.id
        )
    except CreditBankError as error:
        return error.slug
    return "held"


def main() -> None:
    """Do the rounds."""
    url, role, rounds = sys.argv[1:4]
    act = {"redeem": redeem, "lapse": lapse}[role]
    random.seed(sha256(role.encode()).hex())
    redeeming.reach = dawdle  # type: ignore[attr-defined]
    SqlTransaction.held_reservations = slowly  # type: ignore[assignment]
    store = SqlStore.open(url)
    print("ready", flush=True)
    for number in range(int(rounds)):
        sys.stdin.readline()
        dawdle("")
        print(json.dumps(act(store, number)), flush=True)
    store.close()


if __name__ == "__main__":
    main()
