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


def loaded_by(code: str) -> set[str]:
    """The modules that a new process holds after this code."""
    words = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


FOR_A_NO = {
    f"creditbank.stacking.{name}" for name in ("falling_short", "gap", "conflict", "path", "walk", "refutation")
}


def test_weighing_loads_no_templates_no_yaml_no_solver_and_nothing_of_what_only_some_learners_need() -> None:
    spared = {
        *("creditbank.framework.template", "creditbank.framework.coherence", "creditbank.framework.unit", "yaml"),
        *("creditbank.framework.register", "creditbank.stacking.ladder", "creditbank.stacking.what_if"),
        *("creditbank.stacking.joint", "creditbank.stacking.proving", "highspy", "numpy"),
    }
    assert not loaded_by("from creditbank.stacking import evaluate") & (spared | FOR_A_NO)


def test_a_yes_loads_no_reasons_and_a_no_does() -> None:
    instance = "from bench.synthetic import SMALL_COUNTS, instance, setting\nfrom creditbank.stacking import evaluate\n"
    asked = (
        "one = instance(SMALL_COUNTS, {})\nassert evaluate(one.qualification, one.candidates, setting()).adds_up is {}"
    )
    assert not loaded_by(instance + asked.format(0, True)) & FOR_A_NO
    assert loaded_by(instance + asked.format(1, False)) >= FOR_A_NO


def test_documents_are_read_by_many_threads_that_are_the_first_to_read_any() -> None:
    """A document's reader is made when the first one is read, and the bank reads in several threads."""
    code = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from creditbank.adapters.catalogue import builtin_data
from creditbank.framework import read_document
texts = [path.read_bytes() for path in sorted((builtin_data("frameworks") / "qualifications").rglob("*.yaml"))[:8]]
gate = Barrier(8)
def read(text):
    gate.wait()
    return read_document(text)
with ThreadPoolExecutor(8) as pool:
    found = list(pool.map(read, texts))
assert len(found) == len(texts) == 8
"""
    loaded_by(code)
