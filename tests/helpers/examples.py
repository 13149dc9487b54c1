"""Plays the examples of the API description against a bank.

What differs between two banks (ids, digests, keys, signatures, times) is told from the rest by its form alone. An id of
an example stands for one of this bank, always the same one, and the day of the examples for today; everything else must
be equal to the letter. To write an answer anew after a change, run the test with `CREDITBANK_WRITE_EXAMPLES=1` and read
what changed before committing it.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from doors import House
from front_doors import TestClock
from matrix import UNKNOWN, Operation, body_of, build_world, filled
from soft_issuer import SoftIssuer
from starlette.testclient import TestClient

from creditbank.adapters.people.oidc import OpenIdConnect
from creditbank.canonical import canonical_json, load_object
from creditbank.cli.demo import samples
from creditbank.credential import build_credential
from creditbank.services.issuing import issuer_profile
from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.people import NewSignIn
from creditbank.services.people_records import SignInKind
from creditbank.services.rights import MemberRole
from creditbank.signing import PrivateKey, add_proof, did_key
from creditbank.signing.base64url import base64url_encode
from creditbank.units import instant_text, parse_instant
from creditbank_api.examples import examples
from creditbank_api.problems import MEDIA_TYPE

OWN_FORM: Final = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"
    r"|(?P<day>\b\d{4}-\d\d-\d\d\b)"
    r"|(?P<place>(?<=#)\d+)"
    r"|(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?P<secret>\b(?:cb[a-z]{2}_[A-Za-z0-9_-]{4,}|whsec_[A-Za-z0-9+/=_-]{20,}))"
    r"|(?P<hex>\b(?:0x)?[0-9a-f]{16,}\b)"
    r"|(?P<code>\b[0-9A-HJKMNP-TV-Z]{5}(?:-[0-9A-HJKMNP-TV-Z]{1,6}){4,}\b)"
    r"|(?P<text>(?<![\w-])(?=[a-z0-9_-]*[A-Z])[\w-]{22,}(?![\w-]))"
)
LONGEST: Final = 2
"""So many items of a list that is longer are shown in an answer."""
OWN_KEY: Final = PrivateKey.from_seed(b"\x0e" * 32)
"""The key by which the provider of the examples signs for itself."""
WALLET: Final = PrivateKey.from_seed(b"\x0f" * 32)
FREE: Final = frozenset({"statusListIndex", "encodedList", "proofValue", "digestSRI", "jwe"})
"""Members that are the bank's own whatever their form."""


