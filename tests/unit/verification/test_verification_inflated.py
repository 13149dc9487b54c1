"""A status list is inflated once for all who name it, and strangers' lists fill neither a memory nor an hour."""

import gzip
from base64 import urlsafe_b64encode

import pytest
from verification_samples import LIST, UNIVERSITY, make_world, outcomes, sign, status_list, unsigned_transcript

from creditbank.credential import StatusList, UnreadableStatusList
from creditbank.credential.status import MAX_BYTES, MIN_ENTRIES
from creditbank.verification import inflated
from creditbank.verification.inflated import InflatedLists

BOMB = "u" + urlsafe_b64encode(gzip.compress(bytes(MAX_BYTES))).decode().rstrip("=")


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each text that was inflated."""
    seen: list[str] = []
    decode = StatusList.decode

    def counting(text: str) -> StatusList:
        seen.append(text)
        return decode(text)

    monkeypatch.setattr(StatusList, "decode", counting)
    return seen


def test_a_list_is_inflated_once_for_all_credentials_that_name_it(decoded: list[str]) -> None:
    world = make_world()
    transcript = sign(unsigned_transcript(*world.units), UNIVERSITY)
    world.anchor(transcript, *world.units)
    world.documents[LIST] = status_list(2)
    report = world.report(transcript)
    assert [outcomes(part)["status.revocation"] for part in report.parts] == ["passed", "failed"]
    assert len(decoded) == 1


def test_a_list_that_cannot_be_inflated_is_tried_once(decoded: list[str]) -> None:
    lists = InflatedLists()
    for _ in range(3):
        with pytest.raises(UnreadableStatusList, match="no honest list"):
            lists.of(BOMB)
    assert decoded == [BOMB]


def test_what_is_kept_and_what_is_inflated_have_their_limits(
    decoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = MIN_ENTRIES // 8
    monkeypatch.setattr(inflated, "MOST_KEPT", 2 * size)
    monkeypatch.setattr(inflated, "MOST_INFLATED", 4 * size)
    lists = InflatedLists()
    texts = [StatusList.empty().with_set([number]).encode() for number in range(5)]
    for text in (*texts[:3], texts[2], texts[0]):
        lists.of(text)
    assert decoded == [*texts[:3], texts[0]], "the last two are kept"
    with pytest.raises(UnreadableStatusList, match="More status lists"):
        lists.of(texts[4])
    assert lists.of(texts[0]).get(0)
