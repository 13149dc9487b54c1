"""The account that sends, outside the vault: keystores as others write them, signers that are not believed."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from faulty_rpc import ENDLESS, never_ending

from creditbank.adapters.keys import (
    ExposedKeyFile,
    FileVault,
    KeystoreAccount,
    SignerDiffers,
    SignerUnavailable,
    UnusableKeystore,
    signers,
)
from creditbank.adapters.keys.keystores import ORDER, make_keystore, open_keystore, read_secret
from creditbank.adapters.keys.signers import HALF_ORDER, RemoteAccount, require_asked
from creditbank.services.ports import SigningCapReached, SigningCaps

SECRET = bytes.fromhex("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d")
PASSWORD = "testpassword"
ADDRESS = "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b"
# The two test vectors of the Web3 Secret Storage Definition, version 3 (ethereum.org, developers' documentation).
PBKDF2 = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}
SCRYPT = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt",
        "kdfparams": {
            "dklen": 32,
            "n": 262144,
            "p": 8,
            "r": 1,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
        },
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}
ASKED: dict[str, object] = {
    "type": 2,
    "chainId": 31337,
    "nonce": 7,
    "gas": 60_000,
    "maxFeePerGas": 30 * 10**9,
    "maxPriorityFeePerGas": 10**9,
    "to": "0x52908400098527886E0F7030069857D2E4169EE7",
    "value": 0,
    "data": "0x1234",
}
LEGACY: dict[str, object] = {
    **{name: ASKED[name] for name in ("chainId", "nonce", "gas", "to", "value", "data")},
    "gasPrice": 30 * 10**9,
}


@pytest.mark.parametrize(
    "document", [pytest.param(PBKDF2, id="pbkdf2"), pytest.param(SCRYPT, id="scrypt", marks=pytest.mark.slow)]
)
def test_the_published_keystores_open(document: dict[str, Any]) -> None:
    assert open_keystore(json.dumps(document).encode(), PASSWORD, Path("vector")) == SECRET


def quick(secret: bytes = SECRET, password: str = PASSWORD) -> bytes:
    return make_keystore(secret, password, rounds=2)


def kept(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    file = folder / "sender.json"
    file.write_bytes(content)
    file.chmod(mode)
    return file


def test_what_is_made_opens_again_and_signs_for_its_address(tmp_path: Path) -> None:
    account = KeystoreAccount(kept(tmp_path, quick()), PASSWORD)
    assert account.address == ADDRESS
    require_asked(account.sign(ASKED), ASKED, ADDRESS)
    require_asked(account.sign(LEGACY), LEGACY, ADDRESS)


def test_a_keystore_without_an_address_has_that_of_its_key(tmp_path: Path) -> None:
    document = json.loads(quick())
    del document["address"]
    assert KeystoreAccount(kept(tmp_path, json.dumps(document).encode()), PASSWORD).address == ADDRESS


def damaged() -> Iterator[tuple[str, bytes]]:
    document = json.loads(quick())
    yield "no json", b"not json"
    yield "a list", b"[]"
    yield "version 4", json.dumps({**document, "version": 4}).encode()
    yield "another address", json.dumps({**document, "address": "52908400098527886e0f7030069857d2e4169ee7"}).encode()
    yield "no address", json.dumps({**document, "address": "somebody"}).encode()
    crypto = document["crypto"]
    changed = {**crypto, "ciphertext": crypto["ciphertext"][:-1] + ("0" if crypto["ciphertext"][-1] != "0" else "1")}
    yield "a flipped digit", json.dumps({**document, "crypto": changed}).encode()
    hungry = {**crypto, "kdfparams": {**crypto["kdfparams"], "n": 2**40}}
    yield "a terabyte of memory", json.dumps({**document, "crypto": hungry}).encode()


@pytest.mark.parametrize(("content"), [pytest.param(data, id=name) for name, data in damaged()])
def test_what_is_no_keystore_or_was_changed_signs_nothing(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnusableKeystore):
        KeystoreAccount(kept(tmp_path, content), PASSWORD).prove()


def test_another_password_opens_nothing_and_none_makes_none(tmp_path: Path) -> None:
    with pytest.raises(UnusableKeystore, match="password"):
        KeystoreAccount(kept(tmp_path, quick()), "another").sign(ASKED)
    with pytest.raises(UnusableKeystore):
        make_keystore(SECRET, "")
    with pytest.raises(UnusableKeystore, match="cannot be read"):
        KeystoreAccount(tmp_path / "none.json", PASSWORD).prove()


def test_a_keystore_that_others_may_read_signs_nothing(tmp_path: Path) -> None:
    with pytest.raises(ExposedKeyFile):
        KeystoreAccount(kept(tmp_path, quick(), 0o640), PASSWORD).sign(ASKED)


def test_a_bare_key_is_sixty_four_digits_and_nothing_else() -> None:
    assert read_secret(f"0x{SECRET.hex()}\n".encode()) == SECRET
    assert read_secret(SECRET.hex()[:-1].encode()) is None
    assert read_secret(quick()) is None
    for number in (0, ORDER, 2**256 - 1):
        with pytest.raises(UnusableKeystore, match="no private key"):
            read_secret(f"{number:064x}".encode())
    assert read_secret(f"{ORDER - 1:064x}".encode())


def test_the_vault_signs_with_the_account_behind_its_audit_and_caps(tmp_path: Path) -> None:
    account = KeystoreAccount(kept(tmp_path, quick()), PASSWORD)
    caps = SigningCaps(special={"chain-transaction": 1})
    vault = FileVault.open(tmp_path / "vault", b"a passphrase", caps=caps, accounts={"bank": account})
    assert vault.chain_account("bank") == ADDRESS
    raw, hash = vault.sign_transaction("bank", ASKED)
    assert Account.recover_transaction(raw) == ADDRESS
    assert hash == "0x" + bytes(Account.from_key(SECRET).sign_transaction(ASKED).hash).hex()
    (row,) = vault.audit()
    assert (row.key, row.purpose, row.about) == (ADDRESS, "chain-transaction", f"nonce 7 to {ASKED['to']}")
    with pytest.raises(SigningCapReached):
        vault.sign_transaction("bank", ASKED)
    assert vault.chain_account("operator") != ADDRESS, "the other accounts stay with the vault"


# --- a signer


Answer = Callable[[str, dict[str, Any]], Any]


def signed(transaction: dict[str, Any], secret: bytes = SECRET) -> str:
    """What an honest signer gives back for the fields of JSON-RPC."""
    fields = {name: value for name, value in transaction.items() if name != "from"}
    return "0x" + bytes(Account.sign_transaction(fields, secret).raw_transaction).hex()


class Signer:
    """A signer on loopback that answers what a test says."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Answer = lambda method, asked: {"result": signed(asked)}
        signer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                signer.asked.append(question["method"])
                found = signer.answer(question["method"], *(question["params"] or [{}]))
                body = found if isinstance(found, bytes) else json.dumps({"id": question["id"], **found}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing is logged."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()
        self.account = RemoteAccount(f"http://127.0.0.1:{self.server.server_address[1]}", ADDRESS.lower())


@pytest.fixture
def signer() -> Iterator[Signer]:
    running = Signer()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.mark.parametrize("asked", [ASKED, LEGACY], ids=["eip-1559", "one gas price"])
def test_a_signer_signs_what_it_was_asked(signer: Signer, asked: dict[str, object]) -> None:
    assert signer.account.address == ADDRESS
    assert Account.recover_transaction(signer.account.sign(asked)) == ADDRESS
    assert signer.asked == ["eth_signTransaction"]


def test_a_creation_has_no_recipient(signer: Signer) -> None:
    asked = {name: value for name, value in ASKED.items() if name != "to"}
    assert Account.recover_transaction(signer.account.sign(asked)) == ADDRESS


def test_clef_is_asked_in_its_own_words(signer: Signer) -> None:
    def clef(method: str, asked: dict[str, Any]) -> Any:
        if method != "account_signTransaction":
            return {"error": {"code": -32601, "message": "the method does not exist"}}
        return {"result": {"raw": signed(asked), "tx": {}}}

    signer.answer = clef
    assert Account.recover_transaction(signer.account.sign(ASKED)) == ADDRESS
    assert signer.asked == ["eth_signTransaction", "account_signTransaction"]


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "0x8"},
        {"chainId": "0x1"},
        {"to": "0x000000000000000000000000000000000000dEaD"},
        {"value": "0x1"},
        {"data": "0x123456"},
        {"gas": "0xea61"},
        {"maxFeePerGas": hex(31 * 10**9)},
        {"maxPriorityFeePerGas": hex(2 * 10**9)},
        {"accessList": [{"address": "0x52908400098527886E0F7030069857D2E4169EE7", "storageKeys": []}]},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_differs_in_any_field_from_what_was_asked_is_refused(signer: Signer, changed: dict[str, Any]) -> None:
    """Threat 24: neither a signer that was taken over nor a proxy before it diverts what the bank sends."""
    signer.answer = lambda method, asked: {"result": signed({**asked, **changed})}
    with pytest.raises(SignerDiffers, match="another transaction"):
        signer.account.sign(ASKED)


