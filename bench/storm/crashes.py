"""The crash table: a process dies at each failpoint, each question to the node and each commit, and another goes on.

One piece of work (two credentials issued, anchored, one of them redeemed over the API, status published, a key rotated)
is begun by a process that dies, and done by a second one from the start. Afterwards nothing may be lost, nothing be on
the chain twice, nothing be stuck, and the second process must have finished what was begun within ten seconds.
"""

import itertools
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.storm.cast import CREDITS, EARNED, Cast
from bench.storm.fleet import Fleet, control
from bench.storm.storms import Outcome
from creditbank.bootstrap import Bank, open_bank
from creditbank.config import Settings
from creditbank.ledger import audit
from creditbank.services import reads
from creditbank.services.anchoring import BANK
from creditbank.services.failpoints import NAMES
from creditbank.services.records import Attempt, AttemptState, BatchState

HEALTHY: Final = 10  # seconds
COUNTED: Final = ("rpc.asked", "rpc.answered", "commit.asked", "commit.done")
ISSUED: Final = 2
READY: Final = "ready"  # touched when a process has finished what the one before left
MANY: Final = 10**6


@dataclass(frozen=True)
class Ground:
    """A founded bank as it lies on disk, and the chain at that moment."""

    folder: Path
    environment: Mapping[str, str]
    node: str
    cast: Cast
    key: str
    nonces: Mapping[str, int]


@contextmanager
def ground_of(fleet: Fleet, cast: Cast) -> Iterator[Ground]:
    """The fleet's bank, closed and copied aside with the place where its chain stands."""
    provider = cast.provider.organisation
    key = fleet.bank.keys.signing(provider.id).multikey
    accounts = [fleet.bank.vault.chain_account(BANK), provider.account, cast.universities[0].organisation.account]
    environment = dict(fleet.servers[0].environment) if fleet.servers else dict(os.environ)
    fleet.bank.close()
    folder = Path(tempfile.mkdtemp(prefix="creditbank-crashes-"))
    try:
        shutil.copytree(fleet.settings.home, folder / "bank")
        shutil.copy(fleet.settings.home.parent / "store.db", folder / "store.db")
        nonces = {one: _nonce(fleet.node, one) for one in accounts}
        yield Ground(folder, environment, fleet.node, cast, key, nonces)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def crashes(fleet: Fleet, cast: Cast, *, sample: bool, chance: int = 500, seed: int = 1) -> Outcome:
    """The table: every point once, then so many draws in which the process that goes on dies too."""
    outcome = Outcome(f"{fleet.kind}: kill -9 at each point")
    with ground_of(fleet, cast) as ground:
        names = [name for name in NAMES if name not in COUNTED]
        points: Iterator[list[str]] = iter([[f"{name}=kill"] for name in names])
        if sample:
            points = iter([["tx.sent=kill"], ["redeem.written=kill"]])
        for one in points:
            if not _try(ground, one, outcome):
                outcome.wrong.append(f"{one[0]} was never reached")
        if sample:
            return outcome
        last = {name: _count(ground, name, outcome) for name in COUNTED}
        drawn = random.Random(seed)
        for _ in range(chance):
            names = [drawn.choice(COUNTED) for _ in range(2)]
            _try(ground, [f"{name}=kill@{drawn.randint(1, last[name])}" for name in names], outcome)
    return outcome


def _count(ground: Ground, name: str, outcome: Outcome) -> int:
    """Die at the first, the second, … time that a place is reached, until the work is done before."""
    for number in itertools.count(1):
        if not _try(ground, [f"{name}=kill@{number}"], outcome):
            return number - 1
    raise AssertionError("counting ends")


def _try(ground: Ground, points: list[str], outcome: Outcome) -> bool:
    """Let a process die at each of the points in turn and one more do the work; whether the first one died."""
    place = Path(tempfile.mkdtemp(prefix="creditbank-crash-"))
    snapshot = control(ground.node, "evm_snapshot")
    try:
        shutil.copytree(ground.folder, place, dirs_exist_ok=True)
        died = [_process(ground, place, point) == -signal.SIGKILL for point in points]
        (place / READY).unlink(missing_ok=True)
        began = time.time()
        ended = _process(ground, place, "")
        seconds = (place / READY).stat().st_mtime - began if (place / READY).exists() else 2.0 * HEALTHY
        outcome.seconds.append(seconds)
        outcome.counts["died" if died[0] else "done before"] += 1
        told = " then ".join(points)
        if ended != 0:
            outcome.wrong.append(f"after {told} the work could not be done")
            return died[0]
        outcome.wrong += [f"after {told}: {finding}" for finding in _findings(ground, place)]
        if seconds > HEALTHY:
            outcome.slow.append(f"after {told} it took {seconds:.1f} s to go on")
        return died[0]
    finally:
        control(ground.node, "evm_revert", snapshot)
        shutil.rmtree(place, ignore_errors=True)


