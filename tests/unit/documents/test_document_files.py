"""Files are told by their content, folders are read whole, and what is wrong is named with its place."""

import json
from pathlib import Path

import pytest

from creditbank.adapters.documents import (
    DocumentFolder,
    FileKind,
    MissingFile,
    SameIdTwice,
    TooMuchGiven,
    UnreadableFile,
    UnrecognisedFile,
    read_files,
    recognise,
)
from creditbank.anchoring import UnreadableReceipt
from creditbank.canonical import UnreadableJson
from creditbank.errors import CreditBankError
from creditbank.framework import DocumentFaults
from creditbank.signing import PrivateKey, did_web_document

KEY = PrivateKey.from_seed(b"k" * 32).public
DID = "did:web:provider.example"
CREDENTIAL = {"id": "urn:uuid:1", "type": ["VerifiableCredential", "AchievementCredential"]}
AWARD = {"id": "urn:uuid:2", "type": ["VerifiableCredential", "AchievementCredential", "QualificationAward"]}
LIST = {"id": "https://provider.example/1", "type": ["VerifiableCredential", "BitstringStatusListCredential"]}
SYSTEM = """
document: creditbank/credit-system/v1
id: sample-credits
name: Sample credits
hours_min: "30"
hours_max: "30"
basis: Made for a test.
confidence: L
sources:
  - name: made for a test
"""
BY_CONTENT = [
    (CREDENTIAL, FileKind.CREDENTIAL),
    ({**CREDENTIAL, "type": "VerifiableCredential"}, FileKind.CREDENTIAL),
    (AWARD, FileKind.AWARD),
    ({"type": ["VerifiablePresentation"]}, FileKind.PRESENTATION),
    (LIST, FileKind.STATUS_LIST),
    (did_web_document(DID, [KEY]), FileKind.DID_DOCUMENT),
    ({"document": "creditbank/receipt/v1"}, FileKind.RECEIPT),
    ({"document": "creditbank/stacking-proof/v1"}, FileKind.PROOF),
    ({"document": "creditbank/trust/v1"}, FileKind.TRUST),
    ({"document": "creditbank/policy/v1"}, FileKind.POLICY),
]


def write(folder: Path, name: str, value: object) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


@pytest.mark.parametrize(("value", "kind"), BY_CONTENT, ids=lambda value: str(value)[:40])
def test_a_file_is_told_by_its_content(value: object, kind: FileKind) -> None:
    data = json.dumps(value).encode()
    found = recognise(data, "whatever.txt")
    assert (found.kind, found.value, found.data, found.place) == (kind, value, data, "whatever.txt")


def test_a_rule_document_is_read_from_yaml_and_from_json() -> None:
    found = recognise(SYSTEM.encode(), "system.yaml")
    assert found.kind is FileKind.RULES
    assert found.rules is not None
    assert found.rules.id == "sample-credits"
    again = recognise(found.rules.model_dump_json(by_alias=True).encode(), "system.json")
    assert again.rules == found.rules


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b'{"id": ', UnreadableJson, "not JSON"),
        (b'{"id": 1, "id": 2}', UnreadableJson, "twice"),
        (b"[]", UnreadableJson, "JSON object"),
        (b"", UnrecognisedFile, "no JSON, token"),
        (b"%PDF-1.7", UnrecognisedFile, "no JSON, token"),
        (b"{}", UnrecognisedFile, "neither"),
        (b'{"type": "Person"}', UnrecognisedFile, "Person"),
        (b'{"document": "creditbank/poem/v1"}', UnrecognisedFile, "creditbank/poem/v1"),
        (b'{"document": "creditbank/qualification/v1"}', DocumentFaults, "missing"),
        (b'{"type": "VerifiableCredential", "x": "' + b"a" * 2**20 + b'"}', UnreadableJson, "at most"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(data: bytes, error: type[CreditBankError], said: str) -> None:
    with pytest.raises(error, match=said) as refused:
        recognise(data, "given.json")
    assert "given.json" in str(refused.value)


def test_an_unknown_kind_comes_with_a_next_step() -> None:
    with pytest.raises(UnrecognisedFile) as refused:
        recognise(b"{}", "given.json")
    assert refused.value.next_step


def test_a_long_status_list_is_still_read() -> None:
    data = json.dumps({**LIST, "credentialSubject": {"encodedList": "u" + "A" * 2**21}}).encode()
    assert recognise(data, "list.json").kind is FileKind.STATUS_LIST


def test_folders_are_read_recursively_and_other_files_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "a/b/one.json", CREDENTIAL)
    write(tmp_path, "two.json", AWARD)
    write(tmp_path, "README.md", b"# words")
    write(tmp_path, "index.json", {"files": []})
    write(tmp_path, ".hidden/three.json", CREDENTIAL)
    write(tmp_path, "rules/system.yaml", SYSTEM.encode())
    found = read_files([tmp_path])
    assert {Path(file.place).name for file in found.files} == {"one.json", "two.json", "system.yaml"}
    assert [Path(name).name for name in found.skipped] == ["index.json"]
    assert [item.id for item in found.rules] == ["sample-credits"]
    assert [file.id for file in found.signed] == ["urn:uuid:1", "urn:uuid:2"]


