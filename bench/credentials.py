"""Credentials: signing and verifying beside npm's `@digitalbazaar/vc`, a class, the floor, and a cold process.

The peer does the same work on the same credential in the same run, each side after a warm-up; what costs is CPU time.
The *floor* is what no verifier can leave out: to read the bytes strictly, to hash both canonical forms, to check the
signature. How far we are from it, and from the peer, stands beside each row.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.measuring import Row, Times, child, measure, measure_each, measure_process
from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.canonical import Json, JsonObject, load_object, pretty_json, sha256
from creditbank.cli.demo import samples
from creditbank.cli.demo.samples import SampleUnit
from creditbank.credential import IssuerProfile, build_credential
from creditbank.signing import (
    PINNED,
    PrivateKey,
    Suite,
    add_proof,
    canonical_forms,
    did_key,
    proofs_of,
    verify_proof,
    without_proof,
)
from creditbank.verification import LIVE, Evidence, Outcome, verify_credential

NOW: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SUITES: Final[tuple[Suite, ...]] = ("eddsa-rdfc-2022", "eddsa-jcs-2022")
PEER: Final = "@digitalbazaar/vc"
SCRIPT: Final = Path(__file__).parent / "vc.mjs"
PACKAGES: Final = Path(__file__).parents[1] / "tests" / "interop" / "node_modules" / "@digitalbazaar" / "vc"
SEED: Final = sha256(b"a key for measuring only")
KEY: Final = PrivateKey.from_seed(SEED)
DID: Final = did_key(KEY.public)
WARM: Final = 50
COLD_RUNS: Final = 5

COLD_SCRIPT: Final = """
import sys
from datetime import datetime
from pathlib import Path
import creditbank
(report,) = creditbank.verify(Path(sys.argv[1]).read_bytes(), now=datetime.fromisoformat(sys.argv[2]))
print(next(check.outcome for check in report.checks if check.name == "proof.signature"))
"""
COMMAND_SCRIPT: Final = """
import sys
from creditbank.cli import run
assert run(sys.argv[1:]) == 3
print("inconclusive without a receipt")
"""


def rows(runs: int) -> list[Row]:
    """Every row of credentials: the peer's, the floor, ours with their distance from both, and whole processes."""
    unsigned = {suite: given(suite) for suite in SUITES}
    signed = {suite: sign(unsigned[suite], suite) for suite in SUITES}
    theirs = peer(unsigned, signed, runs)
    floors = floor(signed, runs)
    found = [*theirs.values(), *floors.values()]
    for suite in SUITES:
        least = sum(at(floors[name]) for name in (VERIFY_FLOOR, f"{HASH_FLOOR}, {suite}"))
        found.append(
            distances(
                measure(f"sign, {suite}", lambda suite=suite: sign(unsigned[suite], suite), repeat=runs),
                theirs.get(f"sign, {suite}"),
                at(floors[SIGN_FLOOR]) + at(floors[f"{HASH_FLOOR}, {suite}"]),
            )
        )
        (proof,) = proofs_of(signed[suite])
        found.append(
            distances(
                measure(
                    f"verify, {suite}",
                    lambda suite=suite, proof=proof: verify_proof(signed[suite], proof, KEY.public, bundled_contexts()),
                    repeat=runs,
                ),
                theirs.get(f"verify, {suite}"),
                least,
            )
        )
        found.append(
            every_check(signed[suite], suite, runs, theirs.get(f"verify, {suite}"), least + at(floors[READ_FLOOR]))
        )
    found.append(distances(a_class(runs), theirs.get("sign, eddsa-rdfc-2022"), None))
    return [*found, *cold(signed["eddsa-rdfc-2022"])]


def given(suite: Suite) -> JsonObject:
    """A credential of the demonstration; for JCS without our context block, since the peer compares only URLs there."""
    unsigned = unsigned_credential(samples.ASHA_UNITS[0], DID, "urn:uuid:00000000-0000-4000-8000-000000000000")
    entries = unsigned["@context"]
    assert isinstance(entries, list)
    urls: list[Json] = [entry for entry in entries if isinstance(entry, str)]
    return {**unsigned, "@context": urls if suite == "eddsa-jcs-2022" else entries}


VERIFY_FLOOR: Final = "floor: Ed25519 verifies"
SIGN_FLOOR: Final = "floor: Ed25519 signs"
HASH_FLOOR: Final = "floor: SHA-256 of both canonical forms"
READ_FLOOR: Final = "floor: the bytes are read strictly"


def floor(signed: Mapping[Suite, JsonObject], runs: int) -> dict[str, Row]:
    """What no verifier, and no issuer, can leave out."""
    message = sha256(b"message")
    signature = KEY.sign(message)
    written = json.dumps(signed["eddsa-rdfc-2022"]).encode()
    work: dict[str, Callable[[], object]] = {
        VERIFY_FLOOR: lambda: KEY.public.verify(message, signature),
        SIGN_FLOOR: lambda: KEY.sign(message),
        READ_FLOOR: lambda: load_object(written),
    }
    for suite, document in signed.items():
        (proof,) = proofs_of(document)
        config = without_value(proof)
        forms = canonical_forms(without_proof(document), config, bundled_contexts())
        work[f"{HASH_FLOOR}, {suite}"] = lambda forms=forms: [sha256(form) for form in forms]
    return {name: measure(name, one, repeat=runs) for name, one in work.items()}


def without_value(proof: JsonObject) -> JsonObject:
    """The configuration of a proof: all but its signature."""
    return {name: value for name, value in proof.items() if name != "proofValue"}


