"""Threads in which requests are answered, while one thread reads and writes on all connections.

A request that waits for the database must not hold up the others, and the way into a thread and back is taken by each
of them: so it is short. No thread is made for it, nothing is locked, and the answer goes back in one step.
"""

import asyncio
import functools
import inspect
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import Any, Final, TypeAlias, TypeVar

MOST: Final = 40
"""So many requests are answered at once in one process; others wait for their turn, in the order in which they came."""
Made = TypeVar("Made")
Asked: TypeAlias = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Context, Callable[[], Any]]


class Threads:
    """So many threads, made when the first of them is wanted; they end with the process."""

    def __init__(self, number: int = MOST) -> None:
        self._number = number
        self.renew()

    def renew(self) -> None:
        """Begin without threads and without questions, as a forked process does: no thread came along with it."""
        self._asked: SimpleQueue[Asked] = SimpleQueue()
        self._lock, self._stand = threading.Lock(), False

    async def do(self, act: Callable[..., Made], *given: Any, **named: Any) -> Made:
        """Call this in one of the threads, and return or raise what it does.

        Whoever is called off meanwhile leaves the call to itself: what was begun is done to its end.
        """
        if not self._stand:
            self._make()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Made] = loop.create_future()
        self._asked.put((loop, answer, copy_context(), functools.partial(act, *given, **named)))
        return await answer

    def _make(self) -> None:
        with self._lock:
            if not self._stand:
                for number in range(self._number):
                    threading.Thread(target=self._work, name=f"creditbank-request-{number}", daemon=True).start()
                self._stand = True

    def _work(self) -> None:
        while True:
            loop, answer, context, act = self._asked.get()
            made, error = _done(context, act)
            with suppress(RuntimeError):  # a loop that is closed waits for nothing
                loop.call_soon_threadsafe(_tell, answer, made, error)
            del loop, answer, context, act, made, error  # what a request held is not kept until the next one


def _done(context: Context, act: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return context.run(act), None
    except StopIteration as error:  # a future takes none
        return None, RuntimeError(f"this ended with {error!r}")
    except BaseException as error:
        return None, error


def _tell(answer: "asyncio.Future[Any]", made: Any, error: BaseException | None) -> None:
    if answer.done():  # it was called off
        return
    if error is None:
        answer.set_result(made)
    else:
        answer.set_exception(error)


THREADS: Final = Threads()
"""Those of this process."""
os.register_at_fork(after_in_child=THREADS.renew)


def threaded(act: Callable[..., Any]) -> Callable[..., Any]:
    """A function that may wait, as one that is awaited and does its work in a thread; any other as it is."""
    if inspect.iscoroutinefunction(act) or inspect.isgeneratorfunction(act) or inspect.isasyncgenfunction(act):
        return act

    @functools.wraps(act)
    async def begin(*given: Any, **named: Any) -> Any:
        return await THREADS.do(act, *given, **named)

    return begin
