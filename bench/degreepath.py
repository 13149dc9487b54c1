"""Audit one student with degreepath, in a process of its own, so that it can be stopped.

`python -m bench.degreepath CHECKOUT` reads an area and a transcript from standard input and prints what came out.
CHECKOUT is a copy of `degreepath/auditor`; nothing of it is kept here.
"""

import json
import sys
import time


def main(checkout: str) -> int:
    """Print whether the area is satisfied, the candidates that were tried, and the milliseconds without imports."""
    sys.path.insert(0, checkout)
    from dp.area import AreaOfStudy  # type: ignore[import-not-found]
    from dp.audit import ResultMsg, audit  # type: ignore[import-not-found]
    from dp.constants import Constants  # type: ignore[import-not-found]
    from dp.data.course import course_from_str  # type: ignore[import-not-found]
    from dp.data.student import Student  # type: ignore[import-not-found]
    from dp.status import WAIVED_AND_DONE  # type: ignore[import-not-found]

    given = json.load(sys.stdin)
    wall, cpu = time.perf_counter(), time.process_time()
    courses = [
        course_from_str(item.pop("course"), **{**item, "attributes": tuple(item["attributes"])})
        for item in given["courses"]
    ]
    student = Student.load({"courses": courses})
    area = AreaOfStudy.load(specification=given["area"], c=Constants(matriculation_year=2000), student=student)
    told = [message for message in audit(area=area, student=student) if isinstance(message, ResultMsg)]
    found = {
        "satisfied": bool(told) and told[-1].result.status() in WAIVED_AND_DONE,
        "tried": told[-1].iters if told else 0,
        "cpu_ms": (time.process_time() - cpu) * 1000,
        "wall_ms": (time.perf_counter() - wall) * 1000,
    }
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
