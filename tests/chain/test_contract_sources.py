"""The committed artifacts are what the sources give, and the contracts keep their laws under fuzzing."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).parents[2] / "contracts"

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def node():
    """Run one of the scripts of contracts/; without its tools skip, or fail where nothing may be skipped."""
    shelves = [CONTRACTS / "node_modules", Path(os.environ.get("CREDITBANK_NODE_MODULES") or "/nowhere")]
    missing = [
        name
        for name, there in {
            "node": shutil.which("node") is not None,
            "npm's solc": any((shelf / "solc").is_dir() for shelf in shelves),
            "npm's forge": any((shelf / "@foundry-rs" / "forge-linux-amd64").is_dir() for shelf in shelves),
        }.items()
        if not there
    ]
    if missing:
        sentence = f"{' and '.join(missing)} missing: run `npm ci` in contracts/, or set CREDITBANK_NODE_MODULES"
        if os.environ.get("CREDITBANK_REQUIRE") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)

    def run(folder, script, *arguments):
        modules = next(shelf for shelf in shelves if (shelf / "solc").is_dir())
        return subprocess.run(
            ["node", str(folder / script), *arguments],
            cwd=folder,
            env={**os.environ, "CREDITBANK_NODE_MODULES": str(modules)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def copy(tmp_path):
    """The folder of the contracts, to change something in it."""
    keep = shutil.ignore_patterns("node_modules", "out", "cache")
    return Path(shutil.copytree(CONTRACTS, tmp_path / "contracts", ignore=keep))


def test_the_committed_artifacts_are_current(node):
    done = node(CONTRACTS, "build.mjs", "--check")
    assert (done.returncode, done.stdout.strip()) == (0, "3 artifacts are current"), done.stderr


def test_a_changed_source_makes_its_artifact_stale(node, copy):
    source = copy / "src" / "Redemptions.sol"
    source.write_text(source.read_text().replace("if (amount > total - spent)", "if (amount > total)"))
    done = node(copy, "build.mjs", "--check")
    assert done.returncode == 1
    assert "Redemptions.json is not what the sources give" in done.stderr
    assert "Anchors.json" not in done.stderr


def test_a_changed_artifact_is_stale(node, copy):
    file = copy / "artifacts" / "Anchors.json"
    file.write_text(json.dumps(json.loads(file.read_text()), indent=2) + "\n")
    done = node(copy, "build.mjs", "--check")
    assert done.returncode == 1
    assert "Anchors.json is not what the sources give" in done.stderr


@pytest.mark.slow
def test_the_contracts_keep_their_laws_under_fuzzing(node, copy):
    done = node(copy, "forge-test.mjs")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 failed" in done.stdout


@pytest.mark.slow
def test_the_fuzzing_finds_a_broken_law(node, copy):
    source = copy / "src" / "Redemptions.sol"
    source.write_text(source.read_text().replace("        state.spent -= amount;\n", ""))
    done = node(copy, "forge-test.mjs", "--match-contract", "RedemptionsTest")
    assert done.returncode != 0
    assert "spent is the sum of the uses" in done.stdout
