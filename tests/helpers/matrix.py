"""The world of the matrix test, and its tables: what belongs to whom, and what a request can look like.

A new route with an id in its path needs a row in `THINGS` (somebody's thing, and who may see it) or in `PUBLIC`. A body
is made from the API description; where that is not enough, give `BODIES` one that is accepted.
"""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from doors import CERTIFICATE, House
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from creditbank.cli.demo import samples
from creditbank.ledger.lot import Lot
from creditbank.services.bulk_records import BulkForm
from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.people import NewSignIn
from creditbank.services.people_records import SignInKind
from creditbank.services.records import Accepts, DraftUnit, Role
from creditbank.services.rights import ALL, LEARNERS, MemberRole, Scope, within
from creditbank.units import Credits

UNKNOWN = "urn:uuid:00000000-0000-4000-8000-000000000000"
SAMPLES = {"/demo"}
"""Pages of a bank of samples, which tell whose accounts may be looked at; there is none in a bank of people."""
SAFE = {"GET", "HEAD"}


@dataclass(frozen=True)
class Thing:
    """Somebody's thing: its id, and the subjects that may see it.

    `own_name` says that each organisation gives such names itself, so that another may use the same one for its own.
    """

    id: str
    owners: frozenset[str]
    own_name: bool = False

    @property
    def unknown(self) -> str:
        """An id of the same form and length that nothing has."""
        return UNKNOWN if self.id.startswith("urn:uuid:") else self.id[:-6] + "000000"


@dataclass(frozen=True)
class Asking:
    """Somebody who asks: their headers and cookies, for whom they speak, and the scopes that their role gives."""

    name: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    subject: str
    scopes: frozenset[Scope]
    may_see_all: bool = False


@dataclass(frozen=True)
class Operation:
    """A method of a path, with what the API description says of it."""

    method: str
    path: str
    described: Mapping[str, Any] | None

    @property
    def parameters(self) -> list[str]:
        """The prefix of the path up to each of its parameters: what says whose thing it is."""
        return [self.path[: found.end()] for found in re.finditer(r"\{[^}]+\}", self.path)]

    @property
    def scopes(self) -> frozenset[Scope]:
        """The scopes that the description asks for."""
        asked = (self.described or {}).get("security", [])
        return frozenset(Scope(name) for one in asked for names in one.values() for name in names)

    @property
    def body(self) -> Mapping[str, Any] | None:
        """The schema of a JSON body, where it takes one."""
        content = (self.described or {}).get("requestBody", {}).get("content", {})
        schema: Mapping[str, Any] | None = content.get("application/json", {}).get("schema")
        return schema

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


PUBLIC = frozenset(
    {
        "/{path:path}",
        "/status/{body}",
        "/status/{body}/{number}",
        "/problems/{slug}",
        "/learners/{id}/qualifications/{qualification}",
        "/awards/{id}/{name}",
        "/v1/batches/{id}",
        "/v1/batches/{id}/leaves/{index}",
        "/v1/frameworks/{id}",
        "/v1/frameworks/{id}/versions/{version}",
        "/v1/qualifications/{id}",
        "/v1/qualifications/{id}/versions/{version}",
        "/v1/templates/{id}",
        "/v1/templates/{id}/versions/{version}",
        "/v1/achievements/{id:path}",
        "/v1/achievements/{id:path}/versions/{version}",
        "/v1/organisations/{id}",
        "/v1/drafts/{id:path}/versions/{version}",
        "/v1/webhooks/{id}/deliveries/{event}",
        "/transparency/batches/{batch}",
        "/transparency/batches/{batch}/leaves/{index}",
        "/transparency/issuers/{issuer}",
        "/mail/sign-up/{token}",
        "/mail/recovery/{token}",
        "/mail/address/{token}",
        "/s/{token}",
    }
)
"""Parameters that name nobody's thing: what is public, or only a part of the thing before it."""
ANYBODYS = frozenset({"learner", "organisation", "endorsed", "lot", "number", "organisations"})
"""Fields of a body that name what is no tenant's alone: people and bodies as such, and a lot, which whoever has its id
of 256 bits may redeem."""
BODIES: dict[str, dict[str, Any]] = {
    "POST /v1/endorsements": {"endorsed": "did:web:thames.sample.example", "comment": "Good."},
}
"""Bodies that the description alone does not make acceptable."""