def _process(ground: Ground, place: Path, failpoints: str) -> int:
    """Do the work in a process of its own, which may die; how it ended."""
    child = os.fork()
    if child == 0:
        ended = 1
        with suppress(BaseException):
            work(settings_of(ground, place, failpoints), ground)
            ended = 0
        os._exit(ended)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def settings_of(ground: Ground, place: Path, failpoints: str = "") -> Settings:
    """The settings of the bank as copied to `place`."""
    home = place / "bank"
    named = {"CREDITBANK_HOME": str(home), "CREDITBANK_DATABASE_URL": f"sqlite:///{place / 'store.db'}"}
    return replace(Settings.load({**ground.environment, **named}, home), failpoints=failpoints)


def work(settings: Settings, ground: Ground) -> None:
    """Everything from the start; what was done before is not done again."""
    from starlette.testclient import TestClient

    from creditbank_api.app import create_app
    from creditbank_api.limits import Limits

    cast = ground.cast
    provider, university = cast.provider.organisation, cast.universities[0]
    with open_bank(settings) as bank:
        bank.resume()
        (settings.home.parent / READY).touch()
        for number in range(ISSUED):
            issued = bank.issuing.issue(
                f"crash-{number}",
                organisation=provider.id,
                learner=cast.learner.id,
                achievement=cast.unit.id,
                version=cast.unit.version,
                earned=EARNED,
            )
        bank.anchoring.seal()
        bank.anchoring.settle()
        with bank.store.transaction() as tx:
            (lot,) = [lot.id for lot in tx.lots_of(cast.learner.id) if lot.credential == issued.id]
        app = create_app(bank, limits=Limits(requests=MANY, verifications=MANY, failed_tokens=MANY))
        headers = {"Authorization": f"Bearer {university.token}", "Idempotency-Key": "crash-redemption"}
        body = {"uses": [{"lot": lot, "amount": "4"}], "award": "urn:uuid:00000000-0000-4000-8000-000000000001"}
        with TestClient(app, base_url=settings.base_url) as client:
            for _ in range(60):
                answer = client.post("/v1/redemptions", json=body, headers=headers)
                if answer.status_code != 409:
                    break
                time.sleep(0.25)
        assert answer.status_code == 201, answer.text
        bank.issuing.refresh_status(provider.id)
        bank.status_roots.publish()
        bank.keys.replace(provider.id, ground.key)
        bank.anchoring.settle()


def _findings(ground: Ground, place: Path) -> Iterator[str]:
    """What was lost, what is there twice, what is stuck."""
    cast = ground.cast
    with open_bank(settings_of(ground, place)) as bank:
        with bank.store.transaction() as tx:
            batches, (lots, entries, heads) = tx.batches(), tx.journal()
            attempts = [one for account in ground.nonces for one in tx.attempts_from(account, ground.nonces[account])]
            receipts = [tx.find_receipt(lot.credential) for lot in tx.lots_of(cast.learner.id)]
            busy, open_ones = tx.senders_in_flight(), tx.open_redemptions()
            keys = tx.keys_of(cast.provider.organisation.id)
        if len(receipts) != ISSUED or None in receipts:
            found = [one is not None for one in receipts]
            yield f"of {ISSUED} credentials {len(receipts)} are there, with receipts: {found}"
        if any(batch.state is not BatchState.FINAL for batch in batches):
            yield "a batch is not final"
        yield from _twice(ground, bank, attempts)
        if busy or open_ones:
            yield f"{len(busy)} accounts and {len(open_ones)} redemptions are stuck"
        if faults := audit(lots, entries, heads=heads):
            yield f"the ledger does not add up: {faults[0].sentence}"
        for lot in lots:
            use = reads.lot_use(bank.chain, bytes.fromhex(lot.id[2:]))
            if (0 if use is None else use.spent.thousandths) != lot.redeemed.thousandths:
                yield "ledger and chain differ"
        if sum(lot.redeemed.thousandths for lot in lots) != 1000 * CREDITS:
            yield "not exactly one unit is redeemed"
        if len([key for key in keys if key.state == "current"]) != 1 or len(keys) != 2:
            yield f"the keys stand as {[str(key.state) for key in keys]}"


def _twice(ground: Ground, bank: Bank, attempts: list[Attempt]) -> Iterator[str]:
    for account, before in ground.nonces.items():
        mined = [one for one in attempts if one.sender == account and one.state is AttemptState.MINED]
        if (went := _nonce(ground.node, account) - before) != len(mined):
            yield f"an account sent {went} transactions and knows of {len(mined)}"
        twice = [purpose for purpose, count in Counter(one.purpose for one in mined).items() if count > 1]
        if twice:
            yield f"{twice[0].partition(':')[0]} was sent twice"


def _nonce(node: str, account: str) -> int:
    return int(control(node, "eth_getTransactionCount", account, "latest"), 16)
