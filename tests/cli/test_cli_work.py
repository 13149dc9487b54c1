"""`creditbank work`: what it does with what waits, and what it leaves to the server."""

import os
import signal
import subprocess
import sys

from creditbank.bootstrap import KEY_ROTATION, open_bank
from creditbank.config import Settings
from creditbank.services.job_records import JobState

from .conftest import Call, Journey


def test_what_must_be_sent_to_the_embedded_chain_is_left_to_the_server(call: Call, journey: Journey) -> None:
    with open_bank(Settings.load({}, journey.home)) as bank:
        with bank.store.transaction() as tx:
            job = bank.jobs.add(tx, "a rotation", owner="nobody", kind=KEY_ROTATION, input={})
        called = call("work", "--until-idle", "--home", str(journey.home))
        assert (called.code, called.out) == (0, "Jobs done: 0. Nothing waits.\n")
        assert bank.jobs.get(job.id).state is JobState.QUEUED
        bank.jobs.cancel(job.id)


def test_a_worker_ends_by_a_signal(journey: Journey) -> None:
    command = [sys.executable, "-m", "creditbank", "work", "--home", str(journey.home)]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})
    assert worker.stdout is not None
    assert worker.stdout.readline().startswith("Working for the bank")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    worker.communicate()
