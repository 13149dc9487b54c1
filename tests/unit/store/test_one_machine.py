"""A SQLite file has one machine that writes to it, on a disk of its own; a lease has one holder."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import database as database

from creditbank.adapters.store import SqlStore, UnusableDatabase
from creditbank.adapters.store.engine import refuse_network_disk
from creditbank.services.leasing import FOR, HOST, STANDING_WORK, Leasing, SecondHost

START = datetime(2026, 11, 28, 9, tzinfo=UTC)
MOUNTS = """22 27 0:21 / / rw,relatime - ext4 /dev/vda rw
23 22 0:22 / /mnt/far rw,relatime shared:1 - nfs4 server:/export rw
24 23 0:23 / /mnt/far/near rw - ext4 /dev/vdb rw
25 22 0:24 / /mnt/with\\040space rw - cifs //server/share rw
26 22 0:25 / /home/me/sshfs rw - fuse.sshfs me@server: rw
a line that is cut"""


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time


@pytest.mark.parametrize(
    "file", ["/mnt/far/store.db", "/mnt/far/deep/store.db", "/mnt/with space/store.db", "/home/me/sshfs/store.db"]
)
def test_a_disk_of_another_machine_is_refused(file: str) -> None:
    """Threat 41: SQLite's locks do not hold on a network disk."""
    with pytest.raises(UnusableDatabase, match="another machine's") as refused:
        refuse_network_disk(Path(file), MOUNTS)
    assert "PostgreSQL" in refused.value.next_step


@pytest.mark.parametrize("file", ["/srv/store.db", "/mnt/far/near/store.db", "/mnt/farther/store.db"])
def test_a_disk_of_this_machine_is_taken(file: str) -> None:
    refuse_network_disk(Path(file), MOUNTS)
    refuse_network_disk(Path(file), "")


def test_a_second_machine_is_refused_until_the_first_falls_silent(tmp_path: Path) -> None:
    """Threat 41: two machines over one file, by whatever road it is shared, are one too many."""
    store, clock = SqlStore.open(f"sqlite:///{tmp_path}/store.db", migrate=True), Clock()
    leasing = Leasing(store, clock)
    leasing.claim_host("first")
    leasing.claim_host("first")
    with pytest.raises(SecondHost) as refused:
        leasing.claim_host("second")
    assert "first" not in str(refused.value)
    clock.time += FOR / 2
    leasing.claim_host("first")
    clock.time += FOR * 3 / 4
    with pytest.raises(SecondHost):
        leasing.claim_host("second")
    clock.time += FOR
    leasing.claim_host("second")
    with pytest.raises(SecondHost):
        leasing.claim_host("first")
    with store.transaction() as tx:
        standing = tx.find_lease(HOST)
    assert standing is not None
    assert (standing.holder, standing.fence) == ("second", 2)
    store.close()


def test_of_many_who_want_a_lease_one_gets_it(database: str) -> None:
    """Threat 28: one worker at a time does the standing work, whichever process it runs in."""
    store, clock = SqlStore.open(database, migrate=True), Clock()
    leasing, got, gate = Leasing(store, clock), [], threading.Barrier(6)

    def take(holder: str) -> None:
        gate.wait()
        if leasing.take(STANDING_WORK, holder):
            got.append(holder)

    threads = [threading.Thread(target=take, args=(f"worker {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert leasing.take(STANDING_WORK, got[0])
    assert not leasing.take(STANDING_WORK, "another")
    leasing.give_back(STANDING_WORK, "another")
    assert not leasing.take(STANDING_WORK, "another")
    leasing.give_back(STANDING_WORK, got[0])
    assert leasing.take(STANDING_WORK, "another")
    clock.time += FOR + timedelta(seconds=1)
    assert leasing.take(STANDING_WORK, "a third")
    assert abs(store.clock_skew(datetime.now(UTC))) < timedelta(minutes=5)
    store.close()
