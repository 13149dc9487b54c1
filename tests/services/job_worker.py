"""A worker process of its own: `python job_worker.py <url> count` does every job by adding one line to the file it
names, `… die` kills itself in the middle of the first one.
"""

import os
import signal
import sys
from pathlib import Path

from creditbank.adapters.store import SqlStore
from creditbank.adapters.system import SystemClock, SystemEntropy
from creditbank.canonical import JsonObject
from creditbank.services.jobs import Handler, Jobs, Task
from creditbank.services.noticing import Noticing


def add_line(task: Task) -> JsonObject:
    """Append one line to the job's file, which is what must happen once."""
    with Path(str(task.job.input["file"])).open("a") as file:
        file.write(f"{task.job.id}\n")
    return {"process": os.getpid()}


def die(task: Task) -> JsonObject:
    """Die without a word."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("killed above")


def main() -> None:
    store = SqlStore.open(sys.argv[1])
    jobs = Jobs(store, SystemClock(), SystemEntropy(), Noticing(store, SystemClock(), SystemEntropy()))
    handlers = {"line": Handler(die if sys.argv[2] == "die" else add_line)}
    print("ready", flush=True)
    sys.stdin.readline()
    done = 0
    while jobs.work(handlers) is not None:
        done += 1
    print(done)
    store.close()


if __name__ == "__main__":
    main()
