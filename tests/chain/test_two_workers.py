"""Two workers over one database and one account: whatever they do at once, each call reaches the chain once.

Threat 28, on both databases: who records decides, and who lost its lease records nothing.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from databases import KINDS, wiped_of
from faulty_rpc import faulty, late
from nodes import anvil, digest
from senders import Ground, Office, call, founded

from creditbank.services import reads
from creditbank.services.ports import AlreadyRecorded, Transaction
from creditbank.services.records import AttemptState
from creditbank.services.sending import NotMinedYet

pytestmark = pytest.mark.anvil


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with anvil() as (url, control), faulty(url) as node:
        yield founded(node, control)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return wiped_of(request, tmp_path)


@pytest.fixture
def workers(ground: Ground, tmp_path: Path, database: str) -> Iterator[list[Office]]:
    opened = [Office(ground, tmp_path, database=database) for _ in range(2)]
    yield opened
    for office in opened:
        office.close()


def at_once(acts: list[Callable[[], object]]) -> list[Exception]:
    """Do all of these in threads that start together; what they raised."""
    raised: list[Exception] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_two_workers_with_the_same_work_send_each_call_once(workers: list[Office]) -> None:
    first, second = workers
    purposes = [f"batch:{first.store.on_one_machine}:{number}" for number in range(4)]
    before = first.nonce()
    first.ground.node.on("eth_estimateGas", late(0.05), 3)  # so that both are about to record
    raised = at_once(
        [
            lambda: [first.settle(one, tries=20) for one in purposes],
            lambda: [second.settle(one, tries=20) for one in reversed(purposes)],
        ]
    )
    assert raised == []
    assert first.nonce() == before + len(purposes)
    for purpose in purposes:
        assert first.states(purpose) == [AttemptState.MINED]
        assert reads.anchored_at(first.chain, first.account, digest(purpose), 1) is not None


def test_who_lost_his_turn_in_the_moment_of_recording_records_nothing(workers: list[Office]) -> None:
    """The guard is asked inside the transaction that records, so that nothing comes between."""
    first, second = workers
    name, now = f"turn:{first.store.on_one_machine}", first.clock.now()
    with first.store.transaction() as tx:
        lease = tx.take_lease(name, "first", now=now, until=now + timedelta(seconds=1))
        assert lease is not None
        assert tx.take_lease(name, "second", now=now, until=now + timedelta(seconds=9)) is None
    later = now + timedelta(seconds=2)
    with second.store.transaction() as tx:
        taken = tx.take_lease(name, "second", now=later, until=later + timedelta(seconds=9))
        assert taken is not None
        assert taken.fence > lease.fence

    def guard(tx: Transaction) -> None:
        standing = tx.find_lease(name)
        if standing is None or standing.fence != lease.fence:
            raise AlreadyRecorded("Somebody else has the turn.")

    before = first.nonce()
    purpose = f"batch:{name}"
    assert first.sender.step(purpose, "bank", call(purpose), guard=guard) is None
    assert (first.attempts(purpose), first.nonce()) == ([], before)
    with suppress(NotMinedYet):
        second.settle(purpose)
    assert first.states(purpose) == [AttemptState.MINED]


def test_of_two_that_take_a_lease_at_once_one_has_it(workers: list[Office]) -> None:
    name, now = f"lease:{workers[0].store.on_one_machine}", workers[0].clock.now()
    got: list[str] = []

    def take(office: Office, holder: str) -> None:
        with office.store.transaction() as tx:
            if tx.take_lease(name, holder, now=now, until=now + timedelta(seconds=9)) is not None:
                got.append(holder)

    raised = at_once([partial(take, office, str(place)) for place, office in enumerate(workers * 3)])
    assert len(got) == 1, raised
