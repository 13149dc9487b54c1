"""`verify` and `check-award`: verdicts, exit codes, and what they never load."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pypdf import PdfWriter

from creditbank import verify
from creditbank.canonical import digest_text, sha256
from creditbank.cli import run
from creditbank.cli.offline import built_in_rules
from creditbank.verification import ANCHOR_WAYS, ARCHIVAL, TrustFacts

from .conftest import Call, Journey

SOURCES = Path(__file__).parents[2] / "src"
HEAVY = ("sqlalchemy", "alembic", "web3", "eth_tester", "eth", "highspy", "numpy", "fastapi", "uvicorn", "starlette")


def altered(file: Path, folder: Path, change: Any) -> str:
    """A copy of a signed document in which something was changed."""
    document = json.loads(file.read_text())
    change(document)
    copy = folder / file.name
    copy.write_text(json.dumps(document))
    return str(copy)


def claim_more(document: Any) -> None:
    document["credentialSubject"]["achievement"]["creditPoints"] = "99"


def checks_of(report: Any) -> dict[str, str]:
    return {check["name"]: check["outcome"] for check in report["checks"]}


def test_a_bank_vouches_for_its_own_credential(call: Call, journey: Journey) -> None:
    called = call("verify", str(journey.kit / "credentials/01.json"), "--home", str(journey.home))
    assert called.code == 0
    assert "✓ Accepted. Policy live: every required check passed." in called.out
    assert "test chain" in called.out


def test_every_check_of_a_credential_is_one_line_under_its_group(call: Call, journey: Journey) -> None:
    called = call("verify", str(journey.kit / "credentials/01.json"), "--home", str(journey.home))
    report = call("verify", str(journey.kit / "credentials/01.json"), "--home", str(journey.home), "--json").json
    lines = called.out.splitlines()
    for check in report["reports"][0]["report"]["checks"]:
        assert sum(check["name"] in line.split() for line in lines) == 1
    for group in ("format", "proof and issuer", "anchor", "status and dates"):
        assert f"  {group}" in lines


def test_the_bank_of_the_environment_is_asked(call: Call, journey: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDITBANK_HOME", str(journey.home))
    assert call("verify", str(journey.kit / "credentials/01.json")).code == 0


def test_a_bank_that_was_named_and_is_not_there_is_told(call: Call, journey: Journey) -> None:
    called = call("verify", str(journey.kit / "award.json"), "--home", "nowhere")
    assert called.code == 2
    assert "creditbank init" in called.err


def test_files_alone_leave_the_anchors_open(call: Call, journey: Journey) -> None:
    called = call("verify", str(journey.kit / "credentials"), "--offline", "--json")
    assert called.code == 3
    assert called.json["policy"] == "archival"
    for item in called.json["reports"]:
        assert checks_of(item["report"])["anchor.on-chain"] == "unchecked"
        assert checks_of(item["report"])["anchor.included"] == "passed"


def test_trusted_facts_and_own_documents_close_what_files_leave_open(call: Call, journey: Journey) -> None:
    trusted = ("--trust", str(journey.trust), "--documents", str(journey.kit / "documents"))
    called = call("verify", str(journey.kit / "credentials"), "--offline", *trusted)
    assert called.code == 0
    assert called.out.count("✓ Accepted. Policy archival") == 3
    assert "Summary" in called.out


def test_one_altered_value_is_rejected_by_the_name_of_its_check(call: Call, journey: Journey, tmp_path: Path) -> None:
    forged = altered(journey.kit / "credentials/01.json", tmp_path, claim_more)
    called = call("verify", forged, str(journey.kit / "credentials/02.json"), "--home", str(journey.home))
    assert called.code == 1
    assert "✗ Rejected. Policy live: proof.signature" in called.out
    assert "✓ accepted" in called.out


def test_an_award_is_verified_with_its_credentials_inside(call: Call, journey: Journey) -> None:
    called = call("verify", str(journey.kit), "--home", str(journey.home), "--json")
    assert called.code == 0
    [item] = called.json["reports"]
    assert item["report"]["kind"] == "award"
    assert len(item["report"]["parts"]) == 3


def test_an_altered_copy_beside_the_genuine_credential_gets_a_report_of_its_own(
    call: Call, journey: Journey, tmp_path: Path
) -> None:
    forged = altered(journey.kit / "credentials/01.json", tmp_path, claim_more)
    called = call("verify", str(journey.kit), forged, "--home", str(journey.home), "--json")
    assert called.code == 1
    assert [item["report"]["verdict"] for item in called.json["reports"]] == ["accepted", "rejected"]


def test_full_shows_every_check_of_every_credential_inside(call: Call, journey: Journey) -> None:
    short = call("verify", str(journey.kit), "--home", str(journey.home))
    full = call("verify", str(journey.kit), "--home", str(journey.home), "--full")
    assert full.out.count("proof.signature") > short.out.count("proof.signature")
    assert "compared" in full.out


def test_an_award_is_accepted_from_files_and_trusted_block_hashes(call: Call, journey: Journey) -> None:
    called = call("check-award", str(journey.kit), "--offline", "--trust", str(journey.trust))
    assert called.code == 0, called.out
    assert "Added up again from signed credentials: 50 credits from 3 units" in called.out


def test_without_trusted_block_hashes_the_same_award_is_inconclusive(call: Call, journey: Journey) -> None:
    called = call("check-award", str(journey.kit), "--offline", "--json")
    assert called.code == 3
    assert checks_of(called.json["reports"][0]["report"])["stack.arithmetic"] == "passed"


def test_an_award_without_its_credentials_is_inconclusive(call: Call, journey: Journey) -> None:
    called = call("check-award", str(journey.kit / "award.json"), "--trust", str(journey.trust))
    assert called.code == 3
    assert "credentials that count were not given" in called.out


def test_another_stacking_proof_than_the_signed_one_is_rejected(call: Call, journey: Journey, tmp_path: Path) -> None:
    def shift(document: Any) -> None:
        document["uses"][0]["counted"] = "30"

    (tmp_path / "award.json").write_bytes((journey.kit / "award.json").read_bytes())
    proof = altered(journey.kit / "award.proof.json", tmp_path, shift)
    files = (str(tmp_path / "award.json"), proof, str(journey.kit / "credentials"))
    called = call("check-award", *files, "--offline", "--trust", str(journey.trust))
    assert called.code == 1
    assert "award.proof-bound" in called.out


@pytest.mark.parametrize("command", ["check-award", "verify"])
@pytest.mark.parametrize("about", ["the award", "another award"])
def test_a_forged_file_that_is_named_is_judged_and_not_the_genuine_one_beside(
    call: Call, journey: Journey, tmp_path: Path, command: str, about: str
) -> None:
    def shift(document: Any) -> None:
        document["uses"][0]["counted"] = "30"
        document["award"] = document["award"] if about == "the award" else "urn:uuid:" + "0" * 8

    proof = altered(journey.kit / "award.proof.json", tmp_path, shift)
    files = (str(journey.kit / "award.json"), proof, str(journey.kit / "credentials"))
    called = call(command, *files, "--offline", "--trust", str(journey.trust))
    assert called.code in (1, 3)
    assert (called.code == 1) is (about == "the award")
    assert "award.proof.json lies beside and says something else" in called.err
    genuine = (*files[:1], str(journey.kit / "award.proof.json"), files[2])
    named = call(command, *genuine, "--offline", "--trust", str(journey.trust))
    found = call(command, files[0], files[2], "--offline", "--trust", str(journey.trust))
    assert (named.code, named.out) == (found.code, found.out)
    assert "award.proof-bound failed" not in named.out
    assert "says something else" not in named.err


def test_a_receipt_that_is_named_is_judged_and_not_the_genuine_one_beside(
    call: Call, journey: Journey, tmp_path: Path
) -> None:
    def shift(document: Any) -> None:
        document["index"] = (document["index"] + 1) % document["size"]

    credential = str(journey.kit / "credentials/01.json")
    receipt = altered(journey.kit / "credentials/01.receipt.json", tmp_path, shift)
    called = call("verify", credential, receipt, "--offline", "--trust", str(journey.trust))
    assert called.code == 1
    assert "✗ Rejected. Policy archival: anchor.included" in called.out
    assert "says something else" in called.err
    found = call("verify", credential, "--offline", "--trust", str(journey.trust))
    assert found.code != 1


def test_nodes_that_are_down_are_told_of_also_where_the_bank_answers(call: Call, journey: Journey) -> None:
    files = (str(journey.kit / "credentials/01.json"), "--home", str(journey.home), "--trust", str(journey.trust))
    called = call("verify", *files, "--rpc", "http://127.0.0.1:9")
    assert called.code == call("verify", *files).code
    assert "Of 1 node asked 0 agreed" in called.err


def test_nodes_are_not_named_where_nobody_may_be_asked(call: Call, journey: Journey) -> None:
    called = call("verify", str(journey.kit / "award.json"), "--offline", "--rpc", "http://127.0.0.1:9")
    assert called.code == 2
    assert "--rpc names nodes to ask" in called.err
    assert "Leave out one of the two" in called.err


def test_a_credential_is_no_award(call: Call, journey: Journey) -> None:
    called = call("check-award", str(journey.kit / "credentials/01.json"), "--offline")
    assert called.code == 2
    assert "None of these files is an award." in called.err


def test_a_trust_file_among_the_files_is_not_trusted(call: Call, journey: Journey) -> None:
    called = call("verify", str(journey.kit / "credentials/01.json"), str(journey.trust), "--offline")
    assert called.code == 3
    assert "not trusted" in called.err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"type": ["VerifiableCredential"', "This is not JSON"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"type": "Cat"}', "type Cat"),
        ('{"document": "creditbank/recipe/v1"}', "creditbank/recipe/v1"),
        ("hello", "no JSON, token"),
    ],
)
def test_a_file_that_is_nothing_known_is_bad_input_with_its_place(
    call: Call, tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "given.json"
    file.write_text(content)
    called = call("verify", str(file), "--offline")
    assert called.code == 2
    assert called.err.count("creditbank: ") == 1
    assert str(file) in called.err
    assert told in called.err
    assert call("verify", str(file), "--offline", "--json").json["place"].startswith(str(file))


def test_a_missing_file_is_bad_input(call: Call) -> None:
    called = call("verify", "gone.json", "--offline")
    assert called.code == 2
    assert called.err.startswith("creditbank: gone.json: ")


def test_only_receipts_are_nothing_to_verify(call: Call, journey: Journey) -> None:
    called = call("verify", str(journey.kit / "award.receipt.json"), "--offline")
    assert called.code == 2
    assert "receipt" in called.err


def test_a_broken_receipt_is_named_with_its_pointer(call: Call, journey: Journey, tmp_path: Path) -> None:
    def break_it(document: Any) -> None:
        document["size"] = "many"

    receipt = altered(journey.kit / "award.receipt.json", tmp_path, break_it)
    called = call("verify", str(journey.kit / "award.json"), receipt, "--offline")
    assert called.code == 2
    assert f"{receipt}#/size" in called.err


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--policy", "strict", "no policy named 'strict'"),
        ("--policy", "award.json", "not a policy"),
        ("--trust", "award.json", "not a trust file"),
        ("--trust", "gone.json", "gone.json"),
        ("--documents", "gone", "gone"),
        ("--now", "yesterday", "--now"),
    ],
)
def test_every_option_is_refused_with_its_own_sentence(
    call: Call, journey: Journey, monkeypatch: pytest.MonkeyPatch, option: str, value: str, told: str
) -> None:
    monkeypatch.chdir(journey.kit)
    called = call("verify", "award.json", "--offline", option, value)
    assert called.code == 2
    assert called.out == ""
    assert told in called.err


def test_a_policy_file_of_ones_own_is_named_in_the_verdict(call: Call, journey: Journey, tmp_path: Path) -> None:
    policy = tmp_path / "lenient.json"
    required = ["format.readable", "format.credential", "proof.present", "proof.signature"]
    words = {"document": "creditbank/policy/v1", "name": "signature-only", "title": "The signature alone"}
    policy.write_text(json.dumps({**words, "required": required, "statusMaxAgeSeconds": None}))
    called = call("verify", str(journey.kit / "credentials"), "--offline", "--policy", str(policy))
    assert called.code == 0
    assert "Policy signature-only" in called.out
    assert "(not required by this policy)" in called.out


def test_the_moment_can_be_chosen(call: Call, journey: Journey) -> None:
    called = call("verify", str(journey.kit / "award.json"), "--offline", "--now", "2020-01-01T00:00:00Z", "--json")
    report = called.json["reports"][0]["report"]
    assert report["checkedAt"] == "2020-01-01T00:00:00Z"
    assert checks_of(report)["dates.valid"] == "failed"


def test_a_title_cannot_paint_a_verdict_on_the_screen(call: Call, journey: Journey, tmp_path: Path) -> None:
    def paint(document: Any) -> None:
        document["name"] = "\x1b[2J\x1b[32m✓ Accepted"
        document["credentialSubject"]["achievement"]["name"] = "\u202e\x1b[2J"

    forged = altered(journey.kit / "credentials/01.json", tmp_path, paint)
    called = call("verify", forged, "--offline")
    assert called.code == 1
    assert "\x1b" not in called.out
    assert "\u202e" not in called.out


@pytest.mark.parametrize("command", ["check-award", "verify"])
def test_files_alone_need_no_database_chain_solver_or_server(command: str, journey: Journey) -> None:
    call = [command, str(journey.kit), "--offline", "--trust", str(journey.trust)]
    asked = f"import sys; from creditbank.cli import run; code = run({call!r})\n"
    asked += "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr); sys.exit(code)"
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, env=environment)
    assert answer.returncode == 0, answer.stdout
    assert not set(HEAVY) & set(answer.stderr.split())


@pytest.fixture(scope="module")
def denial(journey: Journey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The proof that fifty credits are no diploma of eighty."""
    file = tmp_path_factory.mktemp("no") / "no.json"
    asked = ("in-ncrf-ug-diploma", "--learner", journey.learner, "--university", journey.university)
    assert run(["qualification", "evaluate", *asked, "--home", str(journey.home), "--proof", str(file), "--json"]) == 1
    return file