@dataclass
class World:
    """A house with one of everything that could be somebody else's."""

    house: House
    things: dict[str, Thing] = field(default_factory=dict)
    fields: dict[str, Thing] = field(default_factory=dict)
    callers: list[Asking] = field(default_factory=list)

    def own(self, prefix: str, id: str, *owners: str, own_name: bool = False) -> None:
        """Enter a thing under the path that leads to it."""
        self.things[prefix] = Thing(id, frozenset(owners), own_name)

    @property
    def victims(self) -> set[str]:
        """The organisation and the learner whose things these are."""
        return {self.house.bodies["deccan"].id, self.house.learners["asha"].id}

    @property
    def secrets(self) -> set[str]:
        """Ids that nobody but their owners may ever be shown."""
        learner = self.house.learners["asha"].id
        private = {id for id in (thing.id for thing in self.things.values()) if id != self.house.bodies["deccan"].id}
        return {id.removeprefix("urn:uuid:") for id in private | {learner}}


def build_world(house: House) -> World:
    """Everything of asha's, of the Deccan university's, and of the operator's; and those who ask for it."""
    world = World(house)
    _things(world)
    _callers(world)
    return world


def _things(world: World) -> None:
    house, bank = world.house, world.house.bank
    deccan, asha = house.bodies["deccan"].id, house.learners["asha"].id
    issued, award, evaluation = house.issued["asha:writing"].id, house.made.id, house.evaluations[-1].id
    for prefix in ("/v1/credentials/{id}", "/credentials/{id}"):
        world.own(prefix, issued, deccan, asha)
    for prefix in ("/v1/awards/{id}", "/awards/{id}"):
        world.own(prefix, award, deccan, asha)
    world.own("/v1/evaluations/{id}", evaluation, deccan, asha)
    world.own("/learners/{id}", asha, asha)
    thames = house.bodies["thames"].id
    endorsed = bank.endorsing.issue("matrix", organisation=thames, endorsed=issued, comment="Well done.")
    world.own("/v1/endorsements/{id}", endorsed.id, thames, deccan, asha)
    transcript = bank.transcripts.issue("matrix", organisation=deccan, learner=asha, credentials=[issued])
    world.own("/v1/transcripts/{id}", transcript.id, deccan, asha)
    _offered(world, deccan, asha)
    enrolled = bank.enrolling.enrol(deccan, number="2026-0001")
    world.own("/v1/enrolments/{id}", enrolled.id, deccan)
    with bank.store.transaction() as tx:
        job = bank.jobs.add(tx, "matrix", owner=deccan, kind="none", input={})
    world.own("/v1/jobs/{id}", job.id, deccan)
    halt = bank.halting.halt(by="operator", why="A sample.", organisation=house.bodies["night"].id)
    world.own("/v1/halts/{id}", halt.id, "the operator")
    world.own("/v1/accounts/{id}", asha, asha)
    world.own("/v1/lots/{id}", bank.sharing.account(asha).lots[0].lot.id, asha)
    unit = next(unit for unit in samples.ASHA_UNITS if unit.body == "deccan")
    draft = unit.achievement.id + "-draft"
    with bank.store.transaction() as tx:
        tx.put_draft(DraftUnit(deccan, draft, "x", b"{}", bank.clock.now()))
    world.own("/v1/drafts/{id:path}", draft, deccan, own_name=True)
    spare = _lot(house, "matrix:spare", house.learners["minjun"].id).id
    redeemed = bank.redeeming.redeem(
        "matrix:redemption-sample", lot=spare, amount=Credits.parse("1"), award="elsewhere", by=deccan
    )
    world.own("/v1/redemptions/{id}", redeemed.request, deccan)
    _counted(world, deccan, asha, spare)
    hook, _ = bank.webhooks.add("matrix", deccan, "https://lms.example/events", [], actor="matrix")
    world.own("/v1/webhooks/{id}", hook.id, deccan)
    event = bank.webhooks.ping("matrix", hook).event
    world.own("/v1/webhooks/{id}/deliveries/{event}", event, deccan)
    world.own("/organisations/{organisation}/webhooks/{webhook}", hook.id, deccan)
    world.own("/organisations/{organisation}/webhooks/{webhook}/deliveries/{event}", event, deccan)
    table = bank.bulk.receive("matrix", organisation=deccan, form=BulkForm.CSV, parts=[b"learner\n"], queued=False)
    world.own("/v1/bulk/{id}", table.id, deccan)
    world.own("/organisations/{organisation}/uploads/{upload}", table.id, deccan)
    _shared(world, deccan, asha, issued)
    hook, _ = bank.webhooks.add("matrix", deccan, "https://hooks.sample.example/in", (), actor="operator")
    world.own("/v1/webhooks/{id}", hook.id, deccan)
    _people(world, deccan)
    for name, id in (("evaluation", evaluation), ("credentials", issued), ("endorsements", endorsed.id)):
        world.fields[name] = Thing(id, frozenset({deccan, asha}))
    world.fields["achievement"] = Thing(unit.achievement.id, frozenset({deccan}))


