"""Applications: no award without one, one open at a time, signed for this university, each step recorded."""

import pytest
from worlds import CERTIFICATE, evaluated

from creditbank.canonical import load_object
from creditbank.services.applying import (
    ApplicationClosed,
    ApplicationNotSigned,
    ApplicationOpen,
    ApplicationReused,
    NoApplication,
    NoSuchUniversity,
)
from creditbank.services.noticing import to_learner, to_organisation
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import AwardState, Role
from creditbank.services.standing_records import ApplicationState, ApplicationStep


@pytest.fixture
def real(world):
    """The world's learner, no sample any more."""
    from sqlalchemy import text

    with world.bank.store.transaction() as tx:
        tx._connection.execute(text("UPDATE learners SET sample = false"))
    return world


def applied(world, request="r", **changes):
    asked = {"learner": world.learner.id, "organisation": world.university.id, "qualification": CERTIFICATE}
    return world.bank.applying.submit(request, **asked | changes)


def test_no_award_is_made_without_the_learners_application(real):
    real.fill()
    record = evaluated(real)
    with pytest.raises(NoApplication):
        real.bank.awarding.award("a", evaluation=record.id, by=real.university.id)
    with real.bank.store.transaction() as tx:
        assert tx.find_award_by_request("a") is None
    made = applied(real, evaluation=record.id)
    award = real.bank.awarding.award("a", evaluation=record.id, by=real.university.id)
    assert award.state is AwardState.POSTED
    kept = real.bank.applying.get(made.id, subject=real.learner.id)
    assert (kept.state, kept.award) == (ApplicationState.ACCEPTED, award.id)
    with pytest.raises(NoApplication):
        real.bank.awarding.award("another", evaluation=record.id, by=real.university.id)


def test_of_two_awards_that_saw_one_application_free_one_binds_it(real):
    """Threat 40: the second one's statement finds it taken, whatever it read before."""
    made, held = applied(real), (ApplicationState.SUBMITTED, ApplicationState.ACCEPTED)
    step = ApplicationStep(made.id, 0, ApplicationState.ACCEPTED, "bank", "awarded", made.created)
    with real.bank.store.transaction() as tx:
        assert [tx.move_application(step, since=held, award=award) for award in ("one", "two")] == [True, False]
        assert tx.get_application(made.id).award == "one"


@pytest.mark.parametrize("answer", ["declined", "more-wanted", "withdrawn"])
def test_an_application_that_was_answered_otherwise_is_no_consent(real, answer):
    real.fill()
    record = evaluated(real)
    made, applying = applied(real), real.bank.applying
    if answer == "withdrawn":
        applying.withdraw(made.id, by=real.learner.id, reason="another plan")
    else:
        applying.decide(made.id, ApplicationState(answer), by=real.university.id, reason="one more unit")
    with pytest.raises(NoApplication):
        real.bank.awarding.award("a", evaluation=record.id, by=real.university.id)
    if answer == "more-wanted":
        applying.add(made.id, by=real.learner.id, reason="here it is")
        assert real.bank.awarding.award("a", evaluation=record.id, by=real.university.id).state is AwardState.POSTED
        steps = [(step.number, str(step.state), step.actor.partition(":")[0]) for step in applying.history(made.id)]
        assert steps == [
            (1, "submitted", "learner"),
            (2, "more-wanted", "organisation"),
            (3, "submitted", "learner"),
            (4, "accepted", "organisation"),
        ]


def test_who_is_asked_for_more_in_the_same_words_again_is_told_once(world):
    """A form that is sent twice asks nobody twice; other words, or an answer in between, are another question."""
    made, applying = applied(world), world.bank.applying

    def ask(reason):
        return applying.decide(made.id, ApplicationState.MORE_WANTED, by=world.university.id, reason=reason)

    assert ask("one more unit") == ask("one more unit")
    assert len(applying.history(made.id)) == 2
    kinds = [notice.kind for notice in world.bank.noticing.told(to_learner(world.learner.id))]
    assert kinds.count("application-more-wanted") == 1
    ask("and a transcript")
    applying.add(made.id, by=world.learner.id, reason="here it is")
    ask("and a transcript")
    assert [str(step.state) for step in applying.history(made.id)] == [
        *("submitted", "more-wanted", "more-wanted", "submitted", "more-wanted")
    ]


