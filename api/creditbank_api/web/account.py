"""The learner's account as a page."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from creditbank.bootstrap import Bank
from creditbank.errors import NotFound
from creditbank.ledger import Lot
from creditbank.services.bookkeeping import WARNINGS
from creditbank.services.records import AwardRecord, EvaluationRecord
from creditbank.services.sharing import Balance, LotView
from creditbank.units import NONE, Credits
from creditbank_api.web import words
from creditbank_api.web.bars import balance_bar
from creditbank_api.web.progress import closeness, credits_bar, requirements_bar
from creditbank_api.web.session import short
from creditbank_api.web.views import (
    AccountPage,
    AwardLink,
    BalanceView,
    Expiring,
    Link,
    LotGroup,
    LotRow,
    QualificationLink,
    sorted_newest,
)

UNFOLDED: Final = 8
"""So many lots are shown at once: on a phone each takes a third of a screen."""


def account_page(bank: Bank, learner: str) -> AccountPage:
    """The account of a learner; raises `UnknownRecord`."""
    account = bank.sharing.account(learner)
    with bank.store.transaction() as tx:
        evaluations, awards = tx.evaluations_of(learner), tx.awards_of(learner)
    href = f"/learners/{short(account.learner.id)}"
    return AccountPage(
        name=account.learner.name,
        did=account.learner.did,
        sample=account.learner.sample,
        href=href,
        balances=tuple(_balance(bank, balance, index) for index, balance in enumerate(account.balances)),
        lots=len(account.lots),
        groups=lot_groups(account.lots),
        qualifications=_newest(bank, evaluations, href),
        awards=sorted_newest([_award(bank, award) for award in awards]),
        expiring=_expiring(account.lots, bank.clock.now()),
    )


def title_of(bank: Bank, qualification: str, version: str | None = None) -> str:
    """A qualification's title, of its newest version where none is named; its id when the catalogue has it no more."""
    try:
        return bank.catalogue.qualification(qualification, version).title
    except NotFound:
        return qualification if version is None else f"{qualification} ({version})"


def _expiring(lots: Sequence[LotView], now: datetime) -> tuple[Expiring, ...]:
    """What is free and expires as soon as learners are told of it, the next first."""
    soon = now + timedelta(days=max(WARNINGS))
    rows = [
        Expiring(
            view.facts.title,
            f"{view.lot.available} {view.lot.amount.system}",
            view.lot.expires,
            (view.lot.expires - now).days,
        )
        for view in lots
        if view.lot.available
        and not view.lot.revoked
        and view.lot.expires is not None
        and now < view.lot.expires <= soon
    ]
    return tuple(sorted(rows, key=lambda row: (row.expires, row.title)))


def lot_groups(lots: Sequence[LotView]) -> tuple[LotGroup, ...]:
    """Lots as they are shown: few in one table, many by provider and year earned, the newest year first.

    Years are folded, but for the newest one where it is short, so that a page of many years can be read on a phone.
    """
    if len(lots) <= UNFOLDED:
        return (LotGroup("", tuple(map(_lot, lots))),) if lots else ()
    grouped: dict[tuple[int, str], list[LotView]] = {}
    for view in lots:
        grouped.setdefault((-view.facts.earned.year, view.provider), []).append(view)
    return tuple(
        LotGroup(
            f"{provider}, {-year}",
            tuple(map(_lot, views)),
            said=_come_to(views),
            folds=True,
            open=number == 0 and len(views) <= UNFOLDED,
        )
        for number, ((year, provider), views) in enumerate(sorted(grouped.items(), key=lambda one: one[0]))
    )


def _come_to(lots: Sequence[LotView]) -> str:
    """What lots come to in each of their credit systems, and how much of that is free."""
    sums: dict[str, tuple[Credits, Credits]] = {}
    for view in lots:
        total, free = sums.get(view.lot.amount.system, (NONE, NONE))
        mine = NONE if view.lot.revoked else view.lot.available
        sums[view.lot.amount.system] = total + view.lot.amount.credits, free + mine
    return "; ".join(f"{total} {system}, {free} free" for system, (total, free) in sorted(sums.items()))


def _balance(bank: Bank, balance: Balance, index: int) -> BalanceView:
    parts = [
        ("available", "Available", balance.available),
        ("reserved", "Reserved", balance.reserved),
        ("redeemed", "Redeemed", balance.redeemed),
        ("lapsed", "Expired or revoked", balance.lapsed),
    ]
    known = bank.catalogue.credit_systems().get(balance.system)
    title = balance.system if known is None else known.name
    return BalanceView(balance.system, str(balance.total), balance_bar(f"balance-{index}", title, balance.total, parts))


def _lot(view: LotView) -> LotRow:
    lot, facts = view.lot, view.facts
    files = [Link(f"/credentials/{short(facts.credential)}.json", "Credential")]
    if view.anchor is not None:
        files.append(Link(f"/credentials/{short(facts.credential)}/receipt.json", "Receipt"))
        files.append(Link(f"/credentials/{short(facts.credential)}/kit.zip", "Verification kit"))
    return LotRow(
        title=facts.title,
        provider=view.provider,
        credits=str(lot.amount.credits),
        system=lot.amount.system,
        level=f"level {facts.level.code} of {facts.level.framework}" if facts.level else "",
        earned=facts.earned,
        state=words.LOTS[lot.state],
        left=_left(lot),
        anchor=words.BROUGHT if view.brought else words.ANCHORS[view.anchor],
        credential=facts.credential,
        downloads=tuple(files),
        expires=lot.expires,
    )


def _left(lot: Lot) -> str:
    """What is left of a lot that was used in part."""
    used = [(lot.reserved, "reserved"), (lot.redeemed, "redeemed")]
    if not lot.available or lot.revoked or not any(amount for amount, _ in used):
        return ""
    return f"{lot.available} left; " + ", ".join(f"{amount} {word}" for amount, word in used if amount)


def _newest(bank: Bank, evaluations: Sequence[EvaluationRecord], href: str) -> tuple[QualificationLink, ...]:
    newest: dict[str, EvaluationRecord] = {}
    for record in sorted(evaluations, key=lambda record: (record.evaluated, record.id)):
        newest[record.qualification] = record
    by_closeness = sorted(newest.values(), key=lambda record: (closeness(_result(record)), record.qualification))
    return tuple(_qualification(bank, record, href, number) for number, record in enumerate(by_closeness))


def _result(record: EvaluationRecord) -> Any:
    document: Any = record.document
    return document["result"]


def _qualification(bank: Bank, record: EvaluationRecord, href: str, number: int) -> QualificationLink:
    result = _result(record)
    return QualificationLink(
        href=f"{href}/qualifications/{record.qualification}",
        title=title_of(bank, record.qualification, record.version),
        sign=words.STACKS.get(result["verdict"], words.UNKNOWN),
        sentence=result["sentence"],
        evaluated=record.evaluated,
        requirements=requirements_bar(f"requirements-{number}", result),
        credits=credits_bar(f"credits-{number}", result),
    )


def _award(bank: Bank, award: AwardRecord) -> AwardLink:
    with bank.store.transaction() as tx:
        university = tx.get_organisation(award.organisation).name
    return AwardLink(
        href=f"/awards/{short(award.id)}",
        title=title_of(bank, award.qualification, award.version),
        university=university,
        sign=words.AWARDS[award.state],
        created=award.created,
    )