@pytest.mark.parametrize("changed", [{"nonce": "0x8"}, {"chainId": "0x1"}, {"gasPrice": hex(31 * 10**9)}])
def test_the_same_holds_for_one_gas_price(signer: Signer, changed: dict[str, Any]) -> None:
    signer.answer = lambda method, asked: {"result": signed({**asked, **changed})}
    with pytest.raises(SignerDiffers):
        signer.account.sign(LEGACY)


def test_a_signature_of_another_account_is_refused(signer: Signer) -> None:
    signer.answer = lambda method, asked: {"result": signed(asked, b"\x01" * 32)}
    with pytest.raises(SignerDiffers, match="sending account is"):
        signer.account.sign(ASKED)


def test_a_signature_in_its_other_form_is_refused() -> None:
    """EIP-2: the same signature with the other s would be another hash, under which nobody looks for it."""
    from rlp.codec import decode, encode

    *fields, parity, r, s = decode(bytes(Account.sign_transaction(ASKED, SECRET).raw_transaction)[1:])
    order = 2 * HALF_ORDER + 1
    other = (order - int.from_bytes(s, "big")).to_bytes(32, "big")
    raw = b"\x02" + encode([*fields, b"" if parity else b"\x01", r, other])
    with pytest.raises(SignerDiffers):
        require_asked(raw, ASKED, ADDRESS)


