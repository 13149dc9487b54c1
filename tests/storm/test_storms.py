"""A short form of every storm: two API processes over one database and a real node (threats 27, 35, 36, 37, 38).

`make storm` runs them whole and looks at how long things take; here only at what came of it.
"""

import os

import pytest
from bench.storm.__main__ import run
from bench.storm.fleet import Kind, Missing

pytestmark = [pytest.mark.slow, pytest.mark.anvil]


@pytest.mark.parametrize(
    ("kind", "storm"),
    [
        *(("sqlite", storm) for storm in ("credit", "bundles", "kills", "crashes")),
        *(
            pytest.param("postgresql", storm, marks=pytest.mark.postgres)
            for storm in ("credit", "bundles", "kills", "load", "crashes")  # loads are promised on PostgreSQL alone
        ),
    ],
)
def test_what_the_bank_promises_holds_in_a_storm(kind: Kind, storm: str) -> None:
    try:
        outcomes = list(run(kind, (storm,)))
    except Missing as missing:
        if os.environ.get("CREDITBANK_REQUIRE") == "1":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    assert outcomes
    assert all(sum(outcome.counts.values()) for outcome in outcomes), "each storm asked for something"
    assert [finding for outcome in outcomes for finding in outcome.wrong] == []
