"""The whole job as a person would meet it: the files of the demonstration, looked at from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from creditbank.bootstrap import open_bank
from creditbank.config import Settings

ASHA = "asha-in-ncrf-ug-certificate.json"


def creditbank(*arguments: object, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("CREDITBANK_")}
    if home is not None:
        env["CREDITBANK_HOME"] = str(home)
    return subprocess.run(
        [sys.executable, "-m", "creditbank", *map(str, arguments)], capture_output=True, text=True, env=env
    )


def index(demo: Path) -> dict:
    return json.loads((demo / "index.json").read_text())


def award_files(demo: Path) -> list[Path]:
    return [
        demo / "awards" / ASHA, demo / "proofs" / ASHA, demo / "credentials", demo / "receipts", demo / "rules",
        demo / "decisions",
    ]  # fmt: skip


def test_every_file_in_the_index_exists_and_every_kind_has_some(demo):
    found = index(demo)
    for kind in ("credentials", "presentations", "receipts", "awards", "proofs", "rejected"):
        assert found[kind], kind
        for entry in found[kind]:
            assert (demo / entry["file"]).is_file()
    assert all((demo / file).is_file() for file in found["documents"].values())
    assert (demo / "trust.json").is_file()


def test_every_document_can_be_read_under_its_own_id(demo):
    for id, file in index(demo)["documents"].items():
        assert json.loads((demo / file).read_text())["id"] == id


def test_at_least_four_providers_under_different_frameworks_issued(demo):
    issuers = {entry["issuer"] for entry in index(demo)["credentials"]}
    systems = {entry["credits"].split()[-1] for entry in index(demo)["credentials"]}
    assert len(issuers) >= 4
    assert {"in-ncrf", "uk", "kr"} <= systems


def test_a_new_process_still_finds_the_anchors_on_the_banks_own_chain(demo):
    run = creditbank("verify", demo / "credentials" / "asha-deccan-writing.json", "--json", home=demo / "bank")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "test chain" in run.stdout


def test_the_award_adds_up_offline_with_trusted_block_hashes(demo):
    run = creditbank(
        "check-award",
        *award_files(demo),
        "--documents",
        demo / "documents",
        "--trust",
        demo / "trust.json",
        "--offline",
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_without_trusted_block_hashes_the_award_stays_open(demo):
    run = creditbank("check-award", *award_files(demo), "--documents", demo / "documents", "--offline")
    assert run.returncode == 3, run.stdout + run.stderr


def test_without_one_of_its_credentials_the_award_is_not_accepted(demo, tmp_path):
    proof = json.loads((demo / "proofs" / ASHA).read_text())
    used = {use["credential"] for use in proof["uses"]}
    files = [demo / entry["file"] for entry in index(demo)["credentials"] if entry["id"] in used]
    run = creditbank(
        "check-award", demo / "awards" / ASHA, demo / "proofs" / ASHA, *files[1:], demo / "receipts", demo / "rules",
        "--documents", demo / "documents", "--trust", demo / "trust.json", "--offline",
    )  # fmt: skip
    assert run.returncode == 3, run.stdout + run.stderr


def test_each_forgery_is_refused_by_the_check_that_the_index_names(demo):
    checks = [check for check in index(demo)["checks"] if check["exit"] == 1]
    assert {check["names"] for check in checks} == {
        "proof.signature", "anchor.key-valid", "status.revocation", "stack.arithmetic", "award.spent",
    }  # fmt: skip
    for check in checks:
        run = creditbank(*[part.replace("{demo}", str(demo)) for part in check["arguments"]], "--json")
        assert run.returncode == 1, run.stdout + run.stderr
        failed = {
            item["name"] for report in _reports(json.loads(run.stdout)) for item in report["checks"]
            if item["outcome"] == "failed"
        }  # fmt: skip
        assert check["names"] in failed


def _reports(document: dict) -> list[dict]:
    found = []
    pending = [document]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            if "checks" in current:
                found.append(current)
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)
    return found


def test_the_demonstration_leaves_a_strangers_folder_alone(tmp_path):
    precious = tmp_path / "mine" / "thesis.txt"
    precious.parent.mkdir()
    precious.write_text("years of work")
    run = creditbank("demo", "--output", precious.parent)
    assert run.returncode == 2
    assert "Choose another folder" in run.stdout + run.stderr
    assert precious.read_text() == "years of work"


def test_the_demonstration_never_pulls_a_bank_from_under_a_running_server(demo):
    before = (demo / "index.json").read_bytes()
    with open_bank(Settings.load({}, demo / "bank")):
        run = creditbank("demo", "--output", demo)
    assert run.returncode == 3, "it may be tried again later"
    assert "another process" in (run.stdout + run.stderr).lower()
    assert (demo / "index.json").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1.0, 4.0, 7.0])
def test_the_demonstration_interrupted_anywhere_runs_again(tmp_path, seconds):
    output = tmp_path / "demo-output"
    started = subprocess.Popen(
        [sys.executable, "-m", "creditbank", "demo", "--output", str(output)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    started.send_signal(signal.SIGKILL)
    started.wait()
    run = creditbank("demo", "--output", output)
    assert run.returncode == 0, run.stdout + run.stderr