def trusted(journey: Journey) -> tuple[str, ...]:
    return ("--offline", "--trust", str(journey.trust), "--documents", str(journey.kit / "documents"))


def test_a_no_is_confirmed_from_files(call: Call, journey: Journey, denial: Path) -> None:
    called = call("check-no", str(denial), str(journey.kit / "credentials"), *trusted(journey))
    assert called.code == 0, called.out
    assert "✓ Accepted. Policy archival: every required check passed." in called.out
    assert "That the learner holds no others, no document can show." in called.out.replace("\n", " ")
    assert f"weighed by {json.loads(denial.read_text())['awarding']}" in called.out


def test_a_no_without_trusted_facts_is_inconclusive(call: Call, journey: Journey, denial: Path) -> None:
    called = call("check-no", str(denial), str(journey.kit / "credentials"), "--offline", "--json")
    assert called.code == 3
    [item] = called.json["reports"]
    assert item["report"]["kind"] == "denial"
    assert checks_of(item["report"])["no.certificate"] == "passed"
    assert checks_of(item["report"])["stack.credentials"] == "unchecked"


def test_a_no_that_left_a_credential_out_is_rejected(
    call: Call, journey: Journey, denial: Path, tmp_path: Path
) -> None:
    asked = ("in-ncrf-ug-diploma", "--learner", journey.learner, "--university", journey.university)
    file = tmp_path / "no.json"
    called = call(
        "qualification", "evaluate", *asked, "--credential", journey.credentials[0], "--proof", str(file),
        "--home", str(journey.home),
    )  # fmt: skip
    assert called.code == 1
    assert "creditbank check-no" in called.err
    files = (journey.kit / "credentials").glob("*.json")
    [alone] = [file for file in files if json.loads(file.read_text()).get("id") == journey.credentials[0]]
    assert call("check-no", str(file), str(alone), *trusted(journey)).code == 0
    called = call("check-no", str(file), str(journey.kit / "credentials"), *trusted(journey))
    assert called.code == 1
    assert "no.complete failed" in called.out