def every_check(signed: JsonObject, suite: Suite, runs: int, theirs: Row | None, least: float) -> Row:
    """From bytes to a report: all checks that a credential without a receipt has, not the signature alone."""
    evidence, written = Evidence(bundled_contexts()), json.dumps(signed).encode()

    def verify() -> Outcome:
        report = verify_credential(written, evidence, policy=LIVE, now=NOW)
        return next(check.outcome for check in report.checks if check.name == "proof.signature")

    assert verify() is Outcome.PASSED
    return distances(measure(f"verify from bytes to a report, {suite}", verify, repeat=runs), theirs, least)


def a_class(runs: int) -> Row:
    """Build and sign a credential for each learner of a class: one achievement, another learner and id each."""
    learners = [did_key(PrivateKey.from_seed(sha256(f"learner {number}".encode())).public) for number in range(runs)]
    unit, issuer = samples.ASHA_UNITS[0], IssuerProfile(DID, "Sample body", None, "IN")

    def issue(learner: str) -> JsonObject:
        unsigned = build_credential(
            unit.achievement,
            id=f"urn:example:{learner[-40:]}",
            issuer=issuer,
            subject=learner,
            earned=unit.earned,
            valid_from=NOW - timedelta(days=1),
            status=None,
        )
        return sign(unsigned, "eddsa-rdfc-2022")

    issue(learners[0])
    return measure_each("build and sign for a class, each, eddsa-rdfc-2022", learners, issue, lambda _, found: ())


def sign(unsigned: JsonObject, suite: Suite) -> JsonObject:
    """The credential with a proof of that suite."""
    return add_proof(
        unsigned,
        suite=suite,
        verification_method=f"{DID}#{KEY.public.multikey}",
        created=NOW,
        purpose="assertionMethod",
        sign=KEY.sign,
        contexts=bundled_contexts(),
    )


def peer(unsigned: Mapping[Suite, JsonObject], signed: Mapping[Suite, JsonObject], runs: int) -> dict[str, Row]:
    """The peer's rows by what they are of, where Node.js and the packages of tests/interop are at hand."""
    names = [f"{verb}, {suite}" for suite in SUITES for verb in ("sign", "verify")]
    node = shutil.which("node")
    if node is None or not PACKAGES.is_dir():
        why = "not here: Node.js is not installed" if node is None else "not here: npm ci --prefix tests/interop"
        found = {name: Row(f"{PEER}: {name}", 0, said=why) for name in names}
    else:
        library = bundled_contexts()
        given = {
            "unsigned": unsigned,
            "signed": signed,
            "contexts": {url: {"@context": library.block(url)} for url in PINNED if url in library.urls},
            "seed": SEED.hex(),
            "created": NOW.isoformat().replace("+00:00", "Z"),
            "warm": WARM,
            "runs": runs,
        }
        done = subprocess.run(
            [node, str(SCRIPT)], input=json.dumps(given), capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{PEER} did not do its work: {done.stderr[-2000:]}")
        times: dict[str, dict[str, list[float]]] = json.loads(done.stdout)
        found = {name: _peer_row(name, one["warming"], one["warm"]) for name, one in times.items()}
    for row in found.values():
        print(row, flush=True)
    return found


def _peer_row(name: str, warming: Sequence[float], warm: Sequence[float]) -> Row:
    times = Times.of(warm)
    said = f"mean {times.mean:.2f}; {Times.of(warming).mean:.2f} in the {len(warming)} calls before"
    return Row(f"{PEER}: {name}", len(warm), times, said=said)


def at(row: Row | None) -> float:
    """The mean of a row's CPU time, with every pause in it; nothing where it was not measured."""
    return row.cpu.mean if row is not None and row.cpu is not None else 0.0


def distances(row: Row, theirs: Row | None, least: float | None) -> Row:
    """The row with its distance from the peer and from the floor, by the mean CPU time of a call."""
    said = []
    if at(theirs):
        said.append(f"{PEER} takes {at(theirs) / at(row):.1f} times as long")
    if least:
        said.append(f"{at(row) / least:.1f} times the floor of {least:.3f}")
    told = Row(row.name, row.runs, row.cpu, row.wall, row.outcomes, "; ".join([f"mean {at(row):.2f}", *said]))
    print(f"  {told.said}", flush=True)
    return told


def cold(signed: JsonObject) -> list[Row]:
    """A process that starts, verifies one credential from a file, and says what it found: the time of the whole."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "credential.json"
        file.write_bytes(json.dumps(signed).encode())
        by_library = ("-c", COLD_SCRIPT, str(file), NOW.isoformat())
        by_command = ("-c", COMMAND_SCRIPT, "verify", str(file), "--offline", "--json", "--now", NOW.isoformat())
        found = []
        for name, words in (
            ("import creditbank, verify", by_library),
            ("creditbank verify --offline", by_command),
        ):
            child(*words, compiled=folder)
            found.append(measure_process(f"a cold process: {name}", [words] * COLD_RUNS, compiled=folder))
        return found


def unsigned_credential(unit: SampleUnit, issuer: str, id: str) -> JsonObject:
    """One credential of the demonstration, before it is signed."""
    document = build_credential(
        unit.achievement,
        id=id,
        issuer=IssuerProfile(issuer, "Sample body", None, unit.achievement.country),
        subject="did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        earned=unit.earned,
        valid_from=NOW - timedelta(days=1),
        status=None,
    )
    return load_object(pretty_json(document))