def test_a_file_that_the_caller_names_must_be_of_a_known_kind(tmp_path: Path) -> None:
    with pytest.raises(UnrecognisedFile):
        read_files([write(tmp_path, "index.json", {"files": []})])


def test_broken_json_in_a_folder_is_not_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "credentials/one.json", b'{"id"')
    with pytest.raises(UnreadableJson) as refused:
        read_files([tmp_path])
    assert refused.value.place.endswith("one.json")


@pytest.mark.parametrize(
    "place", ["receipts/one.json", "credentials/receipts/one.json", "credentials/one.receipt.json"]
)
def test_a_receipt_lying_beside_is_found(place: str, tmp_path: Path) -> None:
    credential = write(tmp_path, "credentials/one.json", CREDENTIAL)
    write(tmp_path, place, {"document": "creditbank/receipt/v1"})
    assert [file.kind for file in read_files([credential]).files] == [FileKind.CREDENTIAL, FileKind.RECEIPT]
    assert [file.kind for file in read_files([credential], beside=False).files] == [FileKind.CREDENTIAL]


def test_the_stacking_proof_of_an_award_is_found_beside_it(tmp_path: Path) -> None:
    award = write(tmp_path, "awards/one.json", AWARD)
    proof = write(tmp_path, "proofs/one.json", {"document": "creditbank/stacking-proof/v1", "award": AWARD["id"]})
    found = read_files([award])
    assert found.submission.proofs == (proof.read_bytes(),)
    assert [handed.place for handed in found.submission.awards] == [str(award)]


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    credential = write(tmp_path, "one.json", CREDENTIAL)
    assert len(read_files([credential, tmp_path, credential]).files) == 1


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile) as refused:
        read_files([tmp_path / "nothing.json"])
    assert refused.value.place.endswith("nothing.json")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "one.json", CREDENTIAL)

    def refuse(self: Path, mode: str) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableFile, match="Permission denied"):
        read_files([path])


def test_a_device_without_an_end_is_refused() -> None:
    with pytest.raises(TooMuchGiven, match="24 MiB"):
        read_files([Path("/dev/zero")])


def test_a_byte_order_mark_is_called_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "marked.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(CREDENTIAL).encode())
    with pytest.raises(UnreadableJson, match="byte order mark"):
        read_files([path])


def test_a_huge_file_is_refused_before_all_of_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(25 * 1024 * 1024)
    with pytest.raises(TooMuchGiven):
        read_files([path])


def test_more_presentations_than_are_judged_at_once_are_refused_before_any_is(tmp_path: Path) -> None:
    """Threat 3: each may show hundreds of credentials."""
    paths = [
        write(tmp_path, f"{number}.json", {"type": ["VerifiablePresentation"], "id": f"urn:{number}"})
        for number in range(17)
    ]
    assert len(read_files(paths[:16]).submission.presentations) == 16
    with pytest.raises(TooMuchGiven, match="16 presentations"):
        _ = read_files(paths).submission


def test_a_broken_receipt_is_named_by_file_and_pointer(tmp_path: Path) -> None:
    found = read_files([write(tmp_path, "one.json", {"document": "creditbank/receipt/v1", "size": "3"})])
    with pytest.raises(UnreadableReceipt) as refused:
        _ = found.receipts
    assert refused.value.place.endswith("one.json#/size")


def test_a_folder_finds_documents_by_their_own_id(tmp_path: Path) -> None:
    document = write(tmp_path, "any-name.json", did_web_document(DID, [KEY]))
    write(tmp_path, "lists/1.json", LIST)
    folder = DocumentFolder(tmp_path)
    assert folder.find(DID) == document.read_bytes()
    assert folder.find(str(LIST["id"])) is not None
    assert folder.find("did:web:other.example") is None


def test_documents_that_came_along_are_kept_apart_as_claims(tmp_path: Path) -> None:
    write(tmp_path, "did.json", did_web_document(DID, [KEY]))
    assert set(read_files([tmp_path]).claims) == {DID}


def test_two_documents_with_one_id_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "one.json", did_web_document(DID, [KEY]))
    write(tmp_path, "two.json", did_web_document(DID, [PrivateKey.from_seed(b"j" * 32).public]))
    with pytest.raises(SameIdTwice) as refused:
        DocumentFolder(tmp_path)
    assert refused.value.place.endswith("two.json")


def test_a_folder_of_documents_must_exist(tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        DocumentFolder(tmp_path / "nothing")
