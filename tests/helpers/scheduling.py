"""Files of tests to processes, where a process may die: pytest-xdist 3.8 then waits for ever, and here it goes on."""

from typing import Any

from xdist.scheduler import LoadFileScheduling


class Steady(LoadFileScheduling):
    """What a dead process still had to do is done by others, and the test that it died in counts as asked.

    xdist gives the dead process's files on with those of their tests that are done: a process that is given a file with
    nothing left in it is never given another and never let go.
    """

    def remove_node(self, node: Any) -> str | None:
        """Let go of a process; the test that it died in, if any, which is not tried again in this run."""
        died_in = next(
            (test for file in self.assigned_work[node].values() for test, done in file.items() if not done), None
        )
        for name, file in list(self.assigned_work[node].items()):
            left = {test: done for test, done in file.items() if not done and test != died_in}
            if left:
                self.assigned_work[node][name] = left
            else:
                del self.assigned_work[node][name]
        super().remove_node(node)
        return died_in
