"""Policies: which checks must pass before a verifier says yes, and how old a status list may be."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Self

from creditbank.anchoring.fields import Fields
from creditbank.canonical import JsonObject
from creditbank.errors import BadInput, NotFound
from creditbank.verification.check import (
    AWARD_CHECKS,
    CREDENTIAL_CHECKS,
    DECISION_CHECKS,
    DENIAL_CHECKS,
    PRESENTATION_CHECKS,
    REGISTER_CHECKS,
)

DOCUMENT: Final = "creditbank/policy/v1"
ALL_CHECKS: Final = frozenset(
    (*CREDENTIAL_CHECKS, *AWARD_CHECKS, *PRESENTATION_CHECKS, *DECISION_CHECKS, *DENIAL_CHECKS)
)
STANDING: Final = ALL_CHECKS - frozenset(REGISTER_CHECKS)
"""What a standing policy requires at most: a register is asked where the verifying party names one."""
INDISPENSABLE: Final = frozenset({"format.readable", "format.credential", "proof.present", "proof.signature"})


class UnreadablePolicy(BadInput):
    """This is not a verification policy; `place` is the JSON pointer of what is wrong."""

    slug = "unreadable-policy"


class UnknownPolicy(NotFound):
    """There is no standing policy of this name."""

    slug = "unknown-policy"


@dataclass(frozen=True, slots=True)
class Policy:
    """A named choice of required checks.

    Checks that are not required are still made and shown. `status_max_age` is how long ago a status list may
    have been signed to answer "revoked now?"; None accepts a list of any age, and its answer is then "not
    revoked as of" its date.
    """

    name: str
    title: str
    required: frozenset[str]
    status_max_age: timedelta | None

    def required_of(self, names: tuple[str, ...]) -> frozenset[str]:
        """The required checks among these."""
        return self.required & frozenset(names)

    def with_register(self) -> Self:
        """The same policy, requiring also what only a register can answer; its name and title say so."""
        if self.required.issuperset(REGISTER_CHECKS):
            return self
        return replace(
            self,
            name=f"{self.name}+register",
            title=f"{self.title}; accredited by a register that the verifying party names",
            required=self.required | frozenset(REGISTER_CHECKS),
        )

    def to_json(self) -> JsonObject:
        """The policy as a JSON document, required checks in alphabetical order."""
        age = self.status_max_age
        return {
            "document": DOCUMENT,
            "name": self.name,
            "title": self.title,
            "required": [*sorted(self.required)],
            "statusMaxAgeSeconds": None if age is None else int(age.total_seconds()),
        }

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read a policy strictly.

        Raises `UnreadablePolicy`, also for checks that do not exist and for a policy without the signature.
        """
        fields = Fields.of(value, UnreadablePolicy, "policy", DOCUMENT)
        names = frozenset(fields.texts("required"))
        if unknown := sorted(names - ALL_CHECKS):
            raise fields.wrong("required", f"names a check that does not exist: {unknown[0]}")
        if missing := sorted(INDISPENSABLE - names):
            raise fields.wrong("required", f"leaves out {missing[0]}, without which nothing is known")
        seconds = fields.optional("statusMaxAgeSeconds", fields.whole)
        age = None if seconds is None else timedelta(seconds=min(seconds, 10**9))
        policy = cls(fields.text("name"), fields.text("title"), names, age)
        fields.close()
        return policy


LIVE: Final = Policy("live", "Good now: status as of the last hour", STANDING, timedelta(hours=1))
ARCHIVAL: Final = Policy(
    "archival",
    "Genuine, and not revoked as of the date of the status list",
    STANDING - {"dates.valid"},
    None,
)


def policy_named(name: str) -> Policy:
    """The standing policy `live` or `archival`, each also as `live+register` and `archival+register`.

    Raises `UnknownPolicy` for another name.
    """
    for policy in (LIVE, ARCHIVAL):
        for one in (policy, policy.with_register()):
            if one.name == name:
                return one
    raise UnknownPolicy(
        f"There is no policy named {name[:40]!r}.",
        next_step="Use live, archival, live+register, archival+register, or a policy file.",
    )
