"""The rooms `framework` and `stacking` import a name when it is first asked for: a first answer loads what it needs."""

import subprocess
import sys
from importlib import import_module

import pytest

ROOMS = ("creditbank.framework", "creditbank.stacking")


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_of_a_room_is_where_the_room_says(room: str) -> None:
    module = import_module(room)
    told = [name for names in module._FROM.values() for name in names]
    assert sorted(told) == sorted(module.__all__)
    for place, names in module._FROM.items():
        there = import_module(f"{room}.{place}")
        for name in names:
            assert getattr(module, name) is getattr(there, name)
            assert name in dir(module)


@pytest.mark.parametrize("room", ROOMS)
def test_another_name_is_an_attribute_error(room: str) -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        import_module(room).no_such_name  # noqa: B018


@pytest.mark.parametrize("room", ROOMS)
def test_no_public_name_of_a_room_is_that_of_a_module_in_it(room: str) -> None:
    """Else importing the module would put it in the place of the name."""
    module = import_module(room)
    modules = {name.rpartition(".")[2] for name in sys.modules if name.startswith(f"{room}.")}
    assert modules.isdisjoint(module.__all__)


def test_weighing_loads_no_templates_no_yaml_no_solver_and_no_joint_evaluation() -> None:
    spared = {
        *("creditbank.framework.template", "creditbank.framework.coherence", "creditbank.framework.unit", "yaml"),
        *("creditbank.stacking.joint", "creditbank.stacking.proving", "highspy", "numpy"),
    }
    code = f"import sys; from creditbank.stacking import evaluate; print(sorted({spared!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
