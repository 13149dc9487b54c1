"""A transaction under the signature of a key that is at hand.

What the chain adapters build is encoded here (EIP-1559) and signed by libsecp256k1, which chooses the one number of a
signature by RFC 6979: so it is, byte for byte, what `eth_account` makes of it, without the tenfold work of looking at
every field in every form. Anything built otherwise is left to that library.
"""

from collections.abc import Mapping
from typing import Final

from creditbank.adapters.keys.signers import DYNAMIC, encoded_dynamic

FIELDS: Final = frozenset({"chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "data"})
"""Those of a plain call for fees of EIP-1559; `type` may stand beside them."""


def signed_transaction(transaction: Mapping[str, object], secret: bytes) -> bytes:
    """The raw transaction under the signature of `secret`, a secp256k1 key of 32 bytes."""
    if transaction.keys() - {"type"} != FIELDS or transaction.get("type", DYNAMIC) != DYNAMIC:
        from eth_account import Account  # half a second to import

        return bytes(Account.sign_transaction(dict(transaction), secret).raw_transaction)
    from coincurve import PrivateKey
    from eth_hash.auto import keccak

    signature = PrivateKey(secret).sign_recoverable(keccak(encoded_dynamic(transaction)), hasher=None)
    parts = (signature[64:], signature[:32], signature[32:64])
    return encoded_dynamic(transaction, *(part.lstrip(b"\x00") for part in parts))
