"""What may be a password (NIST SP 800-63B-4, 3.1.1), and how it is hashed."""

import pytest

from creditbank.adapters.people import Argon2Passwords
from creditbank.services.passwords import LONGEST, UnusablePassword, normal_address, require_usable


@pytest.mark.parametrize(
    "password",
    [
        "violet kettle runs sideways",
        "Tr0ub4dor&3xyz",
        "839201746582",
        "密码很长很长很长的一个好密码",
        "🦊🐢🌵🎺🚲🍋🦊🐢🌵🎺🚲🍋🧦",
        "   lots of   space   ",
        ("violet kettle " * 20)[: LONGEST - 4] + "runs",
    ],
)
def test_length_is_what_counts(password: str) -> None:
    assert require_usable(password, address="sam@sample.example", name="Sam Sample")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "at least 12"),
        ("eleven char", "at least 12"),
        ("zo\u00eb" * 3, "at least 12"),
        ("x" * (LONGEST + 1), "at most"),
        ("a password\x00with NUL", "control"),
        ("aaaaaaaaaaaa", "fewer than five"),
        ("violetviolet", "repeats"),
        ("парольпароль", "repeats"),
        ("123456789012", "order of the keyboard"),
        ("qwertyuiop[]", "order of the keyboard"),
        ("LKJHGFDSApoi", "order of the keyboard"),
        ("abcdefghijklmn", "order of the keyboard"),
        ("1qaz2wsx3edc", "order of the keyboard"),
        ("Password1234", "commonest words"),
        ("correct horse battery staple", "commonest words"),
        ("Summer2026!!", "commonest words"),
        ("creditbank2026", "commonest words"),
        ("sam@sample.example", "your e-mail address"),
        ("elpmaxe.elpmas@mas", "your e-mail address"),
        ("SamSample2026", "your own name"),
        ("sample.example.1", "your own name"),
    ],
)
def test_the_first_guesses_are_refused_and_it_says_why(password: str, why: str) -> None:
    with pytest.raises(UnusablePassword, match=why):
        require_usable(password, address="sam@sample.example", name="Sam Sample")


def test_a_hash_is_argon2id_with_a_salt_of_its_own() -> None:
    hasher = Argon2Passwords(memory_kib=64, rounds=1)
    first, second = hasher.hash("violet kettle"), hasher.hash("violet kettle")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert [hasher.check("violet kettle", each) for each in (first, second)] == [(True, "")] * 2
    assert hasher.check("violet kettlf", first) == (False, "")
    assert hasher.check("violet kettle", "not a hash") == (False, "")


def test_addresses_fold_to_one_form() -> None:
    """Mail goes to the folded form alone, so that a look-alike receives nothing meant for another."""
    assert normal_address(" Sam.Sample+x@SAMPLE.Example ") == "sam.sample+x@sample.example"
    assert normal_address("sam@m\u00fcnchen.example") == "sam@xn--mnchen-3ya.example"
    assert normal_address("\uff53am@sample.example") == "sam@sample.example"
    assert normal_address("m\u0131ke@sample.example") != normal_address("mike@sample.example")
