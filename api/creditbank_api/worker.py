"""What goes on beside the requests: credentials are sealed, batches taken on until they are final, long work done.

It runs in the serving process, because that process owns the embedded chain.
"""

import secrets
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Final

from fastapi import FastAPI

from creditbank import __version__
from creditbank.adapters.logs import logger
from creditbank.adapters.system import machine_id
from creditbank.bootstrap import Bank, chain_answering
from creditbank.errors import CreditBankError
from creditbank.services.leasing import STANDING_FOR, STANDING_WORK
from creditbank.services.records import Attempt, BatchRecord, BatchState
from creditbank.services.watching import STATUS_ROOT

TEST_AGE: Final = 5
REAL_AGE: Final = 600  # a batch costs a fee on a real chain, so that many credentials share one
STEP_SECONDS: Final = 5
BOOK_STEPS: Final = 12
POST_SECONDS: Final = 2
CLEAN_SECONDS: Final = 600
FORGOTTEN: Final = timedelta(minutes=2)  # who sent it would have taken it on by now
log = logger("creditbank.worker")


class Worker:
    """A thread that seals what is due and takes batches on, and one each for long work, credits, mail and events.

    What fails is told and tried again.
    """

    def __init__(self, bank: Bank) -> None:
        self._bank, self._stop = bank, threading.Event()
        self._name = f"{machine_id()}:{secrets.token_hex(8)}"
        self._told: dict[str, BatchState] = {}
        age = bank.settings.batch_age or (TEST_AGE if bank.chain.test_chain else REAL_AGE)
        self._size, self._age = bank.settings.batch_size, timedelta(seconds=age)
        self._status_age, self._status_root = timedelta(seconds=bank.settings.status_interval), 0
        self._threads = [
            threading.Thread(target=self._run, name="creditbank-worker", daemon=True),
            threading.Thread(target=self._work, name="creditbank-long-work", daemon=True),
            threading.Thread(target=self._go_on, name="creditbank-credits", daemon=True),
            threading.Thread(target=self._mail, name="creditbank-mail", daemon=True),
            threading.Thread(target=bank.webhooks.go_on, args=[self._stop], name="creditbank-webhooks", daemon=True),
        ]

    def start(self) -> None:
        """Finish what a crash left behind, then go on beside the requests."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the step that is under way end, and end with it."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def step(self, *, books: bool = True, demand: bool = False) -> None:
        """Look whether the chain still holds what it held, seal what is due, and take every batch one step on.

        With `books` what the ledger does by the day is looked after too; on `demand` everything that waits is due.
        """
        if books:
            self._try(self._bank.bookkeeping.work)
            self._try(self._ask_again)
            if self._status_age:
                self._try(self._publish_statuses)
        self._try(self._watch)
        self._try(self._seal_now if demand else self._seal)
        self._try(self._advance)

    def _ask_again(self) -> None:
        if clear := self._bank.depositing.ask_again():
            log.info("lots that were brought are clear", lots=clear)

    def _may_work(self) -> bool:
        """Whether this process does the standing work now: of several over one database, one does it at a time."""
        if self._bank.store.on_one_machine:
            self._try(self._claim_host)
        try:
            return self._bank.leasing.take(STANDING_WORK, self._name, STANDING_FOR)
        except CreditBankError as error:
            log.warning("the lease could not be read", problem=error.slug)
            return False

    def _claim_host(self) -> None:
        self._bank.leasing.claim_host(machine_id())

    def _give_back(self) -> None:
        self._bank.leasing.give_back(STANDING_WORK, self._name)

    def _watch(self) -> None:
        for batch in self._bank.anchoring.watch():
            self._told[batch.id] = batch.state
            log.error("the chain took a final block back", batch=batch.id, size=batch.size, undone=batch.undone)
        if orphans := self._bank.sender.watch(self._taken_back):
            log.warning("transactions fell out of the chain and are sent again", count=len(orphans))
        self._bank.sender.reconcile(older=FORGOTTEN)

    def _taken_back(self, orphans: Sequence[Attempt]) -> None:
        if self._bank.reconciling.taken_back(orphans):
            log.error(
                "the chain took spends back; nobody redeems until `creditbank bank reconcile`", count=len(orphans)
            )

    def _seal(self) -> None:
        self._sealed(self._bank.anchoring.seal_due(size=self._size, age=self._age))

    def _seal_now(self) -> None:
        self._sealed(self._bank.anchoring.seal(self._size))

    def _sealed(self, batch: BatchRecord | None) -> None:
        if batch is not None:
            self._told[batch.id] = batch.state
            log.info("batch sealed", batch=batch.id, size=batch.size)

    def _publish_statuses(self) -> None:
        root = self._bank.status_roots.advance(self._status_age)
        if root is None:
            return
        if root.sequence != self._status_root:
            self._status_root = root.sequence
            log.info("status root stands", number=root.sequence)
        self._bank.watching.note(STATUS_ROOT, passed=True, said=f"root {root.sequence}")

    def _advance(self) -> None:
        batches = self._bank.anchoring.advance()
        for batch in batches:
            if self._told.get(batch.id) is not batch.state:
                self._told[batch.id] = batch.state
                log.info("batch moved", batch=batch.id, state=str(batch.state), size=batch.size)
            if batch.state is BatchState.FINAL:
                self._told.pop(batch.id, None)
        if any(batch.state is not BatchState.FINAL for batch in batches):
            self._bank.chain.advance()  # an embedded chain makes blocks only when asked to

    def _run(self) -> None:
        steps, resumed = 0, False
        while not self._stop.wait(STEP_SECONDS if steps else 0):
            if self._may_work():
                resumed = resumed or self._try(self._bank.resume)
                self.step(books=steps % BOOK_STEPS == 0)
            else:
                resumed = False  # whoever works instead may die half way
            steps += 1
        self._try(self._give_back)

    def _work(self) -> None:
        self._bank.jobs.go_on(self._bank.handlers(sends=True), self._stop)

    def _go_on(self) -> None:
        """Take on what a process left that died; beside all else, since a block may be waited for."""
        while not self._stop.wait(STEP_SECONDS * BOOK_STEPS):
            if self._may_work():
                self._try(self._bank.go_on)

    def _mail(self) -> None:
        steps = 0
        while not self._stop.wait(POST_SECONDS):
            self._try(self._post)
            if steps % (CLEAN_SECONDS // POST_SECONDS) == 0:
                self._try(self._clean)
            steps += 1

    def _post(self) -> None:
        self._bank.door.mailing.deliver()

    def _clean(self) -> None:
        self._bank.door.forget_old()

    def _try(self, work: Callable[[], object]) -> bool:
        """Whether the work was done."""
        try:
            work()
            return True
        except CreditBankError as error:
            log.warning("a step failed and is tried again", step=work.__name__.strip("_"), problem=error.slug)
        except Exception:
            log.exception("the worker met an error of ours; it is tried again", step=work.__name__.strip("_"))
        return False


def lifespan_of(bank: Bank) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The life of an application that owns its bank: the worker runs, and the bank is closed at the end."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        worker = Worker(bank)
        port = bank.settings.metrics_port
        listening = app.state.metrics.serve(port) if port else None
        try:
            with chain_answering(bank) as chain:
                worker.start()
                log.info("serving", version=__version__, metrics_port=port, chain_rpc=chain or None)
                try:
                    yield
                finally:
                    worker.stop()
        finally:
            if listening is not None:
                listening.stop()
            bank.close()
            log.info("ended")

    return life
