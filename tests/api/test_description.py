"""The description in OpenAPI is true: whatever its own grammar makes up, each role gets an answer that it declares.

`CREDITBANK_SCHEMATHESIS_EXAMPLES` says how many requests are made up for each operation and role.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
import schemathesis
from doors import House, build_house
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.records import Role as OrganisationRole
from creditbank.services.rights import within
from creditbank_api.app import create_app
from creditbank_api.limits import Limits

EXAMPLES: Final = int(os.environ.get("CREDITBANK_SCHEMATHESIS_EXAMPLES", "2"))
MANY: Final = Limits(requests=10_000_000, verifications=10_000_000, failed_tokens=10_000_000)
ROLES: Final = ("", "asha", "deccan", "deccan-registrar", "agency", "admin", "a member's key")
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own: what is made up may revoke, withdraw and spend."""
    built = build_house(tmp_path_factory.mktemp("described") / "bank")
    agency = built.bank.registering.register_organisation(
        name="Sample Quality Agency", roles={OrganisationRole.REGISTRAR}, frameworks=(), country="IN", sample=True
    )
    built.tokens["agency"] = built.bank.registering.issue_token(role="agency", subject=agency.id, label="agency")
    several = built.bodies["thames"]
    _, secret = built.bank.access.make_token(
        "described", organisation=several.id, label="all", scopes=within(several.roles), by=AT_THE_MACHINE
    )
    assert secret is not None
    built.tokens["a member's key"] = secret
    yield built
    built.bank.close()


@pytest.fixture(scope="module")
def described(house: House) -> schemathesis.BaseSchema:
    return from_asgi("/openapi.json", create_app(house.bank, limits=MANY, hosts=frozenset({"testserver"})))


def _ids(house: House) -> list[str]:
    """Names of things that there are, so that not everything ends with a 404."""
    with house.bank.store.transaction() as tx:
        lots = [lot.id for lot in tx.lots_of(house.learners["asha"].id)]
        batches = [batch.id for batch in tx.batches()]
    mine = [*house.issued.values(), *house.learners.values(), *house.bodies.values(), *house.evaluations, house.made]
    return [*(one.id for one in mine), *lots[:4], *batches]


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_no_request_that_can_be_made_up_gets_an_undeclared_answer(
    described: schemathesis.BaseSchema, house: House, role: str
) -> None:
    """Threats 2, 3, 43 and 58 among others: no 5xx, no status, media type or body that is not declared."""
    failures: list[str] = []
    seen: Counter[int] = Counter()
    for found in described.get_all_operations():
        operation = found.ok()
        if not operation.path.startswith(("/v1/", "/documents", "/healthz", "/readyz", "/ims/", "/oauth/")):
            continue
        each = max(1, EXAMPLES // 2) if role in ("agency", "a member's key") else EXAMPLES
        failures += _tried(operation, house.bearer(role) if role else {}, _ids(house), seen, each)
    assert failures == [], "\n\n".join(failures)
    assert {200, 404, 422} <= set(seen), seen


def _tried(operation: Any, header: dict[str, str], ids: list[str], seen: Counter[int], each: int) -> list[str]:
    found: list[str] = []

    @seed(random.Random(operation.label).getrandbits(32))
    @settings(
        max_examples=each,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), name=st.sampled_from(ids), real=st.booleans())
    def run(case: Any, name: str, real: bool) -> None:
        if real and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = name
        keys = {"Idempotency-Key": f"made-up-{random.getrandbits(64):x}"} if operation.method == "post" else {}
        response = case.call(headers={**keys, **header}, base_url="http://testserver")
        seen[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except Exception as failure:
            found.append(f"{operation.label}: {failure}"[:1500])

    run()
    return found[:1]