def _offered(world: World, deccan: str, asha: str) -> None:
    bank = world.house.bank
    unit = next(unit for unit in samples.ASHA_UNITS if unit.body == "deccan")
    bank.accepting.prefer(asha, Accepts.ASK)
    bank.issuing.issue(
        "matrix:offer",
        organisation=deccan,
        learner=asha,
        achievement=unit.achievement.id,
        version=unit.achievement.version,
        earned=unit.earned,
    )
    bank.accepting.prefer(asha, Accepts.AUTOMATIC)
    offer, _ = bank.accepting.offers(asha)[-1]
    world.own("/v1/offers/{id}", offer.id, deccan, asha)
    world.own("/learners/{id}/offers/{offer}", offer.id, asha)
    number = bank.enrolling.enrol(deccan, number="2026-0002")
    bank.enrolling.claim(asha, bank.enrolling.code(number.id, by=deccan).code)
    world.own("/learners/{id}/numbers/{enrolment}", number.id, asha)


def _counted(world: World, deccan: str, asha: str, spare: str) -> None:
    """An application, a reservation, and an award made elsewhere of which a credential was revoked."""
    bank = world.house.bank
    applied = bank.applying.submit("matrix", learner=asha, organisation=deccan, qualification=CERTIFICATE)
    world.own("/v1/applications/{id}", applied.id, deccan, asha)
    world.own("/learners/{id}/applications/{application}", applied.id, asha)
    world.own("/organisations/{organisation}/applications/{application}", applied.id, deccan)
    until = bank.clock.now() + timedelta(days=1)
    asked = {"lot": spare, "amount": Credits.parse("1"), "award": "perhaps", "until": until, "by": deccan}
    world.own("/v1/reservations/{id}", bank.reserving.reserve("matrix:reservation-sample", **asked).request, deccan)
    fallen = _lot(world.house, "matrix:fallen", asha)
    bank.redeeming.redeem("matrix:fallen", lot=fallen.id, amount=Credits.parse("1"), award="fallen", by=deccan)
    bank.issuing.revoke(fallen.credential, by=deccan, reason="A sample.")
    flag = bank.flagging.of(asha)[0].id
    world.own("/v1/flags/{id}", flag, deccan, asha)
    world.own("/learners/{id}/flags/{flag}", flag, asha)
    world.own("/organisations/{organisation}/flags/{flag}", flag, deccan)


def _lot(house: House, request: str, learner: str) -> Lot:
    """A lot of this learner's that nobody else spends from: the house's own are shared by all tests."""
    unit = next(unit for unit in samples.ASHA_UNITS if unit.body == "deccan")
    issued = house.bank.issuing.issue(
        request,
        organisation=house.bodies["deccan"].id,
        learner=learner,
        achievement=unit.achievement.id,
        version=unit.achievement.version,
        earned=unit.earned,
    )
    with house.bank.store.transaction() as tx:
        lot = tx.lot_opened_by(issued.id)
    assert lot is not None
    return lot


