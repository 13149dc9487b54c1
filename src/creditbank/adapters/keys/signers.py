"""A sending account whose key stays with a signer, such as Web3Signer or Clef.

What a signer gives back is believed only as far as it is, byte for byte, what was asked, under a signature of the very
account: a signer that was taken over, or a proxy before it, can refuse and not divert.
"""

import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import requests
import rlp.codec

from creditbank.adapters.deadlines import Deadlines
from creditbank.adapters.keys.errors import SignerDiffers, SignerUnavailable
from creditbank.anchoring.evidence import checksum_address
from creditbank.canonical import check_depth
from creditbank.errors import CreditBankError

TIMEOUT: Final = (5, 60)  # seconds to connect, and for somebody who has to approve
WHOLE: Final = 65  # seconds in which all of an answer is there
LONGEST_ANSWER: Final = 1_000_000
NO_SUCH_METHOD: Final = -32601  # JSON-RPC 2.0, 5.1
METHODS: Final = ("eth_signTransaction", "account_signTransaction")  # the second is Clef's
LISTS: Final = ("eth_accounts", "account_list")
DYNAMIC: Final = 2  # EIP-1559
_encode: Final[Callable[[Any], bytes]] = rlp.codec.encode
_decode: Final[Callable[[bytes], Any]] = rlp.codec.decode
HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0  # EIP-2


class RemoteAccount:
    """An account whose key stays with a signer."""

    def __init__(self, url: str, address: str) -> None:
        self._url, self.address = url, checksum_address(bytes.fromhex(address[2:]))
        self._numbers = itertools.count(1)

    def sign(self, transaction: Mapping[str, object]) -> bytes:
        """The signed raw transaction, which is exactly what was asked.

        Raises `SignerUnavailable` when there is no answer, and `SignerDiffers` when it is something else.
        """
        raw = self._raw(self._asked(transaction))
        require_asked(raw, transaction, self.address)
        return raw

    def prove(self) -> None:
        """Raise `SignerUnavailable` when the signer does not answer, without signing anything."""
        for method in LISTS:
            found = self._ask(method)
            if isinstance(found, list) and self.address.lower() not in [str(one).lower() for one in found]:
                raise SignerUnavailable(f"The signer has no account {self.address}.", next_step="Check sender_address.")
            if isinstance(found, list):
                return
        raise SignerUnavailable("The signer does not list its accounts.", next_step="Check sender_url.")

    def _asked(self, transaction: Mapping[str, object]) -> dict[str, object]:
        """The fields as JSON-RPC writes them: quantities in hexadecimal."""
        written = {
            name: hex(value) if isinstance(value, int) else value
            for name, value in transaction.items()
            if name != "type"
        }
        return {"from": self.address, **written}

    def _raw(self, asked: Mapping[str, object]) -> bytes:
        for method in METHODS:
            answer = self._ask(method, asked)
            if answer is None:
                continue
            text = answer.get("raw") if isinstance(answer, dict) else answer
            try:
                return bytes.fromhex(str(text).removeprefix("0x"))
            except ValueError:
                raise SignerDiffers("The signer's answer is no transaction.") from None
        raise SignerUnavailable("The signer signs no transactions.", next_step="Check sender_url.")

    def _ask(self, method: str, *parameters: object) -> Any:
        """The result; None where the signer does not know the method."""
        question: dict[str, Any] = {
            "jsonrpc": "2.0",
            "id": next(self._numbers),
            "method": method,
            "params": list(parameters),
        }
        try:
            answer = self._exchanged(question)
        except (requests.RequestException, CreditBankError, ValueError, OSError) as cause:
            raise SignerUnavailable(
                f"The signer of the sending account did not answer: {type(cause).__name__}.",
                next_step="Nothing is lost; it is asked again later.",
            ) from None
        if not isinstance(answer, dict) or answer.get("id") != question["id"]:
            raise SignerUnavailable("The signer answered another question.", next_step="Check sender_url.")
        error = answer.get("error")
        if error is None:
            return answer.get("result")
        if isinstance(error, dict) and error.get("code") == NO_SUCH_METHOD:
            return None
        said = str(error.get("message", ""))[:200] if isinstance(error, dict) else ""
        raise SignerUnavailable(
            f"The signer of the sending account refused: {said or 'it does not say why'}.",
            next_step="Look at the signer's own rules and log.",
        )

    def _exchanged(self, question: Mapping[str, Any]) -> Any:
        """The answer, of so many bytes and within so long; whoever drips or never ends has not answered."""
        body = bytearray()
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, Deadlines(lambda: WHOLE))
            answer = session.post(self._url, json=question, timeout=TIMEOUT, allow_redirects=False, stream=True)
            for piece in answer.iter_content(2**16):
                body += piece
                if len(body) > LONGEST_ANSWER:
                    raise ValueError("this answer does not end")
        text = body.decode()
        check_depth(text)  # deeper than a parser goes
        return json.loads(text)


