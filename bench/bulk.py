"""Issuing from a table: how long a row takes to rehearse and to issue, and that memory does not grow with the rows."""

import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bench.measuring import Row
from creditbank.bootstrap import Bank, init_bank, open_bank
from creditbank.canonical import digest_text, sha256
from creditbank.cli.demo import samples
from creditbank.config import Settings
from creditbank.services.bulk_records import BulkForm
from creditbank.services.records import Learner, Role
from creditbank.signing import PrivateKey, did_key

LEARNERS = 500
HEADER = b"learner,achievement,version,earned,result,scale,row\r\n"


def rows(count: int) -> list[Row]:
    """Rehearse and issue a table of so many rows, and again half as many, to compare the memory."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "bank"
        settings = Settings.load({"CREDITBANK_SIGNING_CAP": "1000000"}, home)
        init_bank(settings)
        with open_bank(settings) as bank:
            return _measured(bank, count)


def _measured(bank: Bank, count: int) -> list[Row]:
    body = bank.registering.register_organisation(
        name="Sample body", roles={Role.PROVIDER}, frameworks=["in-ncrf"], country="IN"
    )
    unit = samples.ASHA_UNITS[0].achievement
    bank.drafting.publish(body.id, unit)
    learners = _learners(bank)
    told = []
    for number, size in enumerate((count // 2, count)):
        parts = _table(learners, unit.id, unit.version, number, size)
        begun, used, most = time.perf_counter(), time.process_time(), _memory()
        upload = bank.bulk.receive(
            f"bench-{number}", organisation=body.id, form=BulkForm.CSV, parts=parts, queued=False
        )
        found = bank.bulk.rehearse(upload.id)
        assert found.rehearsal is not None
        assert found.good == size, found
        told.append(_row("rehearse a table", size, begun, used, most))
        begun, used, most = time.perf_counter(), time.process_time(), _memory()
        bank.bulk.confirm(upload.id, digest_text(found.rehearsal), organisation=body.id, actor="bench", queued=False)
        assert bank.bulk.act(upload.id).issued == size
        told.append(_row("issue it, signed and stored", size, begun, used, most))
    return told


def _row(what: str, size: int, begun: float, used: float, most: int) -> Row:
    wall, cpu = time.perf_counter() - begun, time.process_time() - used
    said = f"{size / wall:.0f} rows/s, CPU {1000 * cpu / size:.2f} ms a row, {_memory() - most} MiB more at the most"
    row = Row(f"{what} of {size} rows", size, said=said)
    print(row, flush=True)
    return row


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _learners(bank: Bank) -> list[str]:
    """Accounts without keys of their own: nothing here signs for a learner."""
    made = []
    with bank.store.transaction() as tx:
        for number in range(LEARNERS):
            did = did_key(PrivateKey.from_seed(sha256(f"bulk {number}".encode())).public)
            urn = f"urn:uuid:00000000-0000-4000-8000-{number:012d}"
            tx.add_learner(Learner(urn, did, f"Sample {number}", sample=True, created=bank.clock.now()))
            made.append(urn)
    return made


def _table(learners: list[str], unit: str, version: str, table: int, count: int) -> Iterator[bytes]:
    yield HEADER
    day = date(2025, 6, 2).isoformat()
    for number in range(count):
        yield f"{learners[number % LEARNERS]},{unit},{version},{day},,,t{table}-{number}\r\n".encode()
