"""A learner's lots as a page shows them: few in one table, many folded by year and provider, none left out."""

from dataclasses import replace
from datetime import date

from doors import House
from markup import faults_of, read_page

from creditbank.ledger import Lot
from creditbank.services.sharing import LotView
from creditbank.units import CreditAmount, Credits
from creditbank_api.web.account import UNFOLDED, lot_groups
from creditbank_api.web.session import short

AMOUNT = CreditAmount("in-ncrf", Credits.parse("4"))


def _views(house: House, count: int, *, years: int, providers: int) -> list[LotView]:
    (one, *_) = house.bank.sharing.account(house.learners["asha"].id).lots
    return [
        replace(
            one,
            provider=f"Provider {number % providers}",
            facts=replace(one.facts, title=f"Unit {number}", earned=date(2020 + number % years, 5, 1)),
        )
        for number in range(count)
    ]


def test_few_lots_stand_in_one_table(house: House) -> None:
    (group,) = lot_groups(_views(house, UNFOLDED, years=4, providers=2))
    assert (len(group.lots), group.folds, group.open) == (UNFOLDED, False, True)
    assert lot_groups([]) == ()


def test_many_are_folded_by_year_and_provider_and_each_is_there_once(house: House) -> None:
    views = _views(house, 48, years=3, providers=2)
    groups = lot_groups(views)
    assert [group.title for group in groups] == [
        f"Provider {which}, {year}" for year in (2022, 2021, 2020) for which in (0, 1)
    ]
    assert sorted(lot.title for group in groups for lot in group.lots) == sorted(one.facts.title for one in views)
    assert [group.open for group in groups] == [True, *[False] * 5]
    assert all(group.folds for group in groups)


def test_a_long_year_is_folded_even_where_it_is_the_newest(house: House) -> None:
    groups = lot_groups(_views(house, 40, years=1, providers=1))
    assert [(len(group.lots), group.open) for group in groups] == [(40, False)]


def test_what_a_fold_comes_to_counts_nothing_that_is_revoked_as_free(house: House) -> None:
    views = _views(house, UNFOLDED + 2, years=1, providers=1)
    free = Lot.of(
        account="a",
        credential="c",
        issuer="did:web:x.example",
        first_issue="c",
        amount=AMOUNT,
        opened=views[0].lot.opened,
    )
    lots = [free, replace(free, reserved=Credits.parse("1.5")), replace(free, revoked=True)]
    views = [replace(view, lot=lots[min(number, 2)]) for number, view in enumerate(views)]
    (group,) = lot_groups(views)
    assert group.said == "40 in-ncrf, 6.5 free"


def test_the_page_folds_without_a_script_and_each_lot_is_on_it(house: House) -> None:
    learner = house.learners["asha"].id
    lots = house.bank.sharing.account(learner).lots
    assert len(lots) > UNFOLDED
    page = read_page(house.browser(house.tokens["asha"]).get(f"/learners/{short(learner)}").text)
    assert faults_of(page) == []
    folds = [one for one in page.all("details") if one.attributes.get("class") == "part"]
    assert len(folds) == len(lot_groups(lots))
    text = " ".join(one.text for one in folds)
    assert all(view.facts.title in text for view in lots)