class Play:
    """One play: which id of the examples is which id of the bank."""

    def __init__(self, house: House, client: TestClient, names: Mapping[str, str] | None = None) -> None:
        self.house, self.client = house, client
        self.ours: dict[str, str] = {}
        self.theirs: dict[str, str] = {}
        self.answers: dict[str, Any] = {}
        self.names = here = build_stage(house)
        issuer = SoftIssuer(TestClock())  # what the description of an organisation's issuer is read from
        house.bank.door.federating._issuers = lambda: OpenIdConnect(issuer, house.bank.clock)
        told = here if names is None else names
        self.now = parse_instant(here["now"])
        self.then = parse_instant(told["now"])
        for name in here.keys() - {"now"}:
            assert self.differences(told[name], here[name]) == [], name

    def bind(self, shown: str, real: str) -> None:
        """Say that an id of the examples is this one of the bank."""
        self.ours[shown], self.theirs[real] = real, shown

    def fill(self, value: Any) -> Any:
        """What an example sends, in the ids of the bank; its times are as far from now as they were then."""
        return _mapped(value, self._filled)

    def _filled(self, text: str, kind: str) -> str:
        if kind == "time":
            return instant_text(parse_instant(text) + (self.now - self.then))
        if kind == "day":
            return self.now.date().isoformat() if text == self.then.date().isoformat() else text
        return self.ours.get(text, text)

    def show(self, value: Any) -> Any:
        """What the bank answered, in the ids of the examples; new ones stay as they are, secrets become obvious."""
        return _mapped(value, self._shown)

    def _shown(self, text: str, kind: str) -> str:
        if kind == "day":
            return self.then.date().isoformat() if text in self._today() else text
        if text not in self.theirs and kind not in ("time", "place", ""):
            self.bind(_sample(text, len(self.theirs)) if kind == "secret" else text, text)
        return self.theirs.get(text, text)

    def send(self, method: str, path: str, example: Mapping[str, Any], body: Any) -> Any:
        """Send the request of an example, as the one who asks in it."""
        headers = {**self.fill(dict(example.get("headers", {})))}
        if example["who"] != "anybody":
            headers |= self.house.bearer(example["who"])
        if method == "post":
            headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
        query = self.fill(dict(example.get("query", {})))
        for name, text in self.fill(dict(example.get("path", {}))).items():
            path = path.replace(f"{{{name}}}", text)
        content = {} if body is None else {"content": body} if isinstance(body, str) else {"json": body}
        return self.client.request(method, path, headers=headers, params=query, **content)

    def differences(self, told: Any, real: Any, at: str = "", *, most: int = 1000, ordered: bool = True) -> list[str]:
        """Where an answer of the bank says something else than the example; binds the ids that it learns.

        Of a longer list `most` items are compared; without an order, only what kind of thing its items are.
        """
        if at.rpartition("/")[2] in FREE:
            return [] if type(told) is type(real) else [f"{at}: {told!r} and {real!r}"]
        if isinstance(told, str) and isinstance(real, str):
            if told.startswith("{") and real.startswith("{"):
                return self.differences(load_object(told.encode()), load_object(real.encode()), at, ordered=ordered)
            return self._texts(told, real, at, ordered=ordered)
        if isinstance(told, dict) and isinstance(real, dict):
            if told.keys() != real.keys():
                return [f"{at}: members {sorted(told.keys() ^ real.keys())}"]
            pairs = [(name, told[name], real[name]) for name in told]
        elif isinstance(told, list) and isinstance(real, list):
            if len(told) != min(len(real), most):
                return [f"{at}: {len(told)} items and {len(real)}"]
            if not ordered:
                return [] if list(map(type, told)) == list(map(type, real[:most])) else [f"{at}: other items"]
            pairs = [(str(number), one, other) for number, (one, other) in enumerate(zip(told, real, strict=False))]
        else:
            return [] if told == real and type(told) is type(real) else [f"{at}: {told!r} and {real!r}"]
        return [
            found
            for name, one, other in pairs
            for found in self.differences(one, other, f"{at}/{name}", most=most, ordered=ordered)
        ]

    def _today(self) -> set[str]:
        """The day on which the play began, and the next where midnight fell into it."""
        return {self.now.date().isoformat(), self.house.bank.clock.now().date().isoformat()}

    def _texts(self, told: str, real: str, at: str, *, ordered: bool) -> list[str]:
        ours, theirs = _tokens(told), _tokens(real)
        if [kind for kind, _ in ours] != [kind for kind, _ in theirs]:
            return [f"{at}: {told!r} and {real!r}"]
        for (kind, shown), (_, here) in zip(ours, theirs, strict=True):
            if kind in ("time", "place"):
                continue
            if kind in ("day", ""):
                if shown not in (here, self._shown(here, kind)):
                    return [f"{at}: {told!r} and {real!r}"]
                continue
            if shown not in self.ours and here not in self.theirs:
                self.bind(shown, here)
            if ordered and (self.ours.get(shown), self.theirs.get(here)) != (here, shown):
                return [f"{at}: {shown} stood for {self.ours.get(shown)}, and now for {here}"]
        return []


def shortened(value: Any) -> Any:
    """An answer as it is shown: of a long list its beginning, of a long text its beginning."""
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shortened(one) for one in value[:LONGEST]]
    return value


def answer_of(response: Any) -> Any:
    """What is shown of an answer: JSON, a text, or nothing where it is a file."""
    media = response.headers.get("content-type", "")
    if not response.content or "zip" in media or "pdf" in media:
        return None
    return response.json() if "json" in media or media.startswith("application/vc") else response.text


def write(folder: Path, files: Mapping[str, Any]) -> None:
    """Write the files of the examples, as they are read."""
    for name, group in files.items():
        text = json.dumps(group, indent=1, ensure_ascii=False) + "\n"
        (folder / name).write_text(text, "utf-8")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, end = [], 0
    for match in OWN_FORM.finditer(text):
        found += [("", text[end : match.start()]), (str(match.lastgroup), match[0])]
        end = match.end()
    return [*found, ("", text[end:])]


