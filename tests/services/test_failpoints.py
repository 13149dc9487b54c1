"""Failpoints: armed by settings, refused in production, and inert otherwise."""

import pytest

from creditbank.services.failpoints import NAMES, FailpointReached, Failpoints, UnknownFailpoint, read_failpoints


def test_what_is_not_armed_does_nothing():
    points = Failpoints()
    for name in NAMES:
        points.reach(name)


def test_an_armed_place_acts_the_time_it_is_asked_to():
    points, died = Failpoints(), []
    points.arm(read_failpoints("tx.sent=error@2, tx.acked=kill"), lambda: died.append(True))
    points.reach("tx.sent")
    with pytest.raises(FailpointReached):
        points.reach("tx.sent")
    points.reach("tx.sent")
    points.reach("tx.recorded")
    assert not died
    with pytest.raises(FailpointReached):
        points.reach("tx.acked")
    assert died == [True]


@pytest.mark.parametrize("text", ["tx.sent", "tx.sent=maybe", "tx.lost=kill", "tx.sent=kill@0", "=kill"])
def test_what_is_no_failpoint_is_refused(text):
    with pytest.raises(UnknownFailpoint):
        read_failpoints(text)


def test_a_step_that_fails_is_done_by_the_next(world):
    from creditbank.services.failpoints import FAILPOINTS

    world.fill(1)
    FAILPOINTS.arm(read_failpoints("batch.closed=error"), lambda: None)
    try:
        assert world.bank.anchoring.seal() is None, "nothing waits"
    finally:
        FAILPOINTS.arm({}, lambda: None)
