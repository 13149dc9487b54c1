"""The wheel, in an environment of its own and away from the repository, still does its main job."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = folder.glob("creditbank-*.whl")
    return found


def test_the_wheel_carries_code_delivery_frameworks_and_contracts(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "creditbank/cli/__init__.py",
        "creditbank_api/app.py",
        "creditbank/_data/frameworks/qualifications/kr-acbs/2025/bachelor.yaml",
        "creditbank/_data/contracts/Anchors.json",
        "creditbank/adapters/documents/contexts/credentials-v2.json",
    ):
        assert name in names
    assert not [name for name in names if name.startswith(("api/", "tests/"))]


@pytest.mark.slow
def test_installed_elsewhere_it_plays_the_whole_journey(wheel, tmp_path):
    home = tmp_path / "environment"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], capture_output=True, text=True
    )
    assert installed.returncode == 0, installed.stderr
    # The dependencies are lent by this environment; the product itself can come only from the wheel.
    (lent,) = (home / "lib").glob("python*/site-packages")
    (lent / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    env = {key: value for key, value in os.environ.items() if not key.startswith(("CREDITBANK_", "PYTHON"))}
    where = subprocess.run(
        [python, "-c", "import creditbank, creditbank_api; print(creditbank.__file__)"],
        cwd=tmp_path, capture_output=True, text=True, env=env,
    )  # fmt: skip
    assert str(home) in where.stdout, where.stdout + where.stderr
    run = subprocess.run(
        [home / "bin" / "creditbank", "demo", "--output", tmp_path / "out"],
        cwd=tmp_path, capture_output=True, text=True, env=env,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
