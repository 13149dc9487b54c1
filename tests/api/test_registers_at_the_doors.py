"""A register handed in at the API is a claim; the bank's own answers, and is required where the caller asks for it."""

from datetime import date
from typing import Any

import pytest
from doors import House
from registers import register_json, sample_register

from creditbank.canonical import canonical_json
from creditbank.framework import Register
from creditbank.verification import Outcome, Report, Verdict
from creditbank_api.examining import File, examine

REGISTER = "sample-register-of-the-doors"


def award_files(house: House) -> list[File]:
    award, evaluation = house.made, house.evaluations[-1]
    used = [row["credential"] for row in evaluation.document["result"]["uses"]]
    with house.bank.store.transaction() as tx:
        stacked = [tx.get_credential(id).signed for id in used]
    signed = [File(f"{number}.json", content) for number, content in enumerate(stacked)]
    return [File("award.json", award.signed), File("proof.json", award.proof), *signed]


def bodies(house: House) -> list[dict[str, Any]]:
    """Every body of the bank, accredited without limits; about awards the register is silent, so it denies none."""
    with house.bank.store.transaction() as tx:
        known = tx.organisations()
    accreditation = {"id": "A", "by": "X", "kind": "institution", "decision": "accredited", "valid_from": "2020-01-01"}
    return [{"id": body.did, "names": [body.name], "accreditations": [accreditation]} for body in known]


def report_on(house: House, policy: str, *more: File) -> Report:
    return next(iter(examine(house.bank, [*award_files(house), *more], policy).reports))


def register_of(house: House, taken: date) -> Register:
    return sample_register(id=REGISTER, taken=taken.isoformat(), bodies=bodies(house))


@pytest.fixture
def today(house: House) -> date:
    return house.bank.clock.now().date()


def test_a_register_handed_in_trusts_nobody_and_the_banks_own_answers_where_it_is_asked(
    house: House, today: date
) -> None:
    file = File("register.json", canonical_json(register_json(taken=today.isoformat(), bodies=bodies(house))))
    claimed, before = report_on(house, "live+register", file), report_on(house, "live")
    assert claimed.check("award.entitled").outcome is Outcome.UNCHECKED
    assert "came along" in claimed.check("award.entitled").sentence
    assert claimed.verdict is Verdict.INCONCLUSIVE
    house.bank.accrediting.take_in(register_of(house, today))
    asked, after = report_on(house, "live+register"), report_on(house, "live")
    assert asked.check("award.entitled").outcome is Outcome.PASSED, asked.check("award.entitled").sentence
    assert asked.required >= {"award.entitled", "issuer.accredited"}
    assert after.verdict == before.verdict == asked.verdict
