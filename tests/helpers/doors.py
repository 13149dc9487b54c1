"""The delivery in front of a small real bank: sample people, a learner who has an award, one who has almost nothing."""

from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from creditbank.bootstrap import Bank, init_bank, open_bank
from creditbank.cli.demo import samples
from creditbank.config import Settings
from creditbank.services.records import AwardRecord, EvaluationRecord, IssuedCredential, Learner, Organisation
from creditbank_api.app import create_app
from creditbank_api.limits import Limits
from creditbank_api.web.session import COOKIE

ORIGIN = "http://127.0.0.1"
CERTIFICATE = "in-ncrf-ug-certificate"
MANY = Limits(requests=100_000, keys=100_000, verifications=100_000, failed_tokens=100_000)


@dataclass
class House:
    """An open bank with samples, and a token for each of them by name."""

    bank: Bank
    bodies: dict[str, Organisation] = field(default_factory=dict)
    learners: dict[str, Learner] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    issued: dict[str, IssuedCredential] = field(default_factory=dict)
    evaluations: list[EvaluationRecord] = field(default_factory=list)
    award: AwardRecord | None = None
    shared: FastAPI | None = None

    @property
    def made(self) -> AwardRecord:
        """The award that asha has."""
        assert self.award is not None
        return self.award

    def browser(self, token: str = "") -> TestClient:
        """A browser, signed in by a demo token where there is one; all browsers of a house share one application."""
        if self.shared is None:
            self.shared = create_app(self.bank, limits=MANY)
        client = TestClient(self.shared, base_url=ORIGIN, raise_server_exceptions=False)
        if token:
            client.cookies.set(COOKIE, token)
        return client

    def client(self, limits: Limits = MANY) -> TestClient:
        """A browser or program before the door, with nothing in its hands."""
        app = create_app(self.bank, limits=limits)
        return TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)

    def bearer(self, name: str) -> dict[str, str]:
        """The header that says who asks."""
        return {"Authorization": f"Bearer {self.tokens[name]}"}


def build_house(home: Path, **more: str) -> House:
    """Asha's journey: twelve units, a refusal, an award. Minjun holds one unit that no batch has taken yet."""
    settings = Settings.load({"CREDITBANK_FETCH_DOCUMENTS": "false", **more}, home)
    init_bank(settings)
    house = House(open_bank(settings))
    _people(house)
    for unit in samples.ASHA_UNITS:
        _issue(house, "asha", unit)
    house.bank.anchoring.seal()
    house.bank.anchoring.settle()
    _issue(house, "minjun", samples.ASHA_UNITS[0])
    _weigh(house)
    _tokens(house)
    return house


def _people(house: House) -> None:
    for body in samples.BODIES:
        if body.key in ("deccan", "open", "thames", "baltic", "night", "nilgiri"):
            house.bodies[body.key] = house.bank.registering.register_organisation(
                name=body.name,
                roles=body.roles,
                frameworks=body.frameworks,
                country=body.country,
                did=body.web,
                sample=True,
            )
    for key in ("asha", "minjun"):
        name = f"{key.capitalize()} <b>&</b> (sample learner)"
        house.learners[key] = house.bank.registering.register_learner(name=name, sample=True)


def _issue(house: House, learner: str, unit: samples.SampleUnit) -> None:
    provider = house.bodies[unit.body]
    house.bank.drafting.publish(provider.id, unit.achievement)
    key = f"{learner}:{unit.achievement.id.rpartition(':')[2]}"
    house.issued[key] = house.bank.issuing.issue(
        key,
        organisation=provider.id,
        learner=house.learners[learner].id,
        achievement=unit.achievement.id,
        version=unit.achievement.version,
        earned=unit.earned,
    )


def _weigh(house: House) -> None:
    deccan = house.bodies["deccan"]
    decided = [
        samples.conversion_policy(deccan.did),
        samples.recognition(deccan.did, "urn:creditbank:sample:thames:public-policy"),
    ]
    for adopted in ([], decided):
        for decision in adopted:
            house.bank.deciding.adopt(deccan.id, decision)
        record, _ = house.bank.evaluating.evaluate(
            learner=house.learners["asha"].id, qualification=CERTIFICATE, organisation=deccan.id
        )
        house.evaluations.append(record)
    house.award = house.bank.awarding.award("house:award", evaluation=house.evaluations[-1].id, by=deccan.id)
    house.bank.anchoring.seal()
    house.bank.anchoring.settle()


def _tokens(house: House) -> None:
    issue = house.bank.registering.issue_token
    house.tokens["admin"] = issue(role="admin", subject="", label="admin")
    for key, learner in house.learners.items():
        house.tokens[key] = issue(role="learner", subject=learner.id, label=key)
    for key, body in house.bodies.items():
        house.tokens[key] = issue(role="provider", subject=body.id, label=key)
        house.tokens[f"{key}-registrar"] = issue(role="registrar", subject=body.id, label=f"{key} registrar")