def _shared(world: World, deccan: str, asha: str, issued: str) -> None:
    shares = world.house.bank.shares
    made = shares.share("matrix", learner=asha, credentials=[issued], organisation=deccan, purpose="A sample")
    consent = shares.consent("matrix", learner=asha, organisation=deccan, purpose="A sample")
    for prefix in ("/v1/shares/{id}", "/learners/{id}/shares/{share}"):
        world.own(prefix, made.share.id, asha)
    world.own("/v1/shares/received/{id}", made.share.id, deccan)
    world.own("/v1/consents/{id}", consent.id, asha)


def _people(world: World, deccan: str) -> None:
    bank, at = world.house.bank, "/v1/organisations/{organisation}"
    with bank.store.transaction() as tx:
        way = NewSignIn(SignInKind.PASSWORD, "matrix@sample.example", "hash")
        person = bank.door.people.open(tx, "Sample Member", way).id
    roles = {"organisation": deccan, "roles": [MemberRole.OWNER], "by": AT_THE_MACHINE}
    _, code = bank.membership.invite("matrix:1", **roles)  # type: ignore[arg-type]
    assert code is not None
    bank.membership.accept(code, person)
    invitation, _ = bank.membership.invite("matrix:2", **roles)  # type: ignore[arg-type]
    token, _ = bank.access.make_token(
        "matrix", organisation=deccan, label="A sample", scopes=[Scope.NOTICES_READ], by=AT_THE_MACHINE
    )
    world.own(at, deccan, deccan)
    world.own("/organisations/{organisation}", deccan, deccan)
    for prefix in (at, "/organisations/{organisation}"):
        world.own(f"{prefix}/members/{{person}}", person, deccan)
        world.own(f"{prefix}/invitations/{{invitation}}", invitation.id, deccan)
        world.own(f"{prefix}/tokens/{{token}}", token.id, deccan)
    client, _ = bank.granting.make_client(
        "matrix:client", organisation=deccan, label="A sample", scopes=[Scope.BADGES_READ], by=AT_THE_MACHINE, days=1
    )
    world.own(f"{at}/clients/{{client}}", client.id, deccan)


def _callers(world: World) -> None:
    house, bank = world.house, world.house.bank
    agency = bank.registering.register_organisation(
        name="Sample Quality Agency", roles={Role.REGISTRAR}, frameworks=(), country="IN", sample=True
    )
    house.tokens["agency"] = bank.registering.issue_token(role="agency", subject=agency.id, label="agency")
    kinds = {
        "asha": (house.learners["asha"].id, LEARNERS),
        "minjun": (house.learners["minjun"].id, LEARNERS),
        "deccan": (house.bodies["deccan"].id, within([Role.PROVIDER])),
        "open": (house.bodies["open"].id, within([Role.PROVIDER])),
        "deccan-registrar": (house.bodies["deccan"].id, within([Role.UNIVERSITY])),
        "nilgiri-registrar": (house.bodies["nilgiri"].id, within([Role.UNIVERSITY])),
        "agency": (agency.id, within([Role.REGISTRAR])),
        "admin": ("", ALL),
    }
    world.callers.append(Asking("anonymous", {}, {}, "nobody", frozenset()))
    for name, (subject, scopes) in kinds.items():
        cookies = {"creditbank_token": house.tokens[name]}
        world.callers.append(Asking(name, house.bearer(name), cookies, subject, scopes, name == "admin"))
    for name, key in (("open with a token", within([Role.PROVIDER])), ("open without scope", [Scope.PROFILE_READ])):
        body = house.bodies["open"].id
        _, secret = bank.access.make_token(
            f"matrix:{name}", organisation=body, label=name, scopes=key, by=AT_THE_MACHINE
        )
        assert secret is not None
        bank.access.holder(secret)  # its first use in an hour is written down, which is no part of what is compared
        bearer = {"Authorization": f"Bearer {secret}"}
        world.callers.append(Asking(name, bearer, {}, body, frozenset(key)))


