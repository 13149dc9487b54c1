"""A crash on request: the named method raises instead of running, after so many calls that still run."""

from typing import Any


class Interrupted(BaseException):
    """Stands for the process dying: nothing in the product catches it."""


def interrupt(patch: Any, owner: Any, name: str, after: int = 0) -> None:
    """Let `owner.name` run `after` times, then die."""
    real = getattr(owner, name)
    calls = 0

    def dying(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise Interrupted(name)
        return real(*args, **kwargs)

    patch.setattr(owner, name, dying)
