"""Applying: a learner asks a university for an award, and by asking agrees that credits are spent on it.

The application is the recorded consent: no award is made without one. Where the learner holds a key it is signed, for
this university and this application alone. Each step is appended with who took it and why. For a learner who is a
sample, made for a demonstration, the bank writes the record itself and says so in it.
"""

from typing import Any, Final

from creditbank.canonical import JsonObject, json_digest
from creditbank.errors import Conflict, CreditBankError, Refused
from creditbank.services.noticing import Noticing, to_learner, to_organisation
from creditbank.services.ports import AlreadyRecorded, Clock, Entropy, Store, Transaction, UnknownRecord
from creditbank.services.records import AwardState, Learner, Organisation, Role
from creditbank.services.sharing import Sharing
from creditbank.services.signatures import WalletSigns
from creditbank.services.standing_records import Application, ApplicationState, ApplicationStep
from creditbank.services.verifying import Verifying
from creditbank.verification import Outcome, policy_named, read_secured

OPEN: Final = (ApplicationState.SUBMITTED, ApplicationState.MORE_WANTED)
PROVEN: Final = ("presentation.readable", "presentation.signature", "presentation.audience", "presentation.holder")


class NoApplication(Refused):
    """An award needs the learner's application: without it nobody agreed that these credits are spent."""

    slug = "no-application"


class ApplicationOpen(Conflict):
    """A learner has one open application to a university for an award."""

    slug = "application-open"


class ApplicationClosed(Conflict):
    """This application stands in a state in which this cannot be done to it any more."""

    slug = "application-closed"


class ApplicationReused(Conflict):
    """This request id already stands for another application."""

    slug = "application-reused"


class ApplicationNotSigned(Refused):
    """The presentation does not show that the learner's key signed this application for this university."""

    slug = "application-not-signed"


class NoSuchUniversity(Refused):
    """Applications go to a university of this bank."""

    slug = "no-such-university"


