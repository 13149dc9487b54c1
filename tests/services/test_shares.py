"""Shares: for whom, why, until when; who looked; and what withdrawing closes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from worlds import owned

from creditbank.services.consenting import ConsentNeeded
from creditbank.services.issuing import RequestReused
from creditbank.services.listing_ports import Page
from creditbank.services.noticing import to_organisation
from creditbank.services.ports import UnknownRecord
from creditbank.services.share_records import ShareState
from creditbank.services.shares import (
    MOST_WRONG,
    NoSuchShare,
    PinNeeded,
    PinWrong,
    Shares,
    UnusableShare,
)
from creditbank.services.sharing import NotInThisAccount


@pytest.fixture
def held(world):
    return [one.id for one in world.fill(3)]


def make(world, held, request="s-1", **change):
    asked = {"learner": world.learner.id, "credentials": held[:2], "audience": "An employer", "purpose": "A job"}
    return world.bank.shares.share(request, **{**asked, **change})


def at(world, monkeypatch, later):
    now = world.bank.clock.now() + later
    monkeypatch.setattr(type(world.bank.clock), "now", lambda _: now)


def test_a_link_shows_the_chosen_credentials_and_the_learner_sees_who_looked(world, held):
    made = make(world, held)
    assert len(made.token) == 43
    opened = world.bank.shares.open(made.token)
    assert ([one.id for one in opened.credentials], opened.learner) == (held[:2], world.learner.name)
    world.bank.shares.open(made.token)
    share, views = world.bank.shares.get(made.share.id, learner=world.learner.id)
    assert [(view.organisation, view.at.second) for view in views] == [("", 0)], "one view a minute, to the minute"
    assert share.expires - share.created == timedelta(days=30)
    world.bank.shares.preview(made.share.id, learner=world.learner.id)
    assert len(world.bank.shares.get(made.share.id, learner=world.learner.id)[1]) == 1


def test_the_link_is_seen_once_and_kept_nowhere(world, held):
    """Threat 53."""
    made = make(world, held)
    again = make(world, held)
    assert (again.share, again.token) == (made.share, "")
    for file in world.home.glob("*.db*"):
        assert made.token.encode() not in file.read_bytes()
    with pytest.raises(RequestReused):
        make(world, held, purpose="Another one")


def test_what_is_closed_looks_like_what_never_was(world, held, monkeypatch):
    """Threat 44: expired, withdrawn, locked, for another body and unknown, to the letter."""
    shares = world.bank.shares
    withdrawn, ended = make(world, held, "a"), make(world, held, "b", until=world.bank.clock.now() + timedelta(days=1))
    locked = make(world, held, "c", pin="2468")
    others = make(world, held, "d", audience="", organisation=world.university.id)
    shares.withdraw(withdrawn.share.id, learner=world.learner.id)
    for _ in range(MOST_WRONG):
        with pytest.raises(PinWrong):
            shares.open(locked.token, pin="0000")
    at(world, monkeypatch, timedelta(days=2))
    told = set()
    for token in (withdrawn.token, ended.token, locked.token, others.token, "x" * 43):
        with pytest.raises(NoSuchShare) as refused:
            shares.open(token, pin="2468")
        told.add((str(refused.value), refused.value.next_step))
    assert len(told) == 1
    states = [
        shares.state_of(shares.get(one.share.id, learner=world.learner.id)[0]) for one in (withdrawn, ended, locked)
    ]
    assert states == [ShareState.WITHDRAWN, ShareState.EXPIRED, ShareState.LOCKED]


def test_a_pin_opens_a_share_and_guesses_are_counted_each(world, held, monkeypatch):
    """Threat 54: also guesses that are made at once, all of which found the share open."""
    made = make(world, held, pin="2468")
    assert made.share.pin.startswith("$argon2id$")
    with pytest.raises(PinNeeded):
        world.bank.shares.open(made.token)
    with pytest.raises(PinWrong):
        world.bank.shares.open(made.token, pin="0000")
    assert world.bank.shares.open(made.token, pin="2468").credentials

    def guess(number):
        try:
            world.bank.shares.open(made.token, pin=f"9{number:03d}")
        except (PinWrong, NoSuchShare) as refused:
            return type(refused)

    require, together = Shares._require_pin, Barrier(MOST_WRONG + 4)

    def require_together(shares, share, pin):
        together.wait(60)
        require(shares, share, pin)

    with monkeypatch.context() as patch, ThreadPoolExecutor(MOST_WRONG + 4) as pool:
        patch.setattr(Shares, "_require_pin", require_together)
        told = list(pool.map(guess, range(MOST_WRONG + 4)))
    assert (told.count(PinWrong), told.count(NoSuchShare)) == (MOST_WRONG - 1, 5), "one was tried before"
    with pytest.raises(NoSuchShare):
        world.bank.shares.open(made.token, pin="2468")


def test_a_right_pin_gives_nobody_their_wrong_ones_back(world, held):
    """Threat 54: who has the link, and waits until its reader opens it again, has ten guesses in all and no more."""
    made = make(world, held, pin="2468")
    for number in range(MOST_WRONG - 1):
        with pytest.raises(PinWrong):
            world.bank.shares.open(made.token, pin=f"9{number:03d}")
        assert world.bank.shares.open(made.token, pin="2468").credentials  # as often as its reader likes
    with pytest.raises(PinWrong):
        world.bank.shares.open(made.token, pin="0000")
    with pytest.raises(NoSuchShare):
        world.bank.shares.open(made.token, pin="2468")
    share, _ = world.bank.shares.get(made.share.id, learner=world.learner.id)
    assert (share.wrong, world.bank.shares.state_of(share)) == (MOST_WRONG, ShareState.LOCKED)


def test_what_is_shared_with_a_body_is_opened_by_that_body_alone(world, held):
    """Threat 42."""
    shares, body = world.bank.shares, world.university.id
    made = make(world, held, audience="", organisation=body)
    assert made.share.audience == world.university.name
    with pytest.raises(NoSuchShare):
        shares.open(made.token)
    with pytest.raises(NoSuchShare):
        shares.open(made.token, reader=world.rival.id)
    assert shares.open(made.token, reader=body).credentials
    assert shares.open_received(made.share.id, reader=body).credentials
    assert [share for _, share in shares.received(body, Page(10))] == [made.share]
    assert shares.received(world.rival.id, Page(10)) == []
    for name in (made.share.id, "urn:uuid:none"):
        with pytest.raises(NoSuchShare):
            shares.open_received(name, reader=world.rival.id)
    assert [view.organisation for view in shares.get(made.share.id, learner=world.learner.id)[1]] == [body]
    told = world.bank.noticing.told(to_organisation(body))
    assert [(one.kind, dict(one.document)) for one in told if one.kind == "share-received"] == [
        ("share-received", {"share": made.share.id})
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"credentials": []},
        {"purpose": " "},
        {"audience": ""},
        {"purpose": "a\u202eb"},
        {"pin": "123"},
        {"audience": "x" * 401},
    ],
)
def test_a_share_says_what_for_whom_and_why(world, held, change):
    with pytest.raises(UnusableShare):
        make(world, held, **change)


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_a_share_ends_within_a_year(world, held, days):
    with pytest.raises(UnusableShare):
        make(world, held, until=world.bank.clock.now() + timedelta(days=days))


def test_only_what_is_in_the_account_is_shared(world, held):
    with pytest.raises(NotInThisAccount):
        make(world, ["urn:uuid:none"])
    other = world.bank.registering.register_learner(name="Another sample", sample=True)
    with pytest.raises(NotInThisAccount):
        make(world, held, learner=other.id)
    made = make(world, held)
    for ask in (world.bank.shares.get, world.bank.shares.preview, world.bank.shares.withdraw):
        with pytest.raises(UnknownRecord):
            ask(made.share.id, learner=other.id)


def test_a_share_is_a_consent_and_ends_with_it(world, held):
    shares, learner = world.bank.shares, world.learner.id
    made = make(world, held)
    ((_, consent),) = shares.consents(learner, Page(10))
    assert (consent.covers, consent.audience, consent.purpose) == (tuple(held[:2]), "An employer", "A job")
    assert consent.until == made.share.expires
    shares.take_back(consent.id, learner=learner)
    with pytest.raises(NoSuchShare):
        shares.open(made.token)
    with pytest.raises(UnknownRecord):
        shares.take_back(consent.id, learner="urn:uuid:another")
    other = make(world, held, "s-2")
    first = shares.withdraw(other.share.id, learner=learner)
    assert shares.withdraw(other.share.id, learner=learner) == first
    assert all(one.withdrawn for _, one in shares.consents(learner, Page(10)))


def test_a_body_looks_into_an_account_that_somebody_signs_in_to_with_consent_alone(world):
    shares, learner, body = world.bank.shares, world.learner.id, world.university.id
    shares.require_consent(learner, body)  # nobody signs in to this account, so that nobody could be asked
    owned(world.bank, learner)
    with pytest.raises(ConsentNeeded):
        shares.require_consent(learner, body)
    given = shares.consent("c-1", learner=learner, organisation=body, purpose="A degree")
    assert shares.consent("c-1", learner=learner, organisation=body, purpose="A degree") == given
    with pytest.raises(RequestReused):
        shares.consent("c-1", learner=learner, organisation=body, purpose="Another")
    shares.require_consent(learner, body)
    with pytest.raises(ConsentNeeded):
        shares.require_consent(learner, world.rival.id)
    shares.take_back(given.id, learner=learner)
    with pytest.raises(ConsentNeeded):
        shares.require_consent(learner, body)