def test_a_sample_learners_consent_is_written_down_as_such(world):
    world.fill()
    award = world.bank.awarding.award("a", evaluation=evaluated(world).id, by=world.university.id)
    (kept,) = world.bank.applying.of(world.learner.id)
    assert (kept.sample, kept.award, kept.signed) == (True, award.id, None)
    assert "sample" in world.bank.applying.history(kept.id)[0].reason


def test_an_application_is_signed_by_the_learner_for_this_university(world):
    """Another university, or the same for another application, is shown a signature that is not for it."""
    world.fill(1)
    made = applied(world)
    proof = load_object(made.signed)["proof"]
    asked = world.bank.applying.challenge(world.learner.id, world.university.id, CERTIFICATE, None)
    assert (proof["challenge"], proof["domain"]) == (asked, world.university.did)
    world.bank.applying.withdraw(made.id, by=world.learner.id, reason="I sign myself")
    own = applied(world, "own", presentation=made.signed)
    assert own.signed == made.signed
    with pytest.raises(ApplicationNotSigned):
        applied(world, "elsewhere", organisation=world.rival.id, presentation=made.signed)
    with pytest.raises(ApplicationNotSigned):
        applied(world, "elsewhere", organisation=world.rival.id, presentation=b"no presentation")


def test_there_is_one_open_application_and_its_request_gives_the_first_answer(world):
    """Threat 38."""
    world.fill(1)
    first = applied(world)
    assert applied(world) == first
    with pytest.raises(ApplicationOpen):
        applied(world, "again")
    with pytest.raises(ApplicationReused):
        applied(world, organisation=world.rival.id)
    assert applied(world, "to another university", organisation=world.rival.id).id != first.id
    world.bank.applying.decide(first.id, ApplicationState.DECLINED, by=world.university.id, reason="too few credits")
    assert applied(world, "anew").id != first.id
    kinds = [notice.kind for notice in world.bank.noticing.told(to_learner(world.learner.id))]
    assert kinds == ["application-declined"]
    kinds = [notice.kind for notice in world.bank.noticing.told(to_organisation(world.university.id))]
    assert kinds.count("application-submitted") == 2


def test_only_its_learner_and_its_university_see_it_and_each_takes_their_own_steps(world):
    """Threat 42."""
    world.fill(1)
    made, applying = applied(world), world.bank.applying
    with pytest.raises(UnknownRecord):
        applying.get(made.id, subject=world.rival.id)
    with pytest.raises(UnknownRecord):
        applying.decide(made.id, ApplicationState.ACCEPTED, by=world.learner.id, reason="I accept myself")
    with pytest.raises(UnknownRecord):
        applying.withdraw(made.id, by=world.university.id, reason="not the university's")
    with pytest.raises(ApplicationClosed):
        applying.add(made.id, by=world.learner.id, reason="nobody asked")
    applying.withdraw(made.id, by=world.learner.id, reason="another plan")
    with pytest.raises(ApplicationClosed):
        applying.decide(made.id, ApplicationState.ACCEPTED, by=world.university.id, reason="too late")


def test_applications_go_to_universities_for_evaluations_of_ones_own(world):
    world.fill()
    school = world.bank.registering.register_organisation(
        name="Sample School", roles={Role.PROVIDER}, frameworks=["in-ncrf"], country="IN"
    )
    with pytest.raises(NoSuchUniversity):
        applied(world, organisation=school.id)
    record = evaluated(world)
    with pytest.raises(UnknownRecord):
        applied(world, organisation=world.rival.id, evaluation=record.id)
