"""The crash table: a process dies at each failpoint, each question to the node and each commit, and another goes on.

One piece of work (two credentials issued, anchored, one of them redeemed over the API, status published, a key rotated)
is begun by a process that dies by SIGKILL, and done by a second one from the start. Afterwards nothing may be lost,
nothing be on the chain twice, nothing be stuck, and the second process must have finished what was begun within ten
seconds. Processes are forked from one that has imported everything, so that a death costs what the work costs; how long
a process takes to import is measured once and counted with every start. Blocks come only while somebody waits for one,
so that a death finds transactions in every state, and half of those that are drawn by chance have the node forget what
it was sent, take its newest block back, or make one, between two processes.
"""

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, make_url, text

from bench.storm.cast import CREDITS, EARNED, Cast
from bench.storm.fleet import Fleet, control
from bench.storm.storms import Outcome
from creditbank import bootstrap
from creditbank.bootstrap import Bank, open_bank
from creditbank.config import Settings
from creditbank.ledger import audit
from creditbank.services import reads
from creditbank.services.anchoring import BANK
from creditbank.services.failpoints import FAILPOINTS, NAMES
from creditbank.services.records import Attempt, AttemptState, BatchState

HEALTHY: Final = 10  # seconds
COUNTED: Final = ("rpc.asked", "rpc.answered", "commit.asked", "commit.done")
BETWEEN: Final = ("evm_mine", "anvil_dropAllTransactions", "anvil_reorg")
ISSUED: Final = 2
READY: Final = "ready"  # touched when a process has finished what the one before left
REACHED: Final = "reached"  # how often it reached each place
NEVER: Final = 999_999
PARTS: Final = ("points", "draws")
SAID: Final = "said"  # what a process that failed has to say
MANY: Final = 10**6
QUICK: Final = 60  # so many waits for a block are short; who waits for longer waits for the end of a lease
IMPORTS: Final = "import creditbank.bootstrap, creditbank_api.app"


@dataclass(frozen=True)
class Ground:
    """A founded bank as it lies on disk, and the chain at that moment."""

    folder: Path
    database: str
    environment: Mapping[str, str]
    node: str
    cast: Cast
    key: str
    nonces: Mapping[str, int]
    importing: float


@dataclass(frozen=True)
class Place:
    """A copy of the bank that processes die over."""

    folder: Path
    database: str
    height: int