@pytest.mark.parametrize("answer", ["0x", "0x02", "0xzz", "", "0x" + "00" * 40, 7, [], {"raw": None}])
def test_what_is_no_transaction_is_refused(signer: Signer, answer: Any) -> None:
    signer.answer = lambda method, asked: {"result": answer}
    with pytest.raises(SignerDiffers):
        signer.account.sign(ASKED)


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>Bad gateway</html>",
        b"[]",
        b"[" * 200_000,
        b"\xff\xfe",
        b" " * 1_000_001 + b"{}",
        {"id": 999, "result": "0x"},
        {"error": {"code": -32000, "message": "Request denied"}},
        {"error": "no"},
        {"error": {"code": -32601, "message": "no such method"}},
    ],
    ids=["html", "a list", "too deep", "no text", "too long", "another id", "denied", "an odd error", "no such method"],
)
def test_a_signer_that_does_not_sign_is_asked_again_later(signer: Signer, answer: Any) -> None:
    signer.answer = lambda method, asked: answer
    with pytest.raises(SignerUnavailable):
        signer.account.sign(ASKED)


@pytest.mark.parametrize("kind", sorted(ENDLESS))
def test_a_signer_whose_answer_has_no_end_has_not_answered(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No wait between two bytes is long; without an end of the whole the bank would wait for days."""
    monkeypatch.setattr(signers, "WHOLE", 0.3)
    with never_ending(*ENDLESS[kind]) as url, pytest.raises(SignerUnavailable):
        RemoteAccount(url, ADDRESS.lower()).sign(ASKED)


@pytest.mark.parametrize("number", range(4))
def test_of_a_signature_no_number_has_zeros_before_it(number: int) -> None:
    """Nodes refuse such bytes, and recorded they would hold up the account: whatever else is as it was asked."""
    from rlp.codec import decode, encode

    fields = list(decode(bytes(Account.sign_transaction(ASKED, SECRET).raw_transaction)[1:]))
    place = (0, 9, 10, 11)[number]
    fields[place] = b"\x00" + fields[place]
    with pytest.raises(SignerDiffers):
        require_asked(b"\x02" + encode(fields), ASKED, ADDRESS)


def test_a_signer_proves_that_it_has_the_account(signer: Signer) -> None:
    signer.answer = lambda method, asked: {"result": [ADDRESS.lower()]}
    signer.account.prove()
    signer.answer = lambda method, asked: {"result": ["0x52908400098527886E0F7030069857D2E4169EE7"]}
    with pytest.raises(SignerUnavailable, match="no account"):
        signer.account.prove()
    signer.answer = lambda method, asked: {"result": None}
    with pytest.raises(SignerUnavailable):
        signer.account.prove()
