"""A small real bank: SQLite, the embedded chain, two bodies and a learner."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import text

from creditbank.anchoring import issuer_id
from creditbank.bootstrap import Bank, open_bank
from creditbank.cli.demo import samples
from creditbank.config import Settings
from creditbank.credential import Achievement
from creditbank.ledger import LotState
from creditbank.services import calls
from creditbank.services.people_records import Person
from creditbank.services.ports import Call
from creditbank.services.records import AwardRecord, EvaluationRecord, IssuedCredential, Learner, Organisation

CERTIFICATE = "in-ncrf-ug-certificate"


@dataclass
class World:
    """An open bank with one university that also teaches, a rival university, and one learner."""

    bank: Bank
    home: Path
    university: Organisation
    rival: Organisation
    learner: Learner

    def publish(self, achievement: Achievement) -> None:
        self.bank.drafting.publish(self.university.id, achievement)

    def issue(self, achievement: Achievement, request: str, earned: date = date(2025, 6, 2)) -> IssuedCredential:
        return self.bank.issuing.issue(
            request,
            organisation=self.university.id,
            learner=self.learner.id,
            achievement=achievement.id,
            version=achievement.version,
            earned=earned,
        )

    def fill(self, count: int = 10) -> list[IssuedCredential]:
        """Enough Indian units of four credits for the certificate, anchored."""
        issued = []
        for number in range(count):
            achievement = unit(f"u{number}")
            self.publish(achievement)
            issued.append(self.issue(achievement, f"fill-{number}"))
        self.bank.anchoring.seal()
        self.bank.anchoring.settle()
        return issued

    def reopen(self) -> Bank:
        """Close the bank and open it again, as a new process would after a crash."""
        self.bank.close()
        self.bank = open_bank(Settings.load({"CREDITBANK_FETCH_DOCUMENTS": "false"}, self.home))
        return self.bank


def unit(slug: str, credits: int = 4, name: str | None = None) -> Achievement:
    """One Indian unit of a sample body."""
    return samples._indian("deccan", slug, name or f"Unit {slug}", credits, date(2025, 6, 2), "on-site").achievement


def evaluated(world: World) -> EvaluationRecord:
    """An evaluation of the certificate that adds up."""
    record, evaluation = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id
    )
    assert evaluation.adds_up
    return record


def states(world: World) -> set[LotState]:
    """What became of the learner's lots."""
    return {view.lot.state for view in world.bank.sharing.account(world.learner.id).lots}


def spent_on_chain(world: World, award: AwardRecord) -> list[object]:
    """How much of each lot the contract counts for an award, in thousandths."""
    by, read = issuer_id(world.university.did), world.bank.chain.read
    return [
        read(Call("redemptions", "spentFor", (bytes.fromhex(lot[2:]), by, calls.award_id(award.id))))
        for lot, _ in award.uses
    ]


SOMEBODY = "urn:uuid:9f0c8f0e-6f6a-4a49-8a3f-000000000001"


def owned(bank: Bank, learner: str) -> None:
    """From now on a person signs in to the account, so that others need consent."""
    with bank.store.transaction() as tx:
        tx.add_person(Person(SOMEBODY, "Somebody", bank.clock.now()))
        tx._connection.execute(
            text("UPDATE learners SET person = :who WHERE id = :id"), {"who": SOMEBODY, "id": learner}
        )