@contextmanager
def ground_of(fleet: Fleet, cast: Cast) -> Iterator[Ground]:
    """The fleet's bank, closed and copied aside with the place where its chain stands."""
    provider = cast.provider.organisation
    key = fleet.bank.keys.signing(provider.id).multikey
    accounts = [fleet.bank.vault.chain_account(BANK), provider.account, cast.universities[0].organisation.account]
    environment = dict(fleet.servers[0].environment) if fleet.servers else dict(os.environ)
    fleet.bank.close()
    folder = Path(tempfile.mkdtemp(prefix="creditbank-crashes-"))
    control(fleet.node, "evm_setAutomine", False)
    try:
        shutil.copytree(fleet.settings.home, folder / "bank")
        if fleet.kind == "sqlite":
            shutil.copy(fleet.settings.home.parent / "store.db", folder / "store.db")
        else:
            _server(fleet.settings.database_url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        nonces = {one: _nonce(fleet.node, one) for one in accounts}
        database, importing = fleet.settings.database_url, _importing(environment)
        yield Ground(folder, database, environment, fleet.node, cast, key, nonces, importing)
    finally:
        control(fleet.node, "evm_setAutomine", True)
        shutil.rmtree(folder, ignore_errors=True)


def _importing(environment: Mapping[str, str]) -> float:
    """Seconds in which a process of its own has imported the bank and the API, of three: no fork pays for it."""
    taken = []
    for _ in range(3):
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", IMPORTS], env=dict(environment), check=True)
        taken.append(time.monotonic() - began)
    return min(taken)


def _server(url: str, *statements: str) -> None:
    """Ask the database server something that stands above its databases; it does not die here, so it need not sync."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg", database="template1"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@contextmanager
def copied(ground: Ground) -> Iterator[Place]:
    """The bank as it was founded, in a place of its own; afterwards its chain stands where it stood."""
    folder = Path(tempfile.mkdtemp(prefix="creditbank-crash-"))
    server = ground.database.startswith("postgresql")
    database, name = f"sqlite:///{folder / 'store.db'}", folder.name.replace("-", "_").lower()
    snapshot = control(ground.node, "evm_snapshot")
    try:
        shutil.copytree(ground.folder, folder, dirs_exist_ok=True)
        if server:
            template = make_url(ground.database)
            _server(ground.database, f'CREATE DATABASE "{name}" TEMPLATE "{template.database}"')
            database = template.set(database=name).render_as_string(hide_password=False)
        yield Place(folder, database, _height(ground.node))
    finally:
        control(ground.node, "anvil_dropAllTransactions")
        control(ground.node, "evm_revert", snapshot)
        shutil.rmtree(folder, ignore_errors=True)
        if server:
            _server(ground.database, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def crashes(
    fleet: Fleet, cast: Cast, *, sample: bool, chance: int = 500, seed: int = 1, only: Sequence[str] = ()
) -> Outcome:
    """The table: every point once, then so many draws in which the process that goes on dies too.

    `only` one of the two where it says `points` or `draws`.
    """
    import starlette.testclient  # noqa: F401 - so that no process that is forked has to

    import creditbank_api.app  # noqa: F401

    parts = [part for part in PARTS if part in only] or PARTS
    outcome = Outcome(f"{fleet.kind}: kill -9 at each point")
    with ground_of(fleet, cast) as ground:
        outcome.notes.append(f"{ground.importing:.1f} s of each start are imports")
        if sample:
            _points(ground, ["tx.sent", "redeem.written"], outcome)
            return outcome
        if "points" in parts:
            _points(ground, [name for name in NAMES if name not in COUNTED], outcome)
            last = {name: _count(ground, name, outcome) for name in COUNTED}
            outcome.notes.append(", ".join(f"{count} {name}" for name, count in last.items()))
        if "draws" in parts:
            _draws(ground, chance, random.Random(seed), outcome)
    return outcome


def _points(ground: Ground, names: Sequence[str], outcome: Outcome) -> None:
    for name in names:
        if not _try(ground, [f"{name}=kill"], outcome):
            outcome.wrong.append(f"{name} was never reached")


def _draws(ground: Ground, chance: int, drawn: random.Random, outcome: Outcome) -> None:
    """So many times two deaths at places drawn by chance, and what the node does after them."""
    last = _recorded(ground)
    for _ in range(chance):
        places = [drawn.choice(COUNTED) for _ in range(2)]
        points = [f"{name}=kill@{drawn.randint(1, last[name])}" for name in places]
        between = [drawn.choice(BETWEEN) if drawn.random() < 0.5 else "" for _ in points]
        _try(ground, points, outcome, between)
    outcome.notes.append(f"{chance} draws")


def _recorded(ground: Ground) -> dict[str, int]:
    """How often each counted place is reached while the work is done once."""
    with copied(ground) as place:
        _process(ground, place, ",".join(f"{name}=error@{NEVER}" for name in COUNTED))
        counted: dict[str, int] = json.loads((place.folder / REACHED).read_text())
    return counted


def _count(ground: Ground, name: str, outcome: Outcome) -> int:
    """Die at the first, the second, … time that a place is reached, until the work is done before."""
    for number in itertools.count(1):
        if not _try(ground, [f"{name}=kill@{number}"], outcome):
            return number - 1
    raise AssertionError("counting ends")


def _try(ground: Ground, points: Sequence[str], outcome: Outcome, between: Sequence[str] = ()) -> bool:
    """Let a process die at each of the points in turn and one more do the work; whether the first one died.

    `between` is what the node does after each death.
    """
    with copied(ground) as place:
        died = []
        for point, happens in itertools.zip_longest(points, between, fillvalue=""):
            died.append(_process(ground, place, point) == -signal.SIGKILL)
            if happens and (happens != "anvil_reorg" or _height(ground.node) > place.height):
                control(ground.node, happens, *([1, []] if happens == "anvil_reorg" else ()))
        (place.folder / READY).unlink(missing_ok=True)
        began = time.time()
        ended = _process(ground, place, "")
        ready = place.folder / READY
        seconds = ground.importing + ready.stat().st_mtime - began if ready.exists() else 2.0 * HEALTHY
        outcome.seconds.append(seconds)
        outcome.counts["died" if died[0] else "done before"] += 1
        pairs = itertools.zip_longest(points, between, fillvalue="")
        told = " then ".join(f"{point} {event}".strip() for point, event in pairs)
        if ended != 0:
            said = (place.folder / SAID).read_text() if (place.folder / SAID).exists() else ""
            found = [f"the work could not be done: {said}"]
        else:
            found = list(_findings(ground, place))
        outcome.wrong += [f"after {told}: {finding}" for finding in found]
        if seconds > HEALTHY:
            outcome.slow.append(f"after {told} it took {seconds:.1f} s to go on")
        for finding in found:  # the table is long: whoever waits for it sees at once where it fails
            sys.stderr.write(f"after {told}: {finding}\n")
        if len(outcome.seconds) % 25 == 0:
            sys.stderr.write(f"{outcome.line()}\n")
        return died[0]


def _process(ground: Ground, place: Place, failpoints: str) -> int:
    """Do the work in a process of its own, which may die; how it ended."""
    child = os.fork()
    if child == 0:
        ended = 1
        try:
            work(settings_of(ground, place, failpoints), ground)
            (place.folder / REACHED).write_text(json.dumps(FAILPOINTS.reached()))
            ended = 0
        except BaseException:
            with suppress(OSError):
                (place.folder / SAID).write_text(traceback.format_exc()[-1500:])
        os._exit(ended)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def settings_of(ground: Ground, place: Place, failpoints: str = "") -> Settings:
    """The settings of the bank as copied to `place`; a block is final with one more on it."""
    home = place.folder / "bank"
    named = {"CREDITBANK_HOME": str(home), "CREDITBANK_DATABASE_URL": place.database}
    named["CREDITBANK_FINALITY_DEPTH"] = "1"
    return replace(Settings.load({**ground.environment, **named}, home), failpoints=failpoints)


def work(settings: Settings, ground: Ground) -> None:
    """Everything from the start; what was done before is not done again."""
    from starlette.testclient import TestClient

    from creditbank_api.app import create_app
    from creditbank_api.limits import Limits

    waits = itertools.count()

    def wait(seconds: float) -> None:
        control(ground.node, "evm_mine")
        time.sleep(seconds if next(waits) > QUICK else 0.02)

    bootstrap.pause = wait  # whoever waits for a block gets one
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


def _findings(ground: Ground, place: Place) -> Iterator[str]:
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


def _height(node: str) -> int:
    return int(control(node, "eth_blockNumber"), 16)


def _nonce(node: str, account: str) -> int:
    return int(control(node, "eth_getTransactionCount", account, "latest"), 16)
