"""Policies: which checks must pass before a verifier says yes, who may vouch for an issuer, whether an anchor is
asked for, and how old a status list may be.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final, Self

from creditbank.anchoring.fields import Fields
from creditbank.canonical import JsonObject
from creditbank.errors import BadInput, NotFound
from creditbank.verification.check import (
    ANCHOR_WAYS,
    AWARD_CHECKS,
    CREDENTIAL_CHECKS,
    DECISION_CHECKS,
    DENIAL_CHECKS,
    PRESENTATION_CHECKS,
    REGISTER_CHECKS,
)

DOCUMENT: Final = "creditbank/policy/v1"
ALL_CHECKS: Final = frozenset(
    (*CREDENTIAL_CHECKS, *ANCHOR_WAYS, *AWARD_CHECKS, *PRESENTATION_CHECKS, *DECISION_CHECKS, *DENIAL_CHECKS)
)
STANDING: Final = ALL_CHECKS - frozenset((*REGISTER_CHECKS, *ANCHOR_WAYS))
"""What a standing policy requires at most: a register is asked where the verifying party names one, and one way to
know of an anchor is as good as another.
"""
INDISPENSABLE: Final = frozenset({"format.readable", "format.credential", "proof.present", "proof.signature"})


ANCHOR_CHECKS: Final = ("anchor.included", *ANCHOR_WAYS, "anchor.on-chain", "anchor.key-valid", "dates.signed")
"""What only an anchor can answer with yes."""


class Voucher(StrEnum):
    """The kinds of source that may say of an issuer that it may issue (`issuer.registered`)."""

    REGISTER = "register"  # our register on the chain: asked there, or read from it into a trust file
    PINNED = "pinned"  # a list that the verifying party keeps itself
    ISSUER_LIST = "issuer-list"  # a list of known issuers that others publish, as the DCC's registries
    DOMAIN = "domain"  # the domain of a did:web, which served the DID document when it was asked


HANDED_OVER: Final = frozenset({Voucher.REGISTER, Voucher.PINNED, Voucher.ISSUER_LIST})
"""Sources that the verifying party names itself. That a domain answers says only who holds the domain."""


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
    revoked as of" its date. `vouchers` are the kinds of source that may vouch for an issuer: the word of others is
    not asked. `accepts_unanchored` lets a document pass that nobody says was ever anchored; its keys are then judged
    by the date that the signature itself claims.
    """

    name: str
    title: str
    required: frozenset[str]
    status_max_age: timedelta | None
    vouchers: frozenset[Voucher] = HANDED_OVER
    accepts_unanchored: bool = False

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
            "vouchers": [str(kind) for kind in Voucher if kind in self.vouchers],
            "acceptsUnanchored": self.accepts_unanchored,
        }

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read a policy strictly.

        Raises `UnreadablePolicy`, also for checks and kinds of source that do not exist and for a policy without the
        signature. A policy that does not speak of vouchers takes the word of those that the verifying party hands
        over, and one that does not speak of anchors asks for them as its required checks say.
        """
        fields = Fields.of(value, UnreadablePolicy, "policy", DOCUMENT)
        names = frozenset(fields.texts("required"))
        if unknown := sorted(names - ALL_CHECKS):
            raise fields.wrong("required", f"names a check that does not exist: {unknown[0]}")
        if missing := sorted(INDISPENSABLE - names):
            raise fields.wrong("required", f"leaves out {missing[0]}, without which nothing is known")
        seconds = fields.optional("statusMaxAgeSeconds", fields.whole)
        age = None if seconds is None else timedelta(seconds=min(seconds, 10**9))
        unanchored = fields.optional("acceptsUnanchored", fields.truth) or False
        policy = cls(fields.text("name"), fields.text("title"), names, age, _vouchers(fields), unanchored)
        fields.close()
        return policy


def _vouchers(fields: Fields) -> frozenset[Voucher]:
    named = fields.optional("vouchers", fields.texts)
    if named is None:
        return HANDED_OVER
    if unknown := sorted(set(named) - {str(kind) for kind in Voucher}):
        raise fields.wrong("vouchers", f"names a kind of source that does not exist: {unknown[0][:60]}")
    return frozenset(Voucher(name) for name in named)


LIVE: Final = Policy("live", "Good now: status as of the last hour", STANDING, timedelta(hours=1))
ARCHIVAL: Final = Policy(
    "archival",
    "Genuine, and not revoked as of the date of the status list",
    STANDING - {"dates.valid", "status.current"},
    None,
)
UNANCHORED: Final = Policy(
    "unanchored",
    "Good now, anchored or not, by an issuer that any source vouches for, its own domain included",
    STANDING,
    timedelta(hours=1),
    frozenset(Voucher),
    accepts_unanchored=True,
)


def policy_named(name: str) -> Policy:
    """The standing policy `live`, `archival` or `unanchored`, each also with `+register` at the end.

    Raises `UnknownPolicy` for another name.
    """
    for policy in (LIVE, ARCHIVAL, UNANCHORED):
        for one in (policy, policy.with_register()):
            if one.name == name:
                return one
    raise UnknownPolicy(
        f"There is no policy named {name[:40]!r}.",
        next_step="Use live, archival or unanchored, each also with +register (live+register), or a policy file.",
    )
