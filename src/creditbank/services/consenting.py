"""Whether a body may look into a learner's account, or use its credits: the learner's consent, or their application."""

from datetime import datetime
from typing import Final

from creditbank.errors import NotFound
from creditbank.services.ports import Transaction
from creditbank.services.standing_records import ApplicationState

CONSENTS: Final = frozenset({ApplicationState.SUBMITTED, ApplicationState.MORE_WANTED, ApplicationState.ACCEPTED})
"""The states in which an application is its learner's consent; one that was withdrawn or declined is none."""


class ConsentNeeded(NotFound):
    """Whoever looks into a learner's account needs that learner's consent, or application.

    To whoever has neither, the account is one that is not there.
    """

    slug = "consent-needed"


def require_consent(tx: Transaction, learner: str, organisation: str, now: datetime) -> None:
    """Raise `ConsentNeeded` unless a body may look into an account that a person signs in to, and use its credits.

    An account nobody signs in to is kept by the operator, as samples are: it has nobody who could be asked. Raises
    `UnknownRecord` for an unknown learner.
    """
    if tx.get_learner(learner).person is None:
        return
    whole = (not one.covers and one.stands(now) for one in tx.consents_for(learner, organisation))
    applied = (one.organisation == organisation and one.state in CONSENTS for one in tx.applications_of(learner))
    if not any(whole) and not any(applied):
        raise ConsentNeeded(
            "The learner has not agreed that this body looks into the account.",
            next_step="Ask them to consent, or to apply: then their application is the consent.",
        )
