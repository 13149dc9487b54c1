"""Who takes part in a storm, and what they ask the bank for over HTTP."""

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import requests

from bench.storm.fleet import Fleet
from creditbank.canonical import JsonObject, load_object
from creditbank.cli.demo import samples
from creditbank.credential import Achievement
from creditbank.services.records import Learner, Organisation, Role

EARNED: Final = date(2025, 6, 2)
SECONDS: Final = 60
CREDITS: Final = 4


@dataclass(frozen=True)
class Answer:
    """What a request came back with; status 0 where it did not come back."""

    status: int
    body: Mapping[str, Any]

    @property
    def slug(self) -> str:
        """The kind of problem, where it is one."""
        return str(self.body.get("type", "")).rpartition("/")[2]


@dataclass(frozen=True)
class Caller:
    """A body with its token."""

    organisation: Organisation
    token: str


class Client:
    """Asks any process of the fleet; one connection for each thread and process."""

    def __init__(self) -> None:
        self._local = threading.local()

    def post(self, url: str, path: str, body: Any, *, token: str = "", key: str = "") -> Answer:
        """One POST; a connection that breaks is an answer of status 0."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if key:
            headers["Idempotency-Key"] = key
        try:
            answer = self._session().post(url + path, json=body, headers=headers, timeout=SECONDS)
            return Answer(answer.status_code, answer.json())
        except (requests.RequestException, ValueError):
            return Answer(0, {})

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        return session


@dataclass(frozen=True)
class Cast:
    """A provider with one unit, universities that count it, and a learner who earned it again and again."""

    provider: Caller
    universities: tuple[Caller, ...]
    learner: Learner
    unit: Achievement
    before: list[str] = field(default_factory=list)
    """Credentials that were issued before the storm, straight through the service."""

    @classmethod
    def of(cls, fleet: Fleet, universities: int = 2) -> "Cast":
        """Register everybody and publish the unit."""
        provider = _caller(fleet, "provider", Role.PROVIDER)
        others = tuple(_caller(fleet, f"university{number}", Role.UNIVERSITY) for number in range(universities))
        learner = fleet.bank.registering.register_learner(name="A sample learner", sample=True)
        unit = samples._indian("deccan", "storm", "A unit", CREDITS, EARNED, "on-site").achievement
        fleet.bank.drafting.publish(provider.organisation.id, unit)
        return cls(provider, others, learner, unit)

    def learners(self, fleet: Fleet, number: int) -> list[str]:
        """So many more learners, by id."""
        register = fleet.bank.registering.register_learner
        return [register(name=f"Sample learner {one}", sample=True).id for one in range(number)]

    def issue(self, fleet: Fleet, learner: str = "") -> str:
        """Issue the unit once more, to the one learner or another, straight through the service; the lot's id."""
        learner = learner or self.learner.id
        issued = fleet.bank.issuing.issue(
            f"storm-{uuid.uuid4()}",
            organisation=self.provider.organisation.id,
            learner=learner,
            achievement=self.unit.id,
            version=self.unit.version,
            earned=EARNED,
        )
        with fleet.bank.store.transaction() as tx:
            lot = tx.lot_opened_by(issued.id)
        assert lot is not None, "what is issued has a lot"
        self.before.append(issued.id)
        return lot.id

    def signed(self, fleet: Fleet) -> JsonObject:
        """One credential as it was signed."""
        self.issue(fleet)
        with fleet.bank.store.transaction() as tx:
            return load_object(tx.get_credential(self.before[-1]).signed)

    def wanted(self) -> dict[str, str]:
        """The body of a request to issue the unit."""
        return {
            "learner": self.learner.id,
            "achievement": self.unit.id,
            "version": self.unit.version,
            "earned": EARNED.isoformat(),
        }


def _caller(fleet: Fleet, name: str, role: Role) -> Caller:
    organisation = fleet.funded(
        lambda: fleet.bank.registering.register_organisation(
            name=f"Sample {name}",
            roles=[role],
            frameworks=["in-ncrf"],
            country="IN",
            did=f"did:web:{name}.sample.example",
            sample=True,
        )
    )
    caller_role = "provider" if role is Role.PROVIDER else "registrar"
    token = fleet.bank.registering.issue_token(role=caller_role, subject=organisation.id, label=f"storm {name}")
    return Caller(organisation, token)