def operations(client: TestClient) -> list[Operation]:
    """Every operation of the application, pages too, in the order of its routes."""
    described = client.app.openapi()["paths"]  # type: ignore[attr-defined]
    routes = [
        (str(getattr(route, "path", "")), method)
        for route in iter_route_contexts(client.app.routes)  # type: ignore[attr-defined]
        for method in sorted(getattr(route, "methods", None) or ())
    ]
    return [
        Operation(method, path, described.get(path.replace(":path}", "}"), {}).get(method.lower()))
        for path, method in routes
        if method != "HEAD" and not path.startswith("/static")
    ]


def sample(schema: Mapping[str, Any], components: Mapping[str, Any], at: str = "") -> Any:
    """A small value that a schema allows: its example, its first choice, its least."""
    if "$ref" in schema:
        return sample(components[schema["$ref"].rpartition("/")[2]], components, at)
    if schema.get("examples"):
        return schema["examples"][0]
    for choice in ("const", "default"):
        if choice in schema:
            return schema[choice]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return sample(schema[several][0], components, at)
    kind = schema.get("type")
    if kind == "object":
        needed, known = schema.get("required", []), schema.get("properties", {})
        return {name: sample(known[name], components, name) for name in needed if name in known}
    if kind == "array":
        return [sample(schema["items"], components, at)] * schema.get("minItems", 0)
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    return _text(schema, at)


def _text(schema: Mapping[str, Any], at: str) -> str:
    pattern = schema.get("pattern", "")
    text = next((form + "0" * 64 for form in ("0x", "sha256:") if form in pattern), f"a-sample-{at}")
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", 400)].strip()


def body_of(operation: Operation, components: Mapping[str, Any], named: Mapping[str, Any]) -> Any:
    """A body for an operation, in which the fields that name somebody's thing hold what `named` says."""
    if operation.body is None:
        return None
    made = BODIES.get(str(operation)) or sample(operation.body, components)
    if not isinstance(made, dict):
        return made
    known = _fields(operation.body, components)
    for name, value in named.items():
        if name in known:
            several = '"array"' in json.dumps(known[name])
            made = made | {name: [value] if several else value}
    return made


def fields_of(operation: Operation, components: Mapping[str, Any]) -> dict[str, bool]:
    """The fields of a body, each with whether it is an id by its form."""
    if operation.body is None:
        return {}
    return {
        name: bool(re.search(r"urn:uuid|\^0x", json.dumps(schema)))
        for name, schema in _fields(operation.body, components).items()
    }


def _fields(schema: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return _fields(components[schema["$ref"].rpartition("/")[2]], components)
    found: dict[str, Any] = dict(schema.get("properties", {}))
    return found


def filled(path: str, ids: Mapping[str, str]) -> str:
    """The path with an id for each of its parameters, named by the prefix that leads to it."""
    parts: list[str] = []
    start = 0
    for found in re.finditer(r"\{[^}]+\}", path):
        parts += [path[start : found.start()], ids.get(path[: found.end()], "x")]
        start = found.end()
    return "".join([*parts, path[start:]])


def fresh() -> str:
    """A key for a request that was never sent."""
    return str(uuid.uuid4())


def each(world: World, operation: Operation) -> Iterator[tuple[Asking, dict[str, str], str]]:
    """Everybody who must not see a thing of the path, with the ids in the path and the one that is somebody else's."""
    for prefix in operation.parameters:
        thing = world.things.get(prefix)
        if thing is None:
            continue
        for asking in world.callers:
            if asking.subject in thing.owners or asking.may_see_all or (thing.own_name and operation.method != "GET"):
                continue
            ids = {other: world.things[other].id for other in operation.parameters if other in world.things}
            yield asking, ids, prefix
            outer = "/v1/organisations/{organisation}"
            if prefix != outer and outer in ids and asking.subject:
                yield asking, ids | {outer: asking.subject}, prefix  # their own body, with another's inner thing