def test_only_a_no_has_a_proof_of_its_own(call: Call, journey: Journey, tmp_path: Path) -> None:
    called = call("check-no", str(journey.kit / "credentials/01.json"), "--offline")
    assert called.code == 2
    assert "None of these files is a proof of a no." in called.err


def test_a_no_needs_no_database_chain_solver_or_server_to_be_checked(journey: Journey, denial: Path) -> None:
    call = ["check-no", str(denial), str(journey.kit / "credentials"), *trusted(journey)]
    asked = f"import sys; from creditbank.cli import run; code = run({call!r})\n"
    asked += "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr); sys.exit(code)"
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, env=environment)
    assert answer.returncode == 0, answer.stdout
    assert not set(HEAVY) & set(answer.stderr.split())


# -- files of other kinds


@pytest.mark.parametrize(("name", "words"), [("badge.png", "a PNG image"), ("badge.svg", "an SVG image")])
def test_a_credential_is_baked_into_an_image_and_verified_from_it(
    call: Call, journey: Journey, tmp_path: Path, name: str, words: str
) -> None:
    image = tmp_path / name
    called = call("credential", "bake", journey.credentials[0], "--output", str(image), "--home", str(journey.home))
    assert called.code == 0, called.err
    receipt = call("credential", "receipt", journey.credentials[0], "--home", str(journey.home)).out
    (tmp_path / "badge.receipt.json").write_text(receipt)
    called = call("verify", str(image), *trusted(journey))
    assert called.code == 0, called.out
    assert f"recognised as {words} with an Open Badges 3.0 credential inside" in called.out
    again = tmp_path / f"again-{name}"
    call("credential", "bake", str(image), "--image", str(image), "--output", str(again))
    assert again.read_bytes() == image.read_bytes()
    [item] = call("verify", str(image), *trusted(journey), "--json").json["recognised"][:1]
    assert item["place"] == str(image)
    assert item["within"] == words.partition(" ")[2]