def _mapped(value: Any, change: Callable[[str, str], str]) -> Any:
    if isinstance(value, dict):
        return {_mapped(name, change): _mapped(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [_mapped(one, change) for one in value]
    if not isinstance(value, str):
        return value
    return "".join(change(text, kind) if kind else text for kind, text in _tokens(value))


def _sample(secret: str, number: int) -> str:
    """A secret of the same form that no scanner takes for one: it says what it is."""
    head, _, rest = secret.partition("_")
    if len(rest) < 10:  # the hint at one, by which people tell theirs apart
        return f"{head}_{number:0{len(rest)}}"
    return f"{head}_{f'an-example-and-no-secret-{number:04}':-<{len(rest) - 6}}" + sha256(b"example").hexdigest()[:6]


# -- bodies that a holder or a provider signs at the time


def delivery(play: Play) -> Any:
    """What was prepared before, signed by the provider's own key."""
    deccan, bank = play.house.bodies["deccan"], play.house.bank
    secured = add_proof(
        play.answers["credentials_prepare"]["unsigned"],
        verification_method=f"{deccan.did}#{OWN_KEY.public.multikey}",
        created=bank.clock.now(),
        purpose="assertionMethod",
        sign=OWN_KEY.sign,
        contexts=bank.contexts,
    )
    return {"signed": canonical_json(secured).decode()}


def binding(play: Play) -> Any:
    """The statement that was asked for before, signed by the wallet whose key comes."""
    asked = play.answers["identifiers_statement"]
    signature = base64url_encode(WALLET.sign(asked["statement"].encode()))
    return {"did": did_key(WALLET.public), "challenge": asked["challenge"], "signature": signature}


def held(play: Play) -> Any:
    """A credential that is in the account already, as its holder has it."""
    return {"signed": play.house.issued["asha:writing"].signed.decode()}


def file_of(play: Play) -> Any:
    """The same as a file to be verified."""
    content = load_object(play.house.issued["asha:writing"].signed)
    return {"files": [{"name": "credential.json", "content": content}], "policy": "live"}


def brought(play: Play) -> Any:
    """A credential of a provider of this bank that the bank has never seen."""
    house, bank = play.house, play.house.bank
    deccan, unit = house.bodies["deccan"], samples.ASHA_UNITS[0].achievement
    document = build_credential(
        unit,
        id=bank.registering._entropy.urn(),
        issuer=issuer_profile(deccan),
        subject=house.learners["asha"].did,
        earned=date(2026, 6, 30),
        valid_from=bank.clock.now(),
        status=None,
    )
    return {"signed": bank.signatures.sign(document, deccan.id, deccan.did, bank.clock.now()).decode()}


def rehearsed(play: Play) -> Any:
    """What the rehearsal of the upload before came to, once the bank has rehearsed it."""
    bank = play.house.bank
    while bank.jobs.work(bank.handlers(sends=False)) is not None:
        pass
    upload = play.answers["bulk_upload"]["id"]
    review = play.client.get(f"/v1/bulk/{upload}", headers=play.house.bearer("deccan")).json()
    return {"rehearsal": review["rehearsal"]}


MAKERS: Final = {
    "delivery": delivery,
    "binding": binding,
    "held": held,
    "file": file_of,
    "brought": brought,
    "rehearsed": rehearsed,
}


# -- what the examples speak of


def build_stage(house: House) -> dict[str, str]:
    """One of everything that the examples name, by the name that they give it."""
    world = build_world(house)
    bank, names = house.bank, {"now": instant_text(house.bank.clock.now())}
    for key in ("newcomer", "mover", "leaver", "second"):
        house.learners[key] = bank.registering.register_learner(name=f"A sample {key}", sample=True)
        house.tokens[key] = bank.registering.issue_token(role="learner", subject=house.learners[key].id, label=key)
    with bank.store.transaction() as tx:
        way = NewSignIn(SignInKind.PASSWORD, "closer@sample.example", "hash", label="", contact="closer@sample.example")
        person = bank.door.joining.open(tx, "A sample closer", way)
        way = NewSignIn(SignInKind.PASSWORD, "auditor@sample.example", "hash")
        auditor = bank.door.people.open(tx, "A sample auditor", way).id
    (house.learners["closer"],) = bank.door.people.learners(person.id)
    names["auditor"] = auditor
    _, code = bank.membership.invite(
        "examples", organisation=house.bodies["deccan"].id, roles=[MemberRole.AUDITOR], by=AT_THE_MACHINE
    )
    assert code is not None
    bank.membership.accept(code, auditor)
    house.tokens["closer"] = bank.registering.issue_token(
        role="learner", subject=house.learners["closer"].id, label="closer"
    )
    for kind, told in (("learner", house.learners), ("body", house.bodies)):
        names |= {f"{kind} {key}": one.id for key, one in told.items()}
        names |= {f"did of {key}": one.did for key, one in told.items()}
    names |= {f"issued {key}": one.id for key, one in house.issued.items()}
    names |= {f"evaluation {number}": one.id for number, one in enumerate(house.evaluations)}
    names |= {f"thing {prefix}": thing.id for prefix, thing in world.things.items() if not prefix.startswith("/l")}
    with bank.store.transaction() as tx:
        names["batch"] = tx.batches()[0].id
        names["lot"] = tx.lots_of(house.learners["minjun"].id)[0].id
    body = house.bodies["deccan"].id
    challenge = bank.keys.challenge(body, OWN_KEY.public.multikey)
    bank.keys.register_own(body, OWN_KEY.public.multikey, challenge=challenge, signature=OWN_KEY.sign(challenge))
    return names


# -- what any operation may answer, whatever it is about


@dataclass(frozen=True)
class Asked:
    """A request that provokes a problem: what differs from one that is fine."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    content: bytes | None = None
    signed_in: bool = True
    keyed: bool = True


WITH_BODY: Final = {"Content-Type": "application/json"}


def provocations(operation: Operation, components: Mapping[str, Any]) -> Iterator[tuple[str, Asked]]:
    """Each problem that this operation can be provoked to, with how."""
    body = None if operation.body is None else json.dumps(body_of(operation, components, {})).encode()
    asked = {(one["in"], one["name"].lower()) for one in (operation.described or {}).get("parameters", [])}
    fine = Asked(WITH_BODY if body is not None else {}, content=body)
    if operation.path == "/v1/bulk":  # takes tables of another size and kind
        return
    yield "encoded-body", replace(fine, headers={**fine.headers, "Content-Encoding": "gzip"})
    if operation.scopes:
        yield "not-signed-in", replace(fine, signed_in=False)
        yield "scope-missing", fine
    if body is not None:
        yield "not-json", replace(fine, headers={"Content-Type": "text/plain"})
        yield "unreadable-json", replace(fine, content=b"{")
        yield "body-too-large", replace(fine, headers={**WITH_BODY, "Content-Length": "99999999"})
    if ("header", "idempotency-key") in asked:
        yield "idempotency-key-missing", replace(fine, keyed=False)
    if ("query", "cursor") in asked and not operation.parameters:
        yield "unreadable-cursor", replace(fine, query="?cursor=from-elsewhere")
    other = {("header", "if-match"), ("query", "against")} & asked or operation.path == "/v1/lots/{id}"
    if operation.parameters and body is None and not other:
        yield "no-such-resource", fine


def provoked(door: TestClient, house: House, operation: Operation, slug: str, asked: Asked) -> Any:
    """The problem that the first of those who may ask is answered with; None when nobody gets that one."""
    path = filled(operation.path, dict.fromkeys(operation.parameters, UNKNOWN)) + asked.query
    for who in ("admin", "deccan", "deccan-registrar", "asha", "bare") if asked.signed_in else ("",):
        token = house.bearer(who) if who else {}
        headers = {**token, **asked.headers, **({"Idempotency-Key": str(uuid.uuid4())} if asked.keyed else {})}
        answer = door.request(operation.method, path, headers=headers, content=asked.content)
        if answer.headers["content-type"] == MEDIA_TYPE and answer.json()["type"] == f"/problems/{slug}":
            return answer.json()
    return None


def shown_by_itself(operation: Operation) -> set[str]:
    """The problems that this operation has examples of its own of."""
    return {one.slug for one in examples().get((operation.described or {})["operationId"], ())}
