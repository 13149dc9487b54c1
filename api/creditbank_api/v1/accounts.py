"""Accounts: what a learner holds, lot by lot, and every entry that made it so. For the learner alone."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from creditbank.bootstrap import Bank
from creditbank.ledger import Entry, Lot
from creditbank.services.flagging import words_of
from creditbank.services.records import Learner
from creditbank.services.sharing import Balance
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NoSuchResource
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, declared
from creditbank_api.security import AnyCaller, Caller, Scope, hidden, needs
from creditbank_api.v1.shapes import IdInPath, LotId, Shape

router = APIRouter(tags=["accounts"])
READS = [needs(Scope.ACCOUNT_READ)]
LotInPath = Annotated[LotId, Path()]


class BalanceView(Shape):
    """Credits of one credit system; those of two systems are never added together."""

    credit_system: str
    total: str
    available: str
    reserved: str
    redeemed: str
    lapsed: str

    @classmethod
    def of(cls, balance: Balance) -> "BalanceView":
        """Shape a balance."""
        return cls(
            credit_system=balance.system,
            total=str(balance.total),
            available=str(balance.available),
            reserved=str(balance.reserved),
            redeemed=str(balance.redeemed),
            lapsed=str(balance.lapsed),
        )


class AccountView(Shape):
    """A learner's account: by which DID credentials name them, and what it holds in each credit system."""

    id: str
    did: str
    opened: str
    balances: list[BalanceView]
    lots: str
    entries: str

    @classmethod
    def of(cls, learner: Learner, balances: tuple[Balance, ...]) -> "AccountView":
        """Shape an account."""
        at = f"/v1/accounts/{learner.id}"
        return cls(
            id=learner.id,
            did=learner.did,
            opened=instant_text(learner.created),
            balances=[BalanceView.of(one) for one in balances],
            lots=f"{at}/lots",
            entries=f"{at}/entries",
        )


class LotView(Shape):
    """The credits of one credential, in its own credit system: what is free, held, counted, lapsed."""

    id: str
    account: str
    credential: str
    issuer: str
    credit_system: str
    total: str
    available: str
    reserved: str
    redeemed: str
    lapsed: str
    state: str
    opened: str
    expires: str | None

    @classmethod
    def of(cls, lot: Lot) -> "LotView":
        """Shape a lot."""
        return cls(
            id=lot.id,
            account=lot.account,
            credential=lot.credential,
            issuer=lot.issuer,
            credit_system=lot.amount.system,
            total=str(lot.amount.credits),
            available=str(lot.available),
            reserved=str(lot.reserved),
            redeemed=str(lot.redeemed),
            lapsed=str(lot.lapsed),
            state=str(lot.state),
            opened=instant_text(lot.opened),
            expires=None if lot.expires is None else instant_text(lot.expires),
        )


class EntryView(Shape):
    """One entry: an amount left one bucket of a lot and entered another. Entries are chained by their hashes.

    `words` are what a body wrote when it took an award back, kept beside the entry until the account is erased.
    """

    sequence: int
    kind: str
    lot: str
    amount: str
    debit: str
    credit: str
    award: str | None
    reason: str
    words: str | None = None
    at: str
    previous: str
    hash: str

    @classmethod
    def of(cls, entry: Entry, words: str = "") -> "EntryView":
        """Shape an entry."""
        return cls(
            sequence=entry.sequence,
            kind=str(entry.kind),
            lot=entry.lot,
            amount=str(entry.amount),
            debit=str(entry.debit),
            credit=str(entry.credit),
            award=entry.award,
            reason=entry.reason,
            words=words or None,
            at=instant_text(entry.at),
            previous=entry.previous.hex(),
            hash=entry.hash.hex(),
        )


class LotList(Shape):
    """Some lots, newest first; `next` continues, and is missing at the end."""

    items: list[LotView]
    next: str | None


class EntryList(Shape):
    """Some entries, newest first; `next` continues, and is missing at the end."""

    items: list[EntryView]
    next: str | None


@router.get("/accounts/{id}", dependencies=READS, responses=declared(*GUARDED, "no-such-resource", "invalid-request"))
def account(id: IdInPath, bank: BankDep, caller: AnyCaller) -> AccountView:
    """A learner's account and its balances."""
    found = bank.sharing.account(_own(bank, id, caller).id)
    return AccountView.of(found.learner, found.balances)


@router.get(
    "/accounts/{id}/lots",
    dependencies=READS,
    responses=declared(*GUARDED, "no-such-resource", "unreadable-cursor", "invalid-request"),
)
def lots(
    id: IdInPath, bank: BankDep, caller: AnyCaller, response: Response, asked: Annotated[Window, Depends(window)]
) -> LotList:
    """The lots of an account."""
    learner = _own(bank, id, caller)
    with bank.store.transaction() as tx:
        found = tx.list_lots(asked.page(), learner.id)
    part, following = asked.part(found, response)
    return LotList(items=[LotView.of(lot) for lot in part], next=following)


@router.get(
    "/accounts/{id}/entries",
    dependencies=READS,
    responses=declared(*GUARDED, "no-such-resource", "unreadable-cursor", "invalid-request"),
)
def entries(
    id: IdInPath,
    bank: BankDep,
    caller: AnyCaller,
    response: Response,
    asked: Annotated[Window, Depends(window)],
    lot: Annotated[LotId | None, Query(description="Only the entries of this lot")] = None,
) -> EntryList:
    """The entries of an account, or of one of its lots."""
    learner = _own(bank, id, caller)
    with bank.store.transaction() as tx:
        found = tx.list_entries(asked.page(), learner.id, lot)
        part, following = asked.part(found, response)
        items = [EntryView.of(entry, words_of(tx, entry)) for entry in part]
    return EntryList(items=items, next=following)


@router.get("/lots/{id}", dependencies=READS, responses=declared(*GUARDED, "no-such-resource", "invalid-request"))
def lot(id: LotInPath, bank: BankDep, caller: AnyCaller) -> LotView:
    """One lot, for the learner who holds it."""
    with hidden(), bank.store.transaction() as tx:
        found = tx.get_lot(id)
    if not caller.is_any_of(found.account):
        raise NoSuchResource
    return LotView.of(found)


def _own(bank: Bank, id: str, caller: Caller) -> Learner:
    with hidden(), bank.store.transaction() as tx:
        learner = tx.get_learner(id)
    if not caller.is_any_of(learner.id):
        raise NoSuchResource
    return learner
