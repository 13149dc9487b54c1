"""One house for all tests of the pages."""

from collections.abc import Iterator

import pytest
from browsers import browser as browser
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
