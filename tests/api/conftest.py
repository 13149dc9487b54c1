"""One house for all tests of the API; tests that spend something spend something of their own."""

from collections.abc import Iterator

import pytest
from doors import House, build_house
from starlette.testclient import TestClient


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    built = build_house(tmp_path_factory.mktemp("house") / "bank")
    yield built
    built.bank.close()


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with house.client() as client:
        yield client


@pytest.fixture(scope="module", autouse=True)
def everything_goes_on(house: House) -> Iterator[None]:
    """What a file's tests halted in the house of all goes on in the next file."""
    yield
    for halt in house.bank.halting.standing():
        house.bank.halting.lift(halt.id, by="operator", why="the tests of this file are over")
