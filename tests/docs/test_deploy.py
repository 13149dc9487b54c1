"""What is deployed: units that give nothing away, an image of pinned files alone, and a bill of materials."""

import configparser
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from creditbank.cli.commands import COMMANDS, load_command
from creditbank.config import KEYS, SECRETS, Settings

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
HARDENED = {
    "NoNewPrivileges": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes", "ProtectSystem": "strict",
    "ProtectHome": "yes", "ProtectKernelModules": "yes", "RestrictSUIDSGID": "yes", "UMask": "0077",
    "User": "creditbank", "SystemCallFilter": "@system-service", "CapabilityBoundingSet": "",
}  # fmt: skip
SBOM = ROOT / "deploy" / "sbom.py"


def _service(unit: Path) -> list[tuple[str, str]]:
    lines = [line for line in unit.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return [(name, value) for name, _, value in (line.partition("=") for line in lines)]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_runs_with_no_more_rights_than_it_needs_and_no_secret_in_it(unit: Path) -> None:
    """Threats 46 and 51: secrets come as credentials, and a process that is taken over can write to its own state."""
    settings = dict(_service(unit))
    assert {name: settings.get(name) for name in HARDENED} == HARDENED
    for name, value in _service(unit):
        if name == "Environment":
            key = value.partition("=")[0].removeprefix("CREDITBANK_").lower()
            assert key.removesuffix("_file") in KEYS | SECRETS | {"home"}
            assert key.endswith("_file") or key in ("home", "port")
    assert "LoadCredential" in settings


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_calls_a_command_that_there_is(unit: Path) -> None:
    called = re.search(r"bin/creditbank ([a-z]+)(?: ([a-z]+))?", dict(_service(unit))["ExecStart"])
    assert called is not None
    assert called[1] in COMMANDS
    if called[1] == "bank":
        assert called[2] in load_command("bank").commands


def test_timers_and_units_are_such_as_systemd_reads() -> None:
    for timer in (ROOT / "deploy" / "systemd").glob("*.timer"):
        read = configparser.ConfigParser(interpolation=None)
        read.read(timer)
        assert (ROOT / "deploy" / "systemd" / f"{timer.stem}.service").exists()
        assert "OnCalendar" in read["Timer"]
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not here")
    run = subprocess.run([verify, "verify", "--man=no", *map(str, UNITS)], capture_output=True, text=True)
    told = [line for line in run.stderr.splitlines() if "not executable" not in line and "No such file" not in line]
    assert not [line for line in told if "Unknown" in line or "Failed to parse" in line], run.stderr


def test_the_example_of_production_is_accepted(tmp_path: Path) -> None:
    example = (ROOT / "deploy" / "bank.env.example").read_text().splitlines()
    env = dict(line.split("=", 1) for line in example if line and not line.startswith("#"))
    secrets = {"CREDITBANK_PASSPHRASE": "words", "CREDITBANK_DATABASE_URL": "postgresql:///creditbank"}
    settings = Settings.load(env | secrets, tmp_path)
    assert settings.production
    assert settings.require_accreditation


def test_the_image_takes_pinned_files_alone_and_runs_as_nobody_special() -> None:
    """Threat 64: pip installs by digest, the wheel without looking anywhere, and it runs as nobody special."""
    image = (ROOT / "deploy" / "Containerfile").read_text()
    assert "--require-hashes -r requirements.txt" in image
    assert "--no-index --no-deps dist/*.whl" in image
    final = image[image.rindex("\nFROM ") :]
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert "ADD " not in image
    assert "curl" not in image
    assert "apt" not in image
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", image, re.MULTILINE):
        for name in copied.split():
            assert (ROOT / name).exists(), name


def test_the_bill_of_materials_lists_every_pin_with_its_digests(tmp_path: Path) -> None:
    """Threat 64: what runs is what is pinned, and what is pinned can be looked up."""
    made = [tmp_path / name for name in ("one.json", "two.json")]
    for file in made:
        subprocess.run([sys.executable, str(SBOM), str(file)], check=True)
    assert made[0].read_bytes() == made[1].read_bytes()
    bill = json.loads(made[0].read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    text = (ROOT / "requirements.txt").read_text()
    named = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", text, re.MULTILINE)
    parts = bill["components"]
    assert [part["name"] for part in parts] == named
    assert sum(len(part["hashes"]) for part in parts) == text.count("--hash=sha256:") > 500
    assert {ref for one in bill["dependencies"] for ref in one["dependsOn"]} == {part["bom-ref"] for part in parts}
    assert "--require-hashes" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("line", ["requests>=2\n", "requests==2.32.0\n", "git+https://example.org/x\n", "./local\n"])
def test_what_is_not_pinned_by_digest_is_refused(line: str) -> None:
    """Threat 64: a requirement without version and digest could be anything tomorrow."""
    spec = __import__("importlib.util", fromlist=["util"]).spec_from_file_location("sbom", SBOM)
    module = __import__("importlib.util", fromlist=["util"]).module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(ValueError, match=r"not pinned|no digest"):
        module.pins(line)