def require_asked(raw: bytes, transaction: Mapping[str, object], address: str) -> None:
    """Raise `SignerDiffers` unless `raw` is this very transaction, signed by `address` and nobody else.

    What was asked is encoded anew around the signature (EIP-1559; EIP-155 for one gas price), so that no field, known
    or not, can differ; a signature has one form (EIP-2).
    """
    from eth_account import Account

    try:
        expected, s = _encoded(raw, transaction)
        signer = str(Account.recover_transaction(raw)) if raw == expected else ""
    except Exception:  # rlp, eth_keys and eth_account each raise their own for bytes they cannot read
        raise SignerDiffers("The signer's answer is no transaction.") from None
    if raw != expected or s > HALF_ORDER:
        raise SignerDiffers(
            "The signer gave back another transaction than it was asked to sign; it is not sent.",
            next_step="Look at the signer: it must change neither nonce, nor fees, nor anything else.",
        )
    if signer.lower() != address.lower():
        raise SignerDiffers(
            f"The signer signed for {signer}, and the sending account is {address}.",
            next_step="Check sender_address, and which keys the signer has.",
        )


def _encoded(raw: bytes, asked: Mapping[str, object]) -> tuple[bytes, int]:
    """The asked transaction around the signature of `raw`, and the signature's s."""
    to, data = _bytes(asked.get("to", "")), _bytes(asked["data"])
    common = [_number(asked["gas"]), to, _number(asked["value"]), data]
    nonce, chain = _number(asked["nonce"]), _number(asked["chainId"])
    if "gasPrice" in asked:
        *_, v, r, s = _decode(raw)
        parity = int.from_bytes(v, "big") - 35 - 2 * int.from_bytes(chain, "big")
        signed = [nonce, _number(asked["gasPrice"]), *common, v, r, s]
        return (_encode(signed) if parity in (0, 1) else b""), int.from_bytes(s, "big")
    *_, parity_bytes, r, s = _decode(raw[1:])
    return encoded_dynamic(asked, parity_bytes, r, s), int.from_bytes(s, "big")


def encoded_dynamic(asked: Mapping[str, object], *signature: bytes) -> bytes:
    """A transaction of EIP-1559 with an empty access list: without a `signature` what is signed, with one the whole.

    The signature is y parity, r and s, each as a number is written: without zeros before it.
    """
    fees = [_number(asked["maxPriorityFeePerGas"]), _number(asked["maxFeePerGas"])]
    called = [_number(asked["gas"]), _bytes(asked.get("to", "")), _number(asked["value"]), _bytes(asked["data"])]
    fields = [_number(asked["chainId"]), _number(asked["nonce"]), *fees, *called, []]
    return bytes([DYNAMIC]) + _encode([*fields, *signature])


def _number(value: object) -> bytes:
    assert isinstance(value, int), "what is asked was written here"
    return value.to_bytes(32, "big").lstrip(b"\x00")


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else bytes.fromhex(str(value).removeprefix("0x"))
