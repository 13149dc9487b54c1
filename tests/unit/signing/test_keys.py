"""Keys that cannot be unsafe, and texts that have one spelling."""

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers

from creditbank.signing import (
    PrivateKey,
    PublicKey,
    UnreadableMultibase,
    UnusableKey,
    base58btc_decode,
    base58btc_encode,
    multibase_decode,
    multibase_encode,
)

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    """Twisted Edwards addition, only here to find the weak points without trusting the code under test."""
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P)


def root(square: int) -> int | None:
    candidate = pow(square, (P + 3) // 8, P)
    for found in (candidate, candidate * pow(2, (P - 1) // 4, P) % P):
        if found * found % P == square % P:
            return found
    return None


def weak_points() -> set[tuple[int, int]]:
    """The eight points of order dividing 8: multiples of some point times the group order."""
    order = 2**252 + 27742317777372353535851937790883648493
    for y in range(2, 60):
        x = root((y * y - 1) * pow(D * y * y + 1, -1, P))
        if x is None:
            continue
        result, step, left = (0, 1), (x, y), order
        while left:
            if left & 1:
                result = add(result, step)
            step, left = add(step, step), left >> 1
        multiples = {(0, 1)}
        point = result
        while point not in multiples:
            multiples.add(point)
            point = add(point, result)
        if len(multiples) == 8:
            return multiples
    raise AssertionError("no point of order 8 found")


def test_every_point_of_small_order_is_refused() -> None:
    """Threat 11: one signature would fit all messages."""
    points = weak_points()
    assert len(points) == 8
    for x, y in points:
        with pytest.raises(UnusableKey, match="small order"):
            PublicKey((y | (x & 1) << 255).to_bytes(32, "little"))


@given(integers(min_value=P, max_value=2**255 - 1), integers(0, 1))
def test_every_non_canonical_spelling_is_refused(y: int, sign: int) -> None:
    with pytest.raises(UnusableKey, match="non-canonical"):
        PublicKey((y | sign << 255).to_bytes(32, "little"))


def test_bytes_that_are_no_point_are_refused() -> None:
    with pytest.raises(UnusableKey, match="not a point"):
        PublicKey((2).to_bytes(32, "little"))
    with pytest.raises(UnusableKey, match="32 bytes"):
        PublicKey(b"\x01" * 31)


@given(binary(min_size=32, max_size=32), binary(max_size=200), binary(min_size=1, max_size=200))
def test_a_key_verifies_its_own_signatures_and_no_others(seed: bytes, message: bytes, other: bytes) -> None:
    key = PrivateKey.from_seed(seed)
    signature = key.sign(message)
    assert key.public.verify(message, signature)
    assert not key.public.verify(message + other, signature)
    assert not key.public.verify(message, signature[:-1] + bytes([signature[-1] ^ 0x20]))
    assert not key.public.verify(message, signature[:-1])
    assert PublicKey.from_multikey(key.public.multikey) == key.public


def test_a_signature_with_its_scalar_raised_by_the_group_order_is_refused() -> None:
    """Threat 10: S + L is a second text for one signature."""
    key = PrivateKey.from_seed(bytes(32))
    signature = key.sign(b"message")
    scalar = int.from_bytes(signature[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    assert not key.public.verify(b"message", signature[:32] + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "z6Mk",
        "u7QEv",
        "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",  # secp256k1
        "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2 ",
        "z16MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
        "z" + "6" * 5000,
    ],
)
def test_a_text_that_is_not_an_ed25519_multikey_is_refused(text: str) -> None:
    with pytest.raises(UnusableKey):
        PublicKey.from_multikey(text)


def test_a_seed_of_another_length_is_refused_and_a_private_key_does_not_show_itself() -> None:
    with pytest.raises(UnusableKey, match="seed has 32"):
        PrivateKey.from_seed(b"short")
    assert bytes(range(32)).hex() not in repr(PrivateKey.from_seed(bytes(range(32))))


@given(binary(max_size=80))
def test_base58_reads_back_what_it_wrote(data: bytes) -> None:
    assert base58btc_decode(base58btc_encode(data)) == data
    assert multibase_decode(multibase_encode(data)) == data


def test_base58_has_the_published_examples() -> None:
    """draft-msporny-base58-03, section 5."""
    assert base58btc_encode(b"Hello World!") == "2NEpo7TZRRrLZSi2U"
    assert base58btc_encode(bytes.fromhex("0000287fb4cd")) == "11233QC4"


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "é", " ", "1" * 800])
def test_base58_refuses_other_characters_and_overlong_texts(text: str) -> None:
    with pytest.raises(UnreadableMultibase):
        base58btc_decode(text)


def test_another_multibase_is_refused() -> None:
    with pytest.raises(UnreadableMultibase):
        multibase_decode("f00")
