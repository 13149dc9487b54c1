"""Who asks for a status list tells nobody whose credential is meant."""

import json
from itertools import pairwise

from worlds import unit

from creditbank.credential import MIN_ENTRIES, StatusList


def test_each_credential_has_a_random_place_in_one_long_list_that_is_fetched_whole(world):
    """Threat 32: random indices, at least 131,072 entries, and no address of a credential's own."""
    statuses = []
    for number in range(5):
        achievement = unit(f"s{number}")
        world.publish(achievement)
        issued = world.issue(achievement, f"status-{number}")
        statuses.append(json.loads(issued.signed)["credentialStatus"])
    assert len({status["statusListCredential"] for status in statuses}) == 1
    assert all(set(status) == set(statuses[0]) for status in statuses)
    address = statuses[0]["statusListCredential"]
    assert "?" not in address
    assert "#" not in address
    indices = [int(status["statusListIndex"]) for status in statuses]
    assert len(set(indices)) == len(indices)
    steps = {after - before for before, after in pairwise(indices)}
    assert len(steps) > 1, "the places follow each other"
    listed = json.loads(world.bank.issuing.current_status(world.university.id).content)
    assert listed["id"] == address
    assert StatusList.decode(listed["credentialSubject"]["encodedList"]).size >= MIN_ENTRIES == 131_072
