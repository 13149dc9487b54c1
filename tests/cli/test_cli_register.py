"""`creditbank register`, and `--register` where credentials and awards are verified."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from registers import COLLEGE, UNIVERSITY, college, register_json, university

from creditbank.adapters.system import SystemClock
from creditbank.canonical import digest_text
from creditbank.cli import run
from creditbank.framework import document_digest, load_document

from .conftest import Call, Journey

DEQAR = Path(__file__).parents[1] / "unit" / "catalogue" / "deqar_samples"
TODAY = SystemClock().now().date().isoformat()
WITHIN = ("--field", "0613", "--framework", "in-ncrf", "--level", "4.5", "--kind", "MicroCredential")


def written(folder: Path, name: str = "register.json", **changed: Any) -> str:
    file = folder / name
    file.write_text(json.dumps(register_json(**changed)))
    return str(file)


# asking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((COLLEGE, "--on", "2024-05-02", *WITHIN), 0, "Yes. A-1"),
        ((COLLEGE, "--on", "2025-09-01", *WITHIN, "--programme", "urn:x"), 1, "lapsed after 2025-08-31"),
        ((COLLEGE, "--on", "2026-07-01", *WITHIN), 3, "Not known. The register was taken on 2026-06-30"),
        (("did:web:nobody.example", *WITHIN), 3, "Not known."),
        ((UNIVERSITY, "--qualification", "sample-certificate", "--version", "2026"), 0, "May award".lower()),
        ((UNIVERSITY, "--qualification", "sample-certificate", "--version", "2020"), 1, "was withdrawn on 2025-01-01"),
        (("SAMPLE-0003", "--qualification", "sample-certificate", "--version", "2026"), 3, "does not say"),
    ],
)
def test_a_question_is_answered_by_sentence_and_by_exit_code(
    call: Call, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    called = call("register", "check", *words, "--register", written(tmp_path))
    assert called.code == code, called.out + called.err
    assert said in " ".join(called.out.split())


def test_an_answer_for_machines_names_the_register_its_day_and_its_digest(call: Call, tmp_path: Path) -> None:
    file = written(tmp_path)
    told = call("register", "check", COLLEGE, "--on", "2024-05-02", *WITHIN, "--register", file, "--json").json
    digest = digest_text(document_digest(load_document(Path(file).read_bytes(), file)))
    assert told["answer"] == "yes"
    assert told["registers"][0]["register"]["digest"] == digest
    assert told["registers"][0]["register"]["taken"] == "2026-06-30"
    assert told["registers"][0]["found"]["conditions"] == ["A report every year."]
    refused = call("register", "check", COLLEGE, "--on", "2023-01-01", *WITHIN, "--register", file, "--json").json
    assert (refused["answer"], refused["registers"][0]["reason"]) == ("no", "not-yet")


@pytest.mark.parametrize(
    "words",
    [
        (COLLEGE, "--on", "May 2024"),
        (COLLEGE, "--level", "4.5"),
        (COLLEGE, "--framework", "in-ncrf"),
    ],
)
def test_a_question_that_cannot_be_asked_is_a_wrong_call(call: Call, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert call("register", "check", *words, "--register", written(tmp_path)).code == 2


def test_without_any_register_there_is_nothing_to_ask(call: Call) -> None:
    called = call("register", "check", COLLEGE)
    assert called.code == 2
    assert "--register" in called.err


# showing and comparing ------------------------------------------------------------------------------------------


def test_a_register_is_shown_with_scope_conditions_and_rights(call: Call, tmp_path: Path) -> None:
    shown = " ".join(call("register", "show", written(tmp_path)).out.split())
    for words in (
        "says nothing about later days",
        "A sample",
        "eter:XX0001",
        "levels of in-ncrf: 4, 4.5",
        "condition: A report every year.",
        "withdrawn since 2025-11-15",
        "May award nothing.",
        "May award sample-certificate 2026",
        "the register does not say",
        "successor: SAMPLE-0002",
    ):
        assert words in shown


def test_two_snapshots_are_compared_and_their_order_is_kept(call: Call, tmp_path: Path) -> None:
    old = written(tmp_path, "old.json")
    new = written(tmp_path, "new.json", taken="2026-12-31", bodies=[college(), university(country="MY")])
    called = call("register", "changes", old, new)
    assert called.code == 0
    assert "country was not given and is MY" in " ".join(called.out.split())
    told = call("register", "changes", old, new, "--json").json
    assert [one["kind"] for one in told["changes"]] == ["changed", "removed"]
    assert call("register", "changes", new, old).code == 2
    assert call("register", "changes", old, written(tmp_path, "other.json", id="another")).code == 2


def test_what_is_no_register_is_named(call: Call, tmp_path: Path) -> None:
    (tmp_path / "else.yaml").write_text("document: creditbank/register/v1\nid: Sample\n")
    called = call("register", "show", "else.yaml")
    assert called.code == 2
    assert "else.yaml:2" in called.err
    (tmp_path / "decision.json").write_text(
        json.dumps(
            {
                "document": "creditbank/recognition/v1",
                "id": "r",
                "by": COLLEGE,
                "achievement": "urn:x",
                "framework": "in-ncrf",
                "level": "4.5",
                "decided": "2026-01-01",
                "reason": "A sample.",
            }
        )
    )
    assert "not a register" in call("register", "show", "decision.json").err
    assert call("register", "show", "missing.yaml").code == 2


# importing ------------------------------------------------------------------------------------------------------


def test_answers_of_deqar_are_written_as_a_register_that_can_be_asked(call: Call, tmp_path: Path) -> None:
    files = [str(file) for file in sorted(DEQAR.glob("*.json"))]
    pairs = ("--did", f"DEQARINST9001={UNIVERSITY}")
    head = ("--format", "deqar", "--id", "deqar-sample", "--taken", "2026-06-30")
    called = call("register", "import", *files, *head, *pairs, "--output", "register.json")
    assert called.code == 0, called.err
    asked = ("--on", "2023-01-01", "--framework", "ehea-qf", "--level", "first", "--register", "register.json")
    assert call("register", "check", UNIVERSITY, *asked).code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--format", "deqar"),
        ("--format", "deqar", "--id", "x", "--taken", "yesterday"),
        ("--format", "deqar", "--id", "x", "--taken", "2026-06-30", "--did", "DEQARINST9001"),
        ("--id", "x"),
        ("--format", "list"),
    ],
)
def test_an_import_says_which_option_it_lacks(call: Call, words: tuple[str, ...]) -> None:
    called = call("register", "import", str(DEQAR / "institution.json"), *words, "--output", "register.json")
    assert called.code == 2
    assert not Path("register.json").exists()


def test_a_faulty_file_is_not_imported_and_every_fault_has_its_line(call: Call, tmp_path: Path) -> None:
    broken = tmp_path / "reports.json"
    text = (DEQAR / "reports-programme.json").read_text().replace('"negative"', '"bad"').replace('"voluntary"', '"x"')
    broken.write_text(text.replace('"third cycle"', '"fourth cycle"'))
    head = ("--format", "deqar", "--id", "deqar-sample", "--taken", "2026-06-30")
    called = call("register", "import", str(broken), *head, "--output", "register.json")
    assert called.code == 2
    line = next(number for number, one in enumerate(broken.read_text().splitlines(), 1) if '"bad"' in one)
    assert f"reports.json:{line}" in called.err
    assert not Path("register.json").exists()


# verifying ------------------------------------------------------------------------------------------------------


def signed(journey: Journey, what: str) -> Any:
    return json.loads((journey.kit / what).read_text())


def of_journey(journey: Journey, folder: Path, **changed: Any) -> str:
    """A register that accredits both providers of the journey and entitles its university, with changes."""
    providers = {signed(journey, f"credentials/0{number}.json")["issuer"]["id"] for number in (1, 2, 3)}
    award = signed(journey, "award.json")
    subject = award["credentialSubject"]["achievement"]
    accreditation = {
        "id": "A-1",
        "by": "Sample Agency",
        "kind": "institution",
        "decision": "accredited",
        "levels": [{"framework": "in-ncrf", "codes": ["4.5"]}],
        "valid_from": "2020-01-01",
        **changed,
    }
    right = {"qualification": subject["qualification"], "version": subject["version"], "valid_from": "2020-01-01"}
    bodies = [
        {
            "id": did,
            "names": ["Sample body"],
            "accreditations": [accreditation],
            "awards": [right] if did == award["issuer"]["id"] else [],
        }
        for did in sorted(providers | {award["issuer"]["id"]})
    ]
    return written(folder, "journey.json", bodies=bodies, taken=TODAY)


def test_a_register_that_is_named_makes_accreditation_part_of_the_verdict(
    call: Call, journey: Journey, tmp_path: Path
) -> None:
    credential = str(journey.kit / "credentials/01.json")
    good = call("verify", credential, "--home", str(journey.home), "--register", of_journey(journey, tmp_path))
    assert good.code == 0, good.out
    assert "Policy live+register" in good.out
    lapsed = of_journey(journey, tmp_path, valid_until="2025-12-31")
    assert call("verify", credential, "--home", str(journey.home), "--register", lapsed).code == 1
    other = written(tmp_path)
    assert call("verify", credential, "--home", str(journey.home), "--register", other).code == 3
    assert call("verify", credential, "--home", str(journey.home)).code == 0


def test_an_award_is_re_checked_offline_against_a_register(call: Call, journey: Journey, tmp_path: Path) -> None:
    words = ("check-award", str(journey.kit), "--offline", "--trust", str(journey.trust))
    documents = ("--documents", str(journey.kit / "documents"))
    plain = call(*words, *documents, "--json")
    with_register = call(*words, *documents, "--register", of_journey(journey, tmp_path), "--json")
    report = with_register.json["reports"][0]["report"]
    found = {check["name"]: check for check in report["checks"]}
    assert found["award.entitled"]["outcome"] == "passed"
    assert TODAY in found["award.entitled"]["how"]
    assert "sha256:" in found["award.entitled"]["how"]
    assert with_register.code == plain.code
    denied = written(tmp_path, "denied.json", bodies=[], complete=True, taken=TODAY)
    assert call(*words, *documents, "--register", denied).code == 1


def test_a_register_among_the_files_is_a_claim_and_one_among_ones_own_documents_is_trust(
    call: Call, journey: Journey, tmp_path: Path
) -> None:
    kit = tmp_path / "kit"
    shutil.copytree(journey.kit, kit)
    trusted = of_journey(journey, tmp_path)
    shutil.copy(trusted, kit / "register.json")

    def outcome(*more: str) -> tuple[str, str]:
        report = call("check-award", str(kit), "--offline", "--trust", str(journey.trust), *more, "--json").json
        check = next(one for one in report["reports"][0]["report"]["checks"] if one["name"] == "award.entitled")
        return check["outcome"], check["sentence"]

    claimed, sentence = outcome()
    assert claimed == "unchecked"
    assert "came along" in sentence
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(trusted, own / "register.json")
    assert outcome("--documents", str(own))[0] == "passed"


def test_a_bank_keeps_registers_and_is_asked_by_them(call: Call, tmp_path: Path) -> None:
    home = str(tmp_path / "bank")
    assert run(["init", "--home", home]) == 0
    file = written(tmp_path)
    assert call("register", "import", file, "--home", home).code == 0
    assert call("register", "import", file, "--home", home, "--json").json["registers"][0]["id"] == "sample-register"
    shown = call("register", "show", "--home", home, "--json").json
    assert [one["taken"] for one in shown["registers"]] == ["2026-06-30"]
    assert call("register", "show", "sample-register@2026-06-30", "--home", home).code == 0
    assert call("register", "show", "another", "--home", home).code == 2
    assert call("register", "check", COLLEGE, "--on", "2024-05-02", *WITHIN, "--home", home).code == 0
    ahead = written(tmp_path, "ahead.json", taken="9999-12-31")
    assert "has not come" in call("register", "import", ahead, "--home", home).err
    newer = written(tmp_path, "newer.json", taken="2026-12-31", bodies=[college()])
    assert "no longer listed" in call("register", "changes", "sample-register", newer, "--home", home).out
    changed = written(tmp_path, "changed.json", title="Another text of the same day")
    refused = call("register", "import", changed, "--home", home)
    assert refused.code == 1
    assert "held with another text" in refused.err