class Applying:
    """Takes applications in, and keeps what became of them."""

    def __init__(
        self,
        store: Store,
        sharing: Sharing,
        verifying: Verifying,
        noticing: Noticing,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._store, self._sharing, self._verifying = store, sharing, verifying
        self._noticing, self._clock, self._entropy = noticing, clock, entropy

    def submit(
        self,
        request: str,
        *,
        learner: str,
        organisation: str,
        qualification: str,
        evaluation: str | None = None,
        presentation: bytes | None = None,
    ) -> Application:
        """Apply; the same request again gives the first answer.

        The bank signs with the key that it keeps for the learner; a learner whose key is in a wallet of their own hands
        in a `presentation` signed for `challenge` and the university's DID. Raises `UnknownRecord` for an unknown
        university or evaluation, `NoSuchUniversity`, `ApplicationOpen`, `ApplicationReused`, `WalletSigns` where the
        wallet has to sign, and `ApplicationNotSigned`.
        """
        with self._store.transaction() as tx:
            standing = tx.find_application(request)
            person, body = tx.get_learner(learner), tx.get_organisation(organisation)
            shown = _shown(tx, learner, organisation, qualification, evaluation)
        if standing is not None:
            return _same(standing, learner, organisation, qualification, evaluation)
        if Role.UNIVERSITY not in body.roles:
            raise NoSuchUniversity(f"{body.name} awards nothing in this bank.")
        asked = self.challenge(learner, organisation, qualification, evaluation)
        signed = self._proven(presentation, asked, person, body) if presentation else None
        if signed is None and shown:
            signed = self._sharing.present(learner, shown, challenge=asked, domain=body.did)
        made = Application(
            self._entropy.urn(),
            request,
            learner,
            organisation,
            qualification,
            evaluation,
            sample=False,
            state=ApplicationState.SUBMITTED,
            signed=signed,
            award=None,
            created=self._clock.now(),
        )
        try:
            with self._store.transaction() as tx:
                tx.add_application(made, self._first(made, to_learner(learner), "applied"))
                self._tell(tx, made, "application-submitted", to_organisation(organisation))
        except AlreadyRecorded:
            with self._store.transaction() as tx:
                first = tx.find_application(request)
            if first is None:
                raise ApplicationOpen(
                    f"An application to {body.name} for this award is open.",
                    next_step="Wait for the answer, or withdraw it first.",
                ) from None
            return _same(first, learner, organisation, qualification, evaluation)
        return made

    def challenge(self, learner: str, organisation: str, qualification: str, evaluation: str | None) -> str:
        """What the presentation of this application has to be signed for; its domain is the university's DID."""
        asked: JsonObject = {
            "document": "creditbank/application/v1",
            "learner": learner,
            "organisation": organisation,
            "qualification": qualification,
            "evaluation": evaluation,
        }
        return json_digest(asked).hex()

    def _proven(self, presentation: bytes, challenge: str, person: Learner, body: Organisation) -> bytes:
        try:
            (report,) = self._verifying.verify(
                [read_secured(presentation)], policy=policy_named("archival"), challenge=challenge, domain=body.did
            )
        except CreditBankError as unreadable:
            raise ApplicationNotSigned(str(unreadable)) from unreadable
        passed = {check.name for check in report.checks if check.outcome is Outcome.PASSED}
        if report.issuer != person.did or not set(PROVEN) <= passed:
            raise ApplicationNotSigned(
                "The presentation is not signed by this account's key for this application and this university.",
                next_step=f"Sign it for the challenge {challenge} and the domain {body.did}.",
            )
        return presentation

    def get(self, id: str, *, subject: str) -> Application:
        """An application, for its learner and its university; raises `UnknownRecord` for anybody else."""
        with self._store.transaction() as tx:
            return _own(tx, id, subject)

    def history(self, id: str) -> list[ApplicationStep]:
        """Every step of an application, the oldest first."""
        with self._store.transaction() as tx:
            return tx.application_steps(id)

    def of(self, subject: str) -> list[Application]:
        """The applications of a learner, or to a university, newest first."""
        with self._store.transaction() as tx:
            return tx.applications_of(subject)

    def withdraw(self, id: str, *, by: str, reason: str) -> Application:
        """Take an application back while it is open; raises `UnknownRecord` and `ApplicationClosed`."""
        return self._step(id, by, ApplicationState.WITHDRAWN, reason, OPEN)

    def add(self, id: str, *, by: str, reason: str) -> Application:
        """Answer a university that wants more: the application is submitted again."""
        return self._step(id, by, ApplicationState.SUBMITTED, reason, (ApplicationState.MORE_WANTED,))

    def decide(self, id: str, state: ApplicationState, *, by: str, reason: str) -> Application:
        """Accept, decline or ask for more, with the reason; raises `UnknownRecord` and `ApplicationClosed`.

        Asked for more in the same words again, as by a form that is sent twice, the learner is told once.
        """
        answers = (ApplicationState.ACCEPTED, ApplicationState.DECLINED, ApplicationState.MORE_WANTED)
        assert state in answers, "a university accepts, declines or wants more"
        return self._step(id, by, state, reason, OPEN)

    def _step(
        self, id: str, by: str, state: ApplicationState, reason: str, since: tuple[ApplicationState, ...]
    ) -> Application:
        with self._store.transaction() as tx:
            found = _own(tx, id, by)
            learners = by == found.learner
            if learners is not (state in (ApplicationState.WITHDRAWN, ApplicationState.SUBMITTED)):
                raise UnknownRecord(f"There is no application {id}.")
            actor, other = to_learner(found.learner), to_organisation(found.organisation)
            actor, other = (actor, other) if learners else (other, actor)
            step = ApplicationStep(id, 0, state, actor, reason, self._clock.now())
            others = tuple(one for one in since if one is not state)
            if not tx.move_application(step, since=others):
                if state in since and _says_again(tx, step):
                    return tx.get_application(id)
                if state not in since or not tx.move_application(step, since=(state,)):
                    raise ApplicationClosed(f"This application is {tx.get_application(id).state} by now.")
            self._tell(tx, found, f"application-{state}", other)
            return tx.get_application(id)

    def consent_in(self, tx: Transaction, *, learner: str, organisation: str, qualification: str, award: str) -> None:
        """Bind the learner's application to the award that is about to be made, in the caller's transaction.

        A submitted one is accepted by it. Raises `NoApplication` where the learner did not apply, or was answered
        otherwise.
        """
        now = self._clock.now()
        for found in tx.applications_for(learner, organisation, qualification):
            if not _usable(tx, found):
                continue
            actor = to_organisation(organisation)
            step = ApplicationStep(found.id, 0, ApplicationState.ACCEPTED, actor, f"awarded: {award}", now)
            if tx.move_application(step, since=(ApplicationState.SUBMITTED, ApplicationState.ACCEPTED), award=award):
                return
        if not tx.get_learner(learner).sample:
            raise NoApplication(
                "The learner has not applied for this award, so nobody agreed that their credits are spent on it.",
                next_step="Ask the learner to apply to this university for this qualification.",
            )
        made = Application(
            self._entropy.urn(),
            f"sample:{award}",
            learner,
            organisation,
            qualification,
            None,
            sample=True,
            state=ApplicationState.ACCEPTED,
            signed=None,
            award=award,
            created=now,
        )
        tx.add_application(made, self._first(made, "bank", f"consent of a sample learner, for award {award}"))

    def _first(self, made: Application, actor: str, reason: str) -> ApplicationStep:
        return ApplicationStep(made.id, 1, made.state, actor, reason, made.created)

    def _tell(self, tx: Transaction, about: Application, kind: str, audience: str) -> None:
        told: JsonObject = {"application": about.id, "qualification": about.qualification}
        self._noticing.tell(tx, audience, kind, told)


def _shown(
    tx: Transaction, learner: str, organisation: str, qualification: str, evaluation: str | None
) -> tuple[str, ...]:
    """The credentials that the application presents: those that the evaluation counted, or all that are held."""
    held = [credential.id for credential in tx.credentials_of(learner)]
    if evaluation is None:
        return tuple(held)
    record = tx.get_evaluation(evaluation)
    if (record.learner, record.organisation, record.qualification) != (learner, organisation, qualification):
        raise UnknownRecord(f"There is no evaluation {evaluation}.")
    document: Any = record.document
    counted = {str(use["credential"]) for use in document["result"]["uses"]}
    return tuple(id for id in held if id in counted) or tuple(held)


def _same(
    standing: Application, learner: str, organisation: str, qualification: str, evaluation: str | None
) -> Application:
    kept = (standing.learner, standing.organisation, standing.qualification, standing.evaluation)
    if kept != (learner, organisation, qualification, evaluation):
        raise ApplicationReused(f"The request id {standing.request} was used before for another application.")
    return standing


def _says_again(tx: Transaction, step: ApplicationStep) -> bool:
    """Whether the newest step of the application said just this."""
    newest = tx.application_steps(step.application)[-1]
    return (newest.state, newest.reason) == (step.state, step.reason)


def _own(tx: Transaction, id: str, subject: str) -> Application:
    found = tx.get_application(id)
    if subject not in (found.learner, found.organisation):
        raise UnknownRecord(f"There is no application {id}.")
    return found


def _usable(tx: Transaction, found: Application) -> bool:
    """Whether an award can rest on it: it was not answered otherwise, and no award came of it that stands."""
    if found.sample or found.state not in (ApplicationState.SUBMITTED, ApplicationState.ACCEPTED):
        return False
    return found.award is None or tx.get_award(found.award).state is AwardState.REFUSED


__all__ = [
    "ApplicationClosed",
    "ApplicationNotSigned",
    "ApplicationOpen",
    "ApplicationReused",
    "Applying",
    "NoApplication",
    "NoSuchUniversity",
    "WalletSigns",
]
