"""A transaction that is signed here is, byte for byte, the one that the reference library signs."""

import pytest
from coincurve import PrivateKey
from eth_account import Account
from hypothesis import given
from hypothesis.strategies import binary, fixed_dictionaries, integers, sampled_from

from creditbank.adapters.keys.signers import SignerDiffers, require_asked
from creditbank.adapters.keys.transactions import signed_transaction
from creditbank.anchoring.evidence import checksum_address

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
AMOUNTS = integers(0, 2**96)
SECRETS = integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big"))
TRANSACTIONS = fixed_dictionaries(
    {
        "chainId": integers(1, 2**32),
        "nonce": integers(0, 2**64 - 1),
        "maxFeePerGas": AMOUNTS,
        "maxPriorityFeePerGas": AMOUNTS,
        "gas": integers(0, 2**40),
        "to": binary(min_size=20, max_size=20).map(checksum_address),
        "value": sampled_from([0, 1, 10**18]),
        "data": binary(max_size=300).map(lambda data: "0x" + data.hex()),
    },
    optional={"type": sampled_from([2])},
)


def reference(transaction: dict[str, object], secret: bytes) -> bytes:
    return bytes(Account.sign_transaction(dict(transaction), secret).raw_transaction)


@given(TRANSACTIONS, SECRETS)
def test_it_signs_what_the_reference_signs_and_the_key_is_recovered(
    transaction: dict[str, object], secret: bytes
) -> None:
    raw = signed_transaction(transaction, secret)
    assert raw == reference(transaction, secret)
    require_asked(raw, transaction, str(Account.from_key(secret).address))


@pytest.mark.parametrize(
    "changed",
    [{"nonce": 4}, {"gas": 100_001}, {"value": 1}, {"data": "0x1235"}, {"chainId": 1}, {"maxFeePerGas": 3 * 10**9}],
)
def test_what_was_signed_is_nothing_else(changed: dict[str, object]) -> None:
    transaction: dict[str, object] = {
        "chainId": 1337,
        "nonce": 3,
        "gas": 100_000,
        "maxFeePerGas": 2 * 10**9,
        "maxPriorityFeePerGas": 10**9,
        "to": "0x52908400098527886E0F7030069857D2E4169EE7",
        "value": 0,
        "data": "0x1234",
    }
    secret = b"\x01" * 32
    raw = signed_transaction(transaction, secret)
    with pytest.raises(SignerDiffers):
        require_asked(raw, transaction | changed, str(Account.from_key(secret).address))


@pytest.mark.parametrize(
    "built",
    [
        {"gasPrice": 10**9},
        {"maxFeePerGas": 10**9, "maxPriorityFeePerGas": 1, "accessList": ()},
        {"maxFeePerGas": 10**9, "maxPriorityFeePerGas": 1, "from": str(Account.from_key(b"\x02" * 32).address)},
    ],
)
def test_what_is_built_otherwise_is_left_to_the_reference(built: dict[str, object]) -> None:
    transaction: dict[str, object] = {"chainId": 1337, "nonce": 3, "gas": 21_000, "value": 0, "data": "0x", **built}
    transaction["to"] = "0x52908400098527886E0F7030069857D2E4169EE7"
    assert signed_transaction(transaction, b"\x02" * 32) == reference(transaction, b"\x02" * 32)


def test_another_sender_than_the_key_is_refused() -> None:
    other = str(Account.from_key(PrivateKey().secret).address)
    transaction = {"chainId": 1, "nonce": 0, "gas": 1, "maxFeePerGas": 1, "maxPriorityFeePerGas": 1, "value": 0}
    with pytest.raises(TypeError):
        signed_transaction({**transaction, "to": other, "data": "0x", "from": other}, b"\x02" * 32)