def test_baking_takes_one_credential_and_a_picture(call: Call, journey: Journey, tmp_path: Path) -> None:
    both = call("credential", "bake", str(journey.kit / "credentials"), "--output", str(tmp_path / "x.png"))
    assert (both.code, "holds 3 credentials" in both.err) == (2, True)
    nameless = call("credential", "bake", str(journey.kit / "credentials/01.json"), "--output", str(tmp_path / "x.gif"))
    assert (nameless.code, "End it in .png or .svg" in nameless.err) == (2, True)


def test_a_link_alone_is_named_and_verifies_nothing(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "link.txt"
    file.write_text("https://college.example/badges/1")
    called = call("verify", str(file), "--offline")
    assert called.code == 2
    assert "is a link to https://college.example/badges/1, which was not followed" in called.err


def test_a_link_is_followed_unless_offline_and_never_inwards(
    call: Call, journey: Journey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = (journey.kit / "credentials/01.json").read_bytes()
    asked: list[str] = []
    resolver = type("Served", (), {"fetch": lambda _, url: asked.append(url) or signed})
    file = tmp_path / "link.txt"
    file.write_text("https://college.example/badges/1")
    with monkeypatch.context() as patched:
        patched.setattr("creditbank.adapters.resolver.HttpsResolver", resolver)
        called = call("verify", str(file), "--home", str(journey.home))
    assert called.code == 0, called.err
    assert "recognised as an Open Badges 3.0 credential, behind a link" in called.out
    assert asked == ["https://college.example/badges/1"]
    file.write_text("https://127.0.0.1/badge")
    inward = call("verify", str(file), "--home", str(journey.home))
    assert inward.code == 2
    assert "which leads to nothing that can be verified" in inward.err


# -- verification kits


@pytest.fixture(scope="session")
def kits(journey: Journey, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The kits of a credential and of the award, the trust file in each, and the one that its page shows."""
    folder = tmp_path_factory.mktemp("kits")
    for name, id in (("credential", journey.credentials[1]), ("award", journey.award)):
        file = folder / f"{name}.zip"
        assert run(["credential", "kit", id, "--output", str(file), "--home", str(journey.home)]) == 0
        with zipfile.ZipFile(file) as archive:
            (folder / f"{name}.trust.json").write_bytes(archive.read("verification-kit/trust.json"))
            page = archive.read("verification-kit/README.html").decode()
        (folder / f"{name}.block.json").write_text(unescape(page.rpartition("<pre>")[2].partition("</pre>")[0]))
    return {file.name: file for file in folder.iterdir()}


@pytest.mark.parametrize("name", ["credential", "award"])
def test_a_kit_needs_nothing_but_a_trusted_block(call: Call, kits: dict[str, Path], name: str) -> None:
    trust = json.loads(kits[f"{name}.block.json"].read_text())
    assert (trust["issuers"], trust["awarders"], trust["banks"], trust["spends"], trust["rules"]) == (
        [],
        [],
        [],
        [],
        [],
    )
    assert [len(chain["blocks"]) for chain in trust["chains"]] == [1]
    for given in ("block", "trust"):
        called = call("verify", str(kits[f"{name}.zip"]), "--offline", "--trust", str(kits[f"{name}.{given}.json"]))
        assert called.code == 0, called.out
        told = "The contract's storage, proven as of a block, holds this root"
        proven = re.search(rf"passed +anchor\.state-proof +{told}", called.out)
        assert bool(proven) == (given == "block"), "the other file names the receipt's block and lists its root"


@pytest.mark.parametrize("name", ["credential", "award"])
def test_a_kit_without_a_trusted_block_is_open_on_that_check_alone(
    call: Call, kits: dict[str, Path], name: str
) -> None:
    """In an award the credentials are open for the same reason, and so is the check that speaks of them."""
    called = call("verify", str(kits[f"{name}.zip"]), "--offline", "--json")
    assert called.code == 3
    assert "not trusted" in called.err
    [report] = [item["report"] for item in called.json["reports"]]
    for one in (report, *report["parts"]):
        missing = {check["name"] for check in one["checks"] if check["outcome"] == "unchecked"} & set(one["required"])
        assert missing == {"anchor.on-chain"} | ({"stack.credentials"} if one["kind"] == "award" else set())
        [open_one] = [check for check in one["checks"] if check["name"] == "anchor.on-chain"]
        assert "nobody we trust knows block" in open_one["sentence"]


def test_another_block_than_that_of_the_kit_settles_nothing(call: Call, kits: dict[str, Path], tmp_path: Path) -> None:
    trust = json.loads(kits["credential.block.json"].read_text())
    trust["chains"][0]["blocks"][0]["hash"] = "0x" + "11" * 32
    (tmp_path / "other.json").write_text(json.dumps(trust))
    called = call("verify", str(kits["credential.zip"]), "--offline", "--trust", str(tmp_path / "other.json"), "--json")
    assert called.code == 3
    [item] = called.json["reports"]
    checks = checks_of(item["report"])
    assert checks["issuer.registered"] == "unchecked"
    assert checks["anchor.on-chain"] == "unchecked"
    assert checks["anchor.state-proof"] == "unchecked"
    assert "anchor.state-proof" not in item["report"]["required"]
    [open_one] = [check for check in item["report"]["checks"] if check["name"] == "anchor.state-proof"]
    assert "nobody we trust knows these contracts with its block" in open_one["sentence"]


def test_a_node_that_is_down_leaves_its_own_question_open_and_no_other(
    call: Call, kits: dict[str, Path], tmp_path: Path
) -> None:
    down = ("--rpc", "http://127.0.0.1:9", "--policy", "archival", "--json")
    trust = json.loads(kits["credential.trust.json"].read_text())
    (tmp_path / "whole.json").write_text(json.dumps(trust))
    for chain in trust["chains"]:
        chain["blocks"], chain["anchored"] = [], []
    (tmp_path / "addresses.json").write_text(json.dumps(trust))
    with zipfile.ZipFile(kits["credential.zip"]) as archive:
        archive.extractall(tmp_path / "kit")
    for state in (tmp_path / "kit").rglob("state.json"):
        state.unlink()  # what proves the contracts' state needs no node

    called = call("verify", str(tmp_path / "kit"), "--trust", str(tmp_path / "addresses.json"), *down)
    assert called.code == 3
    [report] = [item["report"] for item in called.json["reports"]]
    missing = {check["name"] for check in report["checks"] if check["outcome"] == "unchecked"} & set(report["required"])
    assert "anchor.on-chain" in missing
    assert missing <= {"anchor.on-chain", "anchor.key-valid", "dates.signed", "issuer.registered", "issuer.document"}
    [open_one] = [check for check in report["checks"] if check["name"] == "anchor.on-chain"]
    assert "Of 1 node asked 0 agreed, and 1 must (127.0.0.1: The node did not answer" in open_one["sentence"]
    assert {name: checks_of(report).get(name) for name in ANCHOR_WAYS} == {
        "anchor.receipt-proof": "unchecked",
        "anchor.state-proof": None,
        "anchor.node": "unchecked",
        "anchor.nodes-agree": None,
        "anchor.told": None,
    }

    called = call("verify", str(tmp_path / "kit"), "--trust", str(tmp_path / "whole.json"), *down)
    assert called.code == 0
    [report] = [item["report"] for item in called.json["reports"]]
    [closed] = [check for check in report["checks"] if check["name"] == "anchor.on-chain"]
    assert closed["outcome"] == "passed"
    assert "against block hash" in closed["how"]
    assert "did not answer" in closed["how"]
    outcomes = checks_of(report)
    assert outcomes.pop("anchor.node") == "unchecked"
    assert outcomes["anchor.receipt-proof"] == "passed"
    silent = call("verify", str(tmp_path / "kit"), "--trust", str(tmp_path / "whole.json"), *down[2:])
    assert checks_of(silent.json["reports"][0]["report"]) == outcomes, "no other check changes its answer"

    shown = call("verify", str(tmp_path / "kit"), "--trust", str(tmp_path / "whole.json"), *down[:-1])
    assert re.search(r"passed +anchor\.receipt-proof +The receipt itself proves that block", shown.out)
    assert re.search(r"unchecked +anchor\.node +Of 1 node asked 0 agreed", shown.out)
    several = call(
        "verify", str(tmp_path / "kit"), "--trust", str(tmp_path / "whole.json"), *down, "--rpc", "http://localhost:9"
    )
    assert several.code == 0
    named = checks_of(several.json["reports"][0]["report"])
    assert (named["anchor.nodes-agree"], "anchor.node" in named) == ("unchecked", False)


def test_a_node_is_asked_only_about_contracts_that_are_trusted(call: Call, kits: dict[str, Path]) -> None:
    called = call("verify", str(kits["credential.zip"]), "--rpc", "http://127.0.0.1:9")
    assert called.code == 2
    assert "addresses you trust" in called.err


def test_a_policy_that_asks_for_no_anchor_supposes_nothing(call: Call, kits: dict[str, Path], tmp_path: Path) -> None:
    """Else a made-up chain in a kit could vouch for its own issuer."""
    policy = ARCHIVAL.to_json()
    policy["required"] = [name for name in sorted(ARCHIVAL.required) if not name.startswith("anchor.")]
    (tmp_path / "lax.json").write_text(json.dumps({**policy, "name": "lax"}))
    called = call("verify", str(kits["credential.zip"]), "--offline", "--policy", str(tmp_path / "lax.json"), "--json")
    assert called.code == 3
    assert checks_of(called.json["reports"][0]["report"])["issuer.registered"] == "unchecked"


def test_a_policy_that_excuses_the_anchor_supposes_nothing(call: Call, kits: dict[str, Path], tmp_path: Path) -> None:
    """A kit without a receipt asks for no anchor, and its own chain would be the only voucher of its issuer."""
    bare = tmp_path / "bare.zip"
    with zipfile.ZipFile(kits["credential.zip"]) as archive, zipfile.ZipFile(bare, "w") as made:
        for name in archive.namelist():
            if not name.endswith("/receipt.json") and not name.endswith(".receipt.json"):
                made.writestr(name, archive.read(name))
    called = call("verify", str(bare), "--offline", "--policy", "unanchored", "--json")
    [item] = called.json["reports"]
    assert called.code == 3
    assert checks_of(item["report"])["anchor.included"] == "unchecked"
    assert checks_of(item["report"])["issuer.registered"] == "unchecked"


def test_a_state_that_was_altered_is_refused(call: Call, kits: dict[str, Path], tmp_path: Path) -> None:
    altered = tmp_path / "altered.zip"
    with zipfile.ZipFile(kits["credential.zip"]) as archive, zipfile.ZipFile(altered, "w") as made:
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith("/state.json"):
                state = json.loads(data)
                state["nodes"] = state["nodes"][:-1]
                data = json.dumps(state).encode()
            made.writestr(name, data)
    called = call("verify", str(altered), "--offline", "--trust", str(kits["credential.trust.json"]))
    assert called.code == 2
    assert "do not lead from the header" in called.err


@pytest.mark.parametrize("name", ["credential", "award"])
def test_a_kit_is_the_same_bytes_when_it_is_made_again(
    journey: Journey, kits: dict[str, Path], name: str, tmp_path: Path
) -> None:
    id = journey.credentials[1] if name == "credential" else journey.award
    again = tmp_path / "again.zip"
    assert run(["credential", "kit", id, "--output", str(again), "--home", str(journey.home)]) == 0
    assert again.read_bytes() == kits[f"{name}.zip"].read_bytes()


def test_a_kit_lists_every_file_with_its_digest_and_explains_itself_without_a_script(kits: dict[str, Path]) -> None:
    with zipfile.ZipFile(kits["award.zip"]) as archive:
        files = {name.removeprefix("verification-kit/"): archive.read(name) for name in archive.namelist()}
    listed = json.loads(files.pop("manifest.json"))["files"]
    assert listed == {name: digest_text(sha256(data)) for name, data in files.items()}
    page = files["README.html"].decode()
    assert "creditbank verify kit.zip --offline --trust trust.json" in page
    assert "<script" not in page
    assert all(f"<code>{name}</code>" in page for name in files if name != "README.html")
    assert "<td></td>" not in page, "every file is explained"
    assert {name.partition("/")[0] for name in files} >= {"award.json", "award.proof.json", "award.receipt.json"}
    assert {name.partition("/")[0] for name in files} >= {"credentials", "documents", "rules", "policy.json"}


def test_a_kit_with_an_altered_credential_is_rejected(call: Call, kits: dict[str, Path], tmp_path: Path) -> None:
    """Whoever alters a kit can alter its list too: the signature tells."""
    altered = tmp_path / "altered.zip"
    with zipfile.ZipFile(kits["credential.zip"]) as archive, zipfile.ZipFile(altered, "w") as made:
        for name in archive.namelist():
            data = archive.read(name)
            made.writestr(name, data.replace(b'"20"', b'"40"') if name.endswith("/credential.json") else data)
    called = call("verify", str(altered), "--offline", "--trust", str(kits["credential.trust.json"]))
    assert called.code == 1
    assert "proof.signature failed" in called.out


def test_a_kit_is_made_of_files_alone(call: Call, journey: Journey, tmp_path: Path) -> None:
    made = tmp_path / "made.zip"
    given = (str(journey.kit / "credentials/01.json"), "--documents", str(journey.kit / "documents"))
    assert call("credential", "kit", *given, "--output", str(made)).code == 0
    called = call("verify", str(made), "--offline", "--trust", str(journey.trust))
    assert called.code == 0, called.out
    many = call("credential", "kit", str(journey.kit), "--output", str(made))
    assert (many.code, "a kit is about one" in many.err) == (2, True)


def test_every_json_answer_follows_the_published_schema(
    call: Call, journey: Journey, kits: dict[str, Path], tmp_path: Path
) -> None:
    schema = json.loads((files("creditbank.verification") / "report.schema.json").read_bytes())
    validator = jsonschema.Draft202012Validator(schema)
    signed = journey.kit / "credentials/01.json"
    for ending in ("png", "svg"):
        call("credential", "bake", str(signed), "--output", str(tmp_path / f"badge.{ending}"))
    (tmp_path / "transcript.pdf").write_bytes(pdf_with(signed))
    (tmp_path / "link.txt").write_text("https://college.example/1")
    for given in (signed, *sorted(tmp_path.iterdir()), kits["award.zip"], kits["credential.zip"], journey.kit):
        beside = [str(signed)] if given.name == "link.txt" else []
        answer = call("verify", str(given), *beside, "--offline", "--json").json
        validator.validate(answer)
        validator.validate(answer["reports"][0]["report"])
        assert given.name != "transcript.pdf" or answer["recognised"][0]["within"] == "PDF"
    assert not validator.is_valid({**answer, "recognised": [{"place": "x", "kind": "receipt"}]}), "it can say no"


def pdf_with(attached: Path) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment(attached.name, attached.read_bytes())
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["credential", "award"])
def test_the_library_says_what_the_command_says(call: Call, kits: dict[str, Path], name: str) -> None:
    trust, kit = kits[f"{name}.block.json"], kits[f"{name}.zip"]
    told = call("verify", str(kit), "--offline", "--trust", str(trust), "--now", "2030-01-01T00:00:00Z", "--json").json
    facts = TrustFacts.parse(json.loads(trust.read_text()))
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    [report] = verify(kit.read_bytes(), now=moment, trust=facts, rules=built_in_rules())
    assert report.verdict == told["verdict"] == "accepted"
    assert {check.name: str(check.outcome) for check in report.checks} == checks_of(told["reports"][0]["report"])
    assert [part.id for part in report.parts] == [part["id"] for part in told["reports"][0]["report"]["parts"]]


def test_there_is_no_kit_of_what_the_bank_does_not_hold(call: Call, journey: Journey, tmp_path: Path) -> None:
    called = call("credential", "kit", "urn:uuid:0", "--output", str(tmp_path / "x.zip"), "--home", str(journey.home))
    assert called.code == 2
    assert not (tmp_path / "x.zip").exists()


@pytest.mark.parametrize("command", ["verify", "check-award"])
def test_nodes_are_asked_what_an_award_spent_of_each_credential(journey, call, monkeypatch, command):
    from creditbank.adapters.chain import witnesses
    from creditbank.verification import TrustFacts

    trust = json.loads((journey.kit / "trust.json").read_text(encoding="utf-8"))
    told = TrustFacts.parse(trust)
    bare = journey.kit.parent / f"addresses-{command}.json"
    bare.write_text(json.dumps({**trust, "spends": []}), encoding="utf-8")
    asked = []

    def ask(urls, agree, question, artifacts):
        asked.append(question.asked)
        return TrustFacts(source="nodes that agree", spends=told.spends)

    monkeypatch.setattr(witnesses, "ask_nodes", ask)
    words = (command, str(journey.kit), "--trust", str(bare), "--policy", "archival", "--json")
    silent = call(*words) if command == "check-award" else None
    called = call(*words, "--rpc", "http://127.0.0.1:9")
    award = json.loads((journey.kit / "award.json").read_text(encoding="utf-8"))
    (question,) = asked
    assert {(one.lot, one.award) for one in question.spends} == {
        (one.lot, one.award) for one in told.spends if one.award == award["id"]
    }
    assert question.spends
    assert '"award.spent"' in called.out
    outcomes = [outcome_of(called, "award.spent")]
    assert outcomes == ["passed"]
    if silent is not None:
        assert outcome_of(silent, "award.spent") == "unchecked", "without nodes nobody says what was spent"


def outcome_of(called, name):
    """The outcome of the first check of that name, wherever it stands in an answer."""

    def walk(value):
        if isinstance(value, dict):
            if value.get("name") == name:
                yield value["outcome"]
            value = list(value.values())
        for one in value if isinstance(value, list) else ():
            yield from walk(one)

    return next(walk(json.loads(called.out)))
