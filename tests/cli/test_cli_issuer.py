"""`creditbank organisation issuer`: set, shown without its secret, removed."""

import json

import pytest

from creditbank.services.federating import UnusableIssuer

from .conftest import Call, Journey


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("creditbank.adapters.people.oidc.OpenIdConnect._description", lambda *_: {})


def test_an_issuer_is_set_shown_and_removed(
    call: Call, journey: Journey, monkeypatch: pytest.MonkeyPatch, reachable: None
) -> None:
    monkeypatch.setenv("CREDITBANK_OIDC_SECRET", "a canary of a secret")
    verb = ("organisation", "issuer", journey.university, "--home", str(journey.home))
    assert call(*verb).code != 0
    made = call(
        *verb, "--url", "https://login.example.org", "--client", "bank", "--domain", "Example.org", "--claim", "a=b"
    )
    assert made.code == 0, made.err
    assert "https://login.example.org" in made.out
    shown = json.loads(call(*verb, "--json").out)
    assert (shown["client"], shown["domains"], shown["claims"]) == ("bank", ["example.org"], {"a": "b"})
    assert shown["redirect"].endswith("/sign-in/organisation/return")
    assert "canary" not in made.out + made.err + json.dumps(shown)
    assert call(*verb, "--remove").code == 0
    assert call(*verb, "--remove").code != 0


@pytest.mark.parametrize(
    "words", [("--url", "https://login.example.org"), ("--url", "https://x.example", "--client", "b", "--claim", "x")]
)
def test_what_is_missing_is_said(call: Call, journey: Journey, words: tuple[str, ...]) -> None:
    assert call("organisation", "issuer", journey.university, *words, "--home", str(journey.home)).code == 2


def test_an_address_that_is_no_issuer_is_refused(call: Call, journey: Journey) -> None:
    """Threat 14."""
    words = ("--url", "http://169.254.169.254", "--client", "b", "--home", str(journey.home))
    told = call("organisation", "issuer", journey.university, *words)
    assert told.code != 0
    assert "no address of an issuer" in told.err
    assert UnusableIssuer.slug
