"""Errors become one sentence and the exit code of their kind."""

import json

import pytest

from creditbank.cli.failures import exit_code, of_accident, of_system, problem, tell
from creditbank.cli.terminal import Terminal
from creditbank.errors import BadInput, Conflict, CreditBankError, NotFound, Refused, Unavailable


@pytest.mark.parametrize(
    ("kind", "code"),
    [(BadInput, 2), (NotFound, 2), (Conflict, 1), (Refused, 1), (Unavailable, 3), (CreditBankError, 3)],
)
def test_the_kind_of_an_error_gives_the_exit_code(kind: type[CreditBankError], code: int) -> None:
    class Special(kind):  # type: ignore[misc,valid-type]
        """A special case."""

    assert exit_code(Special("No.")) == code


def test_a_person_reads_place_sentence_and_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    error = BadInput("The key `id` is missing.", place="rules.yaml:3", next_step="Add it.")
    assert tell(error, Terminal()) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "creditbank: rules.yaml:3: The key `id` is missing.\n  What to try: Add it.\n"


def test_a_machine_reads_the_same_as_a_problem_object(capsys: pytest.CaptureFixture[str]) -> None:
    error = Refused("Too late.", place="/validUntil", next_step="Ask again.")
    assert tell(error, Terminal(json_output=True)) == 1
    captured = capsys.readouterr()
    assert captured.err == ""
    assert json.loads(captured.out) == {
        "type": "urn:creditbank:problem:refused",
        "title": "A rule of the bank, a framework or a policy says no.",
        "detail": "Too late.",
        "exitCode": 1,
        "place": "/validUntil",
        "nextStep": "Ask again.",
    }


def test_every_fault_of_several_stands_on_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    tell(BadInput("2 faults:\n  a.yaml:1: one\n  b.yaml:2: two"), Terminal())
    assert capsys.readouterr().err.splitlines()[1:] == ["  a.yaml:1: one", "  b.yaml:2: two"]


def test_an_error_of_the_system_names_the_file() -> None:
    error = of_system(FileNotFoundError(2, "No such file or directory", "gone.json"))
    assert str(error) == "gone.json: No such file or directory."
    assert exit_code(error) == 2


def test_an_accident_concludes_nothing_and_says_how_to_see_more() -> None:
    error = of_accident(ValueError("odd"))
    assert exit_code(error) == 3
    assert "ValueError: odd" in str(error)
    assert "CREDITBANK_DEBUG=1" in str(problem(error)["nextStep"])
