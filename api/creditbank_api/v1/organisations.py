"""Organisations: who provides, awards and accredits here. Public, as their DID documents are."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from creditbank.services.records import Organisation
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import declared
from creditbank_api.security import hidden
from creditbank_api.v1.shapes import IdInPath, Shape

router = APIRouter(tags=["organisations"])


class OrganisationView(Shape):
    """An organisation by name and DID: provider, university, registrar, or several of them at once."""

    id: str
    name: str
    did: str
    roles: list[str]
    frameworks: list[str]
    country: str
    since: str
    sample: bool

    @classmethod
    def of(cls, one: Organisation) -> "OrganisationView":
        """Shape a record."""
        return cls(
            id=one.id,
            name=one.name,
            did=one.did,
            roles=sorted(one.roles),
            frameworks=list(one.frameworks),
            country=one.country,
            since=instant_text(one.created),
            sample=one.sample,
        )


class OrganisationList(Shape):
    """Some organisations, by id; `next` continues, and is missing at the end."""

    items: list[OrganisationView]
    next: str | None


@router.get("/organisations", responses=declared("unreadable-cursor", "invalid-request"))
def organisations(bank: BankDep, response: Response, asked: Annotated[Window, Depends(window)]) -> OrganisationList:
    """The organisations that take part."""
    with bank.store.transaction() as tx:
        known = tx.organisations()
    part, following = asked.sorted(known, lambda one: one.id, response)
    return OrganisationList(items=[OrganisationView.of(one) for one in part], next=following)


@router.get("/organisations/{id}", responses=declared("no-such-resource", "invalid-request"))
def read(id: IdInPath, bank: BankDep) -> OrganisationView:
    """One organisation."""
    with hidden(), bank.store.transaction() as tx:
        return OrganisationView.of(tx.get_organisation(id))
