"""The crash table: a process dies at each failpoint, each question to the node and each commit, and another goes on.

The work (two credentials issued, anchored, one of them redeemed over the API, status published, a key rotated) goes
step by step. Each step is begun by a process that dies by SIGKILL, and done by a second one from the start. Afterwards
nothing may be lost, nothing be on the chain twice, nothing be stuck, and the second process must have finished what was
begun within ten seconds. Then come deaths that are drawn by chance: two in a row, after half of which the node forgets
what it was sent, takes its newest block back, or makes one; who comes third does all that is left of the work.

Processes are forked from one that has imported everything, so that a death costs what a step costs; the CPU time that a
process takes to import is measured once and counted with every start. Blocks come only while somebody waits for one, so
that a death finds transactions in every state.
"""

import itertools
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
SAID: Final = "said"  # what a process that failed has to say
ANCHORED, REDEEMED, ROTATED = 2, 3, 5  # what is there after so many steps
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


Step = Callable[[Bank, Ground], None]


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
        database = f"sqlite:///{folder / 'store.db'}" if fleet.kind == "sqlite" else fleet.settings.database_url
        importing = _importing(environment)
        yield Ground(folder, database, environment, fleet.node, cast, key, nonces, importing)
    finally:
        control(fleet.node, "evm_setAutomine", True)
        shutil.rmtree(folder, ignore_errors=True)


