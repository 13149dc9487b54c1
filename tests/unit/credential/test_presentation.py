"""Presentations: what a holder shows, to whom, once."""

from typing import Any

import pytest

from creditbank.credential import NotAPresentation, build_presentation, holder_of, presented_credentials

HOLDER = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"


def shown(**changes: Any) -> dict[str, Any]:
    return {**build_presentation([{"id": "urn:a"}, {"id": "urn:b"}], id="urn:p", holder=HOLDER), **changes}


def test_a_presentation_gives_back_the_credentials_in_order() -> None:
    assert presented_credentials(shown()) == [{"id": "urn:a"}, {"id": "urn:b"}]
    assert presented_credentials(shown(verifiableCredential={"id": "urn:a"})) == [{"id": "urn:a"}]
    assert holder_of(shown()) == holder_of(shown(holder={"id": HOLDER})) == HOLDER


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"type": ["VerifiableCredential"]}, "/type"),
        ({"verifiableCredential": []}, "/verifiableCredential"),
        ({"verifiableCredential": None}, "/verifiableCredential"),
        ({"verifiableCredential": ["x"]}, "/verifiableCredential/0"),
        ({"verifiableCredential": [{}] * 513}, "/verifiableCredential"),
    ],
)
def test_what_shows_no_credentials_is_refused_with_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(NotAPresentation) as refused:
        presented_credentials(shown(**changes))
    assert refused.value.place == place


def test_a_presentation_without_a_holder_is_refused() -> None:
    for holder in (None, "me", {}, 7):
        with pytest.raises(NotAPresentation):
            holder_of(shown(holder=holder))
