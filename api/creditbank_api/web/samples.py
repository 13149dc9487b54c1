"""The index of a demo: sample learners and institutions, and where their pages are."""

from dataclasses import dataclass

from creditbank.bootstrap import Bank
from creditbank.services.ports import Transaction
from creditbank.services.records import Learner, Organisation
from creditbank_api.security import Caller
from creditbank_api.web.account import title_of
from creditbank_api.web.session import short
from creditbank_api.web.views import Link


@dataclass(frozen=True, slots=True)
class SampleLearner:
    """A sample learner with the pages that this visitor may open."""

    name: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class SampleIndex:
    """All samples."""

    learners: tuple[SampleLearner, ...]
    bodies: tuple[Organisation, ...]


def sample_index(bank: Bank, caller: Caller | None) -> SampleIndex:
    """The samples; what a learner has is listed only to those who may open it."""
    with bank.store.transaction() as tx:
        learners = [learner for learner in tx.learners() if learner.sample]
        bodies = tuple(body for body in tx.organisations() if body.sample)
        shown = tuple(_learner(bank, tx, learner, caller) for learner in learners)
    return SampleIndex(shown, bodies)


def _learner(bank: Bank, tx: Transaction, learner: Learner, caller: Caller | None) -> SampleLearner:
    at = f"/learners/{short(learner.id)}"
    links = [Link(at, "Account", "lots, credits and files")]
    own = caller is not None and caller.is_any_of(learner.id)
    if own:
        for record in {record.qualification: record for record in tx.evaluations_of(learner.id)}.values():
            title = title_of(bank, record.qualification, record.version)
            links.append(Link(f"{at}/qualifications/{record.qualification}", title, "qualification with its tree"))
    for award in tx.awards_of(learner.id):
        if own or (caller is not None and caller.is_any_of(award.organisation)):
            title = title_of(bank, award.qualification, award.version)
            links.append(Link(f"/awards/{short(award.id)}", title, f"award, {award.state}"))
    return SampleLearner(learner.name, tuple(links))
