"""Threads that answer requests: what comes back, who waits, and what becomes of those that nobody waits for."""

import asyncio
import contextvars
import os
import threading
from typing import Any

import pytest

from creditbank_api.threads import THREADS, Threads, threaded

SAID: contextvars.ContextVar[str] = contextvars.ContextVar("SAID", default="nothing")


def test_a_call_is_made_in_another_thread_with_what_was_said_around_it() -> None:
    async def ask() -> tuple[int, str]:
        SAID.set("aloud")
        return await Threads(2).do(lambda: (threading.get_ident(), SAID.get()))

    ident, said = asyncio.run(ask())
    assert ident != threading.get_ident()
    assert said == "aloud"


def test_what_is_raised_there_is_raised_here_and_the_thread_goes_on() -> None:
    threads = Threads(1)

    def refuse() -> None:
        raise KeyError("no")

    def stop() -> None:
        raise StopIteration

    async def ask() -> int:
        with pytest.raises(KeyError):
            await threads.do(refuse)
        with pytest.raises(RuntimeError, match="StopIteration"):
            await threads.do(stop)
        return await threads.do(lambda given, *, named: given + named, 3, named=4)

    assert asyncio.run(ask()) == 7


def test_no_more_than_so_many_are_done_at_once_and_the_others_in_their_order() -> None:
    threads, going, most, done = Threads(2), set[int](), [0], list[int]()
    gate = threading.Semaphore(0)

    def work(number: int) -> None:
        going.add(number)
        most[0] = max(most[0], len(going))
        gate.acquire(timeout=60)
        going.discard(number)
        done.append(number)

    async def ask() -> None:
        asked = [asyncio.create_task(threads.do(work, number)) for number in range(6)]
        await asyncio.sleep(0)
        for _ in asked:
            gate.release()
        await asyncio.gather(*asked)

    asyncio.run(ask())
    assert sorted(done) == list(range(6))
    assert most[0] <= 2


def test_what_is_called_off_is_done_to_its_end() -> None:
    threads, begun, over, done = Threads(1), threading.Event(), threading.Event(), list[str]()

    def work() -> None:
        begun.set()
        over.wait(60)
        done.append("done")

    async def ask() -> None:
        asked = asyncio.create_task(threads.do(work))
        while not begun.is_set():
            await asyncio.sleep(0.01)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        over.set()
        assert await threads.do(lambda: "next") == "next"

    asyncio.run(ask())
    assert done == ["done"]


def test_an_answer_to_a_loop_that_is_closed_harms_nobody() -> None:
    threads, begun, over = Threads(1), threading.Event(), threading.Event()

    async def leave() -> None:
        asked = asyncio.create_task(threads.do(lambda: (begun.set(), over.wait(60))))
        while not begun.is_set():
            await asyncio.sleep(0.01)
        assert not asked.done()

    async def ask() -> str:
        return await threads.do(lambda: "still here")

    asyncio.run(leave())
    over.set()
    assert asyncio.run(ask()) == "still here"


def test_what_is_awaited_already_is_left_as_it_is() -> None:
    async def act() -> int:
        return 1

    def generate() -> Any:
        yield 1

    assert threaded(act) is act
    assert threaded(generate) is generate
    assert asyncio.iscoroutinefunction(threaded(lambda: 1))


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # from 3.12 on; the child calls nothing else
def test_a_forked_process_has_threads_of_its_own() -> None:
    assert asyncio.run(THREADS.do(os.getpid)) == os.getpid()
    child = os.fork()
    if not child:
        os._exit(0 if asyncio.run(asyncio.wait_for(THREADS.do(os.getpid), 60)) == os.getpid() else 1)
    assert os.waitpid(child, 0)[1] == 0
