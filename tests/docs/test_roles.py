"""The page on roles says what the code says: each role of a member, each scope, and what a caller speaks as."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from creditbank.services.records import Role
from creditbank.services.rights import BADGES, CALLERS, LEARNERS, ROLES, MemberRole, Scope, fits, scopes_of, within

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "roles.md").read_text()
BODIES = [frozenset(some) for count in (1, 2, 3) for some in combinations(Role, count)]


def tables() -> list[list[list[str]]]:
    """The tables of the page: rows of cells, the first one the heading."""
    found = re.findall(r"((?:^\|.*\|\n)+)", PAGE, re.MULTILINE)
    rows = [[[cell.strip() for cell in line[1:-1].split("|")] for line in one.splitlines()] for one in found]
    return [[table[0], *table[2:]] for table in rows]


def test_the_table_of_roles_is_the_one_of_the_code() -> None:
    heading, *rows = tables()[0]
    assert heading == ["scope", *(f"`{role}`" for role in MemberRole), "learner"]
    shown = {row[0].strip("`"): [cell == "yes" for cell in row[1:]] for row in rows}
    assert shown == {
        str(scope): [*(scope in ROLES[role].scopes for role in MemberRole), scope in LEARNERS] for scope in Scope
    }


def test_the_table_of_organisations_is_the_one_of_the_code() -> None:
    heading, *rows = tables()[1]
    assert heading[:2] == ["organisation is", "its people speak as"]
    assert {row[0].strip("`"): row[1].strip("`") for row in rows} == {str(role): str(CALLERS[role]) for role in Role}
    for row in rows:
        members = set(re.findall(r"`([a-z]+)`", row[2]))
        assert members == {str(role) for role in MemberRole if fits(role, [Role(row[0].strip("`"))])}


@pytest.mark.parametrize("body", BODIES, ids=lambda body: "+".join(sorted(body)))
def test_roles_together_give_what_each_of_them_gives_and_no_more(body: frozenset[Role]) -> None:
    for one, other in combinations(MemberRole, 2):
        assert scopes_of([one, other], body) == scopes_of([one], body) | scopes_of([other], body)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: "+".join(sorted(body)))
def test_an_owner_holds_everything_that_makes_sense_there(body: frozenset[Role]) -> None:
    assert scopes_of([MemberRole.OWNER], body) == within(body)


def test_what_reads_alone_changes_nothing() -> None:
    assert all(scope.endswith(":read") for scope in ROLES[MemberRole.AUDITOR].scopes)


def test_no_member_acts_on_a_learners_account() -> None:
    own = {Scope.ACCOUNT_READ, Scope.ACCOUNT_WRITE, Scope.ACCOUNT_KEYS, Scope.ACCOUNT_LEAVE, Scope.SHARES_WRITE}
    assert all(own.isdisjoint(grant.scopes) for grant in ROLES.values())
    assert own <= LEARNERS


def test_the_scopes_of_open_badges_are_spelt_as_the_specification_does() -> None:
    """Open Badges 3.0, 7.1: the four scopes of the API."""
    assert {
        f"https://purl.imsglobal.org/spec/ob/v3p0/scope/{name}"
        for name in ("credential.readonly", "credential.upsert", "profile.readonly", "profile.update")
    } == BADGES