def _importing(environment: Mapping[str, str]) -> float:
    """Seconds of CPU in which a process of its own has imported the bank and the API: no fork pays for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", IMPORTS], env=dict(environment), check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


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
    fleet: Fleet,
    cast: Cast,
    *,
    sample: bool,
    chance: int = 500,
    points: bool = True,
    steps: Collection[str] = (),
    seed: int = 1,
) -> Outcome:
    """The table: every point of every step once, and so many draws in which the process that goes on dies too.

    Of `steps` that are named only these are died in, and the others done as they are: the parts of the table can be
    run beside one another.
    """
    import starlette.testclient  # noqa: F401 - so that no process that is forked has to

    import creditbank_api.app  # noqa: F401

    outcome = Outcome(f"{fleet.kind}: kill -9 at each point")
    with ground_of(fleet, cast) as ground:
        table = _Table(ground, outcome, random.Random(seed))
        for number in range(REDEEMED if sample else len(STEPS)):
            if sample:
                table.sample(number)
            elif not steps or NAMED[number] in steps:
                if points:
                    table.points(number)
                table.draws(number, chance // len(STEPS))
            table.done(number)
        if not sample:
            table.tell(whole=points and not steps)
    return outcome


class _Table:
    """The steps in their order, on a ground that moves on with them."""

    def __init__(self, ground: Ground, outcome: Outcome, drawn: random.Random) -> None:
        self._ground, self._outcome, self._drawn = ground, outcome, drawn
        self._reached: Counter[str] = Counter()
        self._drawings = 0

    def sample(self, number: int) -> None:
        """One death in two of the steps."""
        point = {1: "tx.sent=kill", 2: "redeem.written=kill"}.get(number)
        if point is not None and not self._try([point], number):
            self._outcome.wrong.append(f"{point} was never reached")

    def points(self, number: int) -> None:
        """Die at each place that the step reaches, at each time that it does."""
        for name, times in self._recorded(number).items():
            for time_ in range(1, times + 1):
                if self._try([f"{name}=kill@{time_}"], number):
                    self._reached[name] += 1

    def draws(self, number: int, chance: int) -> None:
        """So many times two deaths at places drawn by chance, and what the node does after them."""
        recorded = self._recorded(number)
        for _ in range(chance):
            places = [self._drawn.choice([name for name in COUNTED if name in recorded]) for _ in range(2)]
            points = [f"{name}=kill@{self._drawn.randint(1, recorded[name])}" for name in places]
            between = [self._drawn.choice(BETWEEN) if self._drawn.random() < 0.5 else "" for _ in points]
            self._try(points, number, len(STEPS), between)
            self._drawings += 1

    def done(self, number: int) -> None:
        """Do the step for good, so that the next one begins where it ends."""
        ground = self._ground
        place = Place(ground.folder, ground.database, _height(ground.node))
        if _process(ground, place, "", STEPS[number : number + 1]) != 0:
            raise AssertionError(f"step {number} fails without any death: {_said(place)}")

    def tell(self, *, whole: bool) -> None:
        """Say how many points there were, and which failpoint nobody reached."""
        outcome = self._outcome
        counted = ", ".join(f"{self._reached[name]} {name}" for name in COUNTED)
        others = sum(self._reached.values()) - sum(self._reached[name] for name in COUNTED)
        outcome.notes.append(f"{counted}, {others} at {len(NAMES) - len(COUNTED)} failpoints; {self._drawings} draws")
        outcome.notes.append(f"{self._ground.importing:.1f} s of each start are imports")
        if whole:
            outcome.wrong += [f"{name} was never reached" for name in NAMES if not self._reached[name]]

    def _recorded(self, number: int) -> dict[str, int]:
        """How often each place is reached while the step is done once."""
        with copied(self._ground) as place:
            armed = ",".join(f"{name}=error@{NEVER}" for name in NAMES)
            _process(self._ground, place, armed, STEPS[number : number + 1])
            counted: dict[str, int] = json.loads((place.folder / REACHED).read_text())
        return counted

    def _try(self, points: Sequence[str], number: int, upto: int | None = None, between: Sequence[str] = ()) -> bool:
        """Let processes die at the points in turn, and one more do the steps; whether the first one died.

        `between` is what the node does after each death.
        """
        ground, outcome, until = self._ground, self._outcome, upto or number + 1
        with copied(ground) as place:
            died = []
            for point, happens in itertools.zip_longest(points, between, fillvalue=""):
                died.append(_process(ground, place, point, STEPS[number : number + 1]) == -signal.SIGKILL)
                if happens and (happens != "anvil_reorg" or _height(ground.node) > place.height):
                    control(ground.node, happens, *([1, []] if happens == "anvil_reorg" else ()))
            (place.folder / READY).unlink(missing_ok=True)
            began, ready = time.time(), place.folder / READY
            ended = _process(ground, place, "", STEPS[number:until])
            seconds = ground.importing + ready.stat().st_mtime - began if ready.exists() else 2.0 * HEALTHY
            failed = [f"the work could not be done: {_said(place)}"]
            found = failed if ended != 0 else list(_findings(ground, place, until))
        outcome.seconds.append(seconds)
        outcome.counts["died" if died[0] else "done before"] += 1
        pairs = itertools.zip_longest(points, between, fillvalue="")
        told = f"step {number}, " + " then ".join(f"{point} {event}".strip() for point, event in pairs)
        outcome.wrong += [f"after {told}: {finding}" for finding in found]
        if seconds > HEALTHY:
            outcome.slow.append(f"after {told} it took {seconds:.1f} s to go on")
        for finding in found:  # the table is long: whoever waits for it sees at once where it fails
            sys.stderr.write(f"after {told}: {finding}\n")
        if len(outcome.seconds) % 25 == 0:
            sys.stderr.write(f"{outcome.line()}\n")
        return died[0]


def _said(place: Place) -> str:
    return (place.folder / SAID).read_text() if (place.folder / SAID).exists() else ""


def _process(ground: Ground, place: Place, failpoints: str, steps: Sequence[Step]) -> int:
    """Do the steps in a process of its own, which may die; how it ended."""
    child = os.fork()
    if child == 0:
        ended = 1
        try:
            work(settings_of(ground, place, failpoints), ground, steps)
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


def work(settings: Settings, ground: Ground, steps: Sequence[Step]) -> None:
    """A process from its start: what was begun is finished, then come the steps; what was done is not done again."""
    waits = itertools.count()

    def wait(seconds: float) -> None:
        control(ground.node, "evm_mine")
        time.sleep(seconds if next(waits) > QUICK else 0.02)

    bootstrap.pause = wait  # whoever waits for a block gets one
    with open_bank(settings) as bank:
        bank.resume()
        (settings.home.parent / READY).touch()
        for step in steps:
            step(bank, ground)
        while bank.sender.watch():  # as the worker does at each of its steps: the node may have taken a block back
            wait(0)
            bank.sender.reconcile()


def _issue(bank: Bank, ground: Ground) -> None:
    for number in range(ISSUED):
        _issued(bank, ground, number)


def _issued(bank: Bank, ground: Ground, number: int) -> str:
    cast = ground.cast
    issued = bank.issuing.issue(
        f"crash-{number}",
        organisation=cast.provider.organisation.id,
        learner=cast.learner.id,
        achievement=cast.unit.id,
        version=cast.unit.version,
        earned=EARNED,
    )
    return issued.id


def _anchor(bank: Bank, ground: Ground) -> None:
    bank.anchoring.seal()
    bank.anchoring.settle()


def _redeem(bank: Bank, ground: Ground) -> None:
    """Over the API, as a university would, which asks again while the answer is that it is being worked on."""
    from starlette.testclient import TestClient

    from creditbank_api.app import create_app
    from creditbank_api.limits import Limits

    credential = _issued(bank, ground, ISSUED - 1)
    with bank.store.transaction() as tx:
        (lot,) = [lot.id for lot in tx.lots_of(ground.cast.learner.id) if lot.credential == credential]
    app = create_app(bank, limits=Limits(requests=MANY, verifications=MANY, failed_tokens=MANY))
    headers = {"Authorization": f"Bearer {ground.cast.universities[0].token}", "Idempotency-Key": "crash-redemption"}
    body = {"uses": [{"lot": lot, "amount": "4"}], "award": "urn:uuid:00000000-0000-4000-8000-000000000001"}
    with TestClient(app, base_url=bank.settings.base_url) as client:
        for _ in range(60):
            answer = client.post("/v1/redemptions", json=body, headers=headers)
            if answer.status_code != 409:
                break
            time.sleep(0.25)
    assert answer.status_code == 201, answer.text


def _publish(bank: Bank, ground: Ground) -> None:
    bank.issuing.refresh_status(ground.cast.provider.organisation.id)
    bank.status_roots.publish()


def _rotate(bank: Bank, ground: Ground) -> None:
    bank.keys.replace(ground.cast.provider.organisation.id, ground.key)
    bank.anchoring.settle()


STEPS: Final[tuple[Step, ...]] = (_issue, _anchor, _redeem, _publish, _rotate)
NAMED: Final = ("issue", "anchor", "redeem", "publish", "rotate")


def _findings(ground: Ground, place: Place, steps: int) -> Iterator[str]:
    """What was lost, what is there twice, what is stuck, after the first so many steps."""
    cast = ground.cast
    with open_bank(settings_of(ground, place)) as bank:
        with bank.store.transaction() as tx:
            batches, (lots, entries, heads) = tx.batches(), tx.journal()
            attempts = [one for account in ground.nonces for one in tx.attempts_from(account, ground.nonces[account])]
            receipts = [tx.find_receipt(lot.credential) for lot in tx.lots_of(cast.learner.id)]
            busy, open_ones = tx.senders_in_flight(), tx.open_redemptions()
            keys = tx.keys_of(cast.provider.organisation.id)
        if len(receipts) != ISSUED or (steps >= ANCHORED and None in receipts):
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
        if sum(lot.redeemed.thousandths for lot in lots) != (1000 * CREDITS if steps >= REDEEMED else 0):
            yield "not exactly one unit is redeemed"
        if len([key for key in keys if key.state == "current"]) != 1 or len(keys) != (2 if steps >= ROTATED else 1):
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
