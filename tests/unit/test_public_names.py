"""The public face of the package: every name is there, is documented, and costs nothing before it is asked for."""

import subprocess
import sys
from importlib import import_module

import pytest

import creditbank
from creditbank.adapters.documents import verify_documents
from creditbank.stacking import evaluate


@pytest.mark.parametrize("name", creditbank.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(creditbank, name)
    assert value.__doc__
    assert name in dir(creditbank)


@pytest.mark.parametrize("room", ["credential", "framework", "stacking", "verification"])
def test_every_name_of_a_room_is_there_also_where_it_is_loaded_by_the_first_that_asks(room: str) -> None:
    module = import_module(f"creditbank.{room}")
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_the_names_are_those_of_their_rooms() -> None:
    assert creditbank.evaluate is evaluate
    assert creditbank.verify is verify_documents


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        creditbank.no_such_name  # noqa: B018


def test_importing_the_package_loads_none_of_its_rooms() -> None:
    code = "import sys, creditbank; print([name for name in sys.modules if name.startswith('creditbank.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_verifying_a_credential_loads_no_rule_documents_no_solver_and_no_reference_library() -> None:
    """What a cold process spares: `make bench` tells how long it takes."""
    spared = {"creditbank.framework", "creditbank.stacking", "pydantic", "pyld", "pyoxigraph", "highspy", "eth"}
    code = f"import sys, creditbank; creditbank.verify; print(sorted({spared!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
