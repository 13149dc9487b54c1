"""Endorsements: a body of the bank speaks for another body, for what can be earned, or for what somebody earned.

An endorsement is a signed document of its own, with a place in its issuer's revocation list, a leaf and a receipt. It
can be handed out alone; an issuer that wants it seen puts it into what it issues next.
"""

from creditbank.canonical import canonical_json, load_object, sha256
from creditbank.credential import NotAnEndorsement, build_endorsement
from creditbank.errors import Conflict, Refused
from creditbank.services.halting import Halted, require_running
from creditbank.services.issuing import (
    AlreadyRevoked,
    Issuing,
    KeyNoLongerSigns,
    NotYourCredential,
    RequestReused,
    issuer_profile,
    require_signing,
)
from creditbank.services.ports import (
    AlreadyRecorded,
    Clock,
    Entropy,
    SigningPurpose,
    Store,
    Transaction,
    UnknownRecord,
)
from creditbank.services.records import EndorsementRecord, Leaf
from creditbank.services.signatures import Signatures, signed_with
from creditbank.services.statuses import list_number
from creditbank.verification import title_of


class EndorsesItself(Refused):
    """A body does not endorse itself, nor what it offers or issued."""

    slug = "endorses-itself"


class WithdrawnThing(Conflict):
    """What was revoked, superseded or withdrawn is not endorsed any more."""

    slug = "withdrawn-thing"


class Endorsing:
    """Issues and revokes endorsements."""

    def __init__(self, store: Store, signatures: Signatures, issuing: Issuing, clock: Clock, entropy: Entropy) -> None:
        self._store, self._signatures, self._issuing = store, signatures, issuing
        self._clock, self._entropy = clock, entropy

    def issue(self, request: str, *, organisation: str, endorsed: str, comment: str) -> EndorsementRecord:
        """Let a body speak for the body (its DID), achievement or credential whose id is `endorsed`.

        The same request again gives the first answer. Raises `UnknownRecord` for what the bank does not know,
        `EndorsesItself`, `WithdrawnThing`, `NotAnEndorsement` where it says nothing, `RequestReused`, and what signing
        raises.
        """
        try:
            standing = self._intend(request, organisation, endorsed, comment)
        except AlreadyRecorded:  # the same request at the same moment: the other one's intent is ours
            standing = self._intend(request, organisation, endorsed, comment)
        if standing.signed is None:
            try:
                return self._complete(standing)
            except AlreadyRecorded:  # by another caller of the same request
                pass
        return self.get(standing.id)

    def get(self, endorsement: str) -> EndorsementRecord:
        """An endorsement; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            return tx.get_endorsement(endorsement)

    def of(self, endorsed: str) -> list[EndorsementRecord]:
        """The endorsements that stand of the thing with this id, oldest first."""
        with self._store.transaction() as tx:
            return [one for one in tx.endorsements_of(endorsed) if one.stands]

    def concerned(self, endorsement: str) -> tuple[EndorsementRecord, frozenset[str]]:
        """An endorsement with who endorses, whose it is that is endorsed, and, of a credential, the learner who has it.

        Raises `UnknownRecord`, after as much work as for one that there is: the time of an answer to a stranger does
        not tell the two apart (threat 42).
        """
        with self._store.transaction() as tx:
            found = tx.find_endorsement(endorsement)
            endorsed = endorsement if found is None else found.endorsed
            body, issued = tx.find_organisation_by_did(endorsed), tx.find_credential(endorsed)
            owners = {one.organisation for one in tx.versions_of(endorsed)}
        owners |= {body.id} if body is not None else set()
        owners |= {issued.organisation, issued.learner} if issued is not None else set()
        if found is None:
            raise UnknownRecord(f"There is no endorsement {endorsement}.")
        return found, frozenset({found.organisation, *owners})

    def revoke(self, endorsement: str, *, by: str, reason: str) -> None:
        """Take an endorsement back; its issuer's revocation list says so at once.

        Whatever it was put into is no longer accepted by who requires `contents.endorsements`. Raises
        `UnknownRecord`, `NotYourCredential` and `AlreadyRevoked`.
        """
        with self._store.transaction() as tx:
            record = tx.get_endorsement(endorsement)
            if record.organisation != by:
                raise NotYourCredential("Only the body that endorsed can take its endorsement back.")
            try:
                tx.revoke_endorsement(endorsement, when=self._clock.now(), reason=reason)
            except AlreadyRecorded:
                raise AlreadyRevoked(f"{endorsement} is already revoked.") from None
        self._issuing.refresh_status(by, list_number(record.status_index))

    def resume(self) -> list[EndorsementRecord]:
        """Sign every endorsement that a crash left behind, unless it was revoked meanwhile."""
        with self._store.transaction() as tx:
            waiting = [one for one in tx.open_endorsements() if one.revoked is None]
        done = []
        for one in waiting:
            try:
                done.append(self._complete(one))
            except (AlreadyRecorded, Halted):
                continue
        return done

    # -- the steps

    def _intend(self, request: str, organisation: str, endorsed: str, comment: str) -> EndorsementRecord:
        with self._store.transaction() as tx:
            standing = tx.find_endorsement_by_request(request)
            if standing is not None:
                if (standing.organisation, standing.endorsed, standing.comment) != (organisation, endorsed, comment):
                    raise RequestReused(
                        f"The request id {request} was used before for another endorsement.",
                        next_step="Use a new id for a new request.",
                    )
                return standing
            require_running(tx, organisation)
            body = tx.get_organisation(organisation)
            if not comment.strip():
                raise NotAnEndorsement("An endorsement says something.", place="/endorsementComment")
            owners, name = _endorsable(tx, endorsed)
            if body.id in owners:
                raise EndorsesItself(f"{body.name} cannot endorse {endorsed[:120]}: it is its own.")
            record = EndorsementRecord(
                self._entropy.urn(),
                request,
                body.id,
                endorsed,
                f"Endorsement of {name}",
                comment,
                self._issuing.free_status_index(tx, body.id),
                self._clock.now(),
            )
            tx.add_endorsement(record)
        return record

    def _complete(self, record: EndorsementRecord) -> EndorsementRecord:
        try:
            return self._sign(record)
        except KeyNoLongerSigns:  # it was rotated and retired, or revoked, between signing and storing
            return self._sign(record)

    def _sign(self, record: EndorsementRecord) -> EndorsementRecord:
        with self._store.transaction() as tx:
            require_running(tx, record.organisation)
            body = tx.get_organisation(record.organisation)
        unsigned = build_endorsement(
            id=record.id,
            issuer=issuer_profile(body),
            endorsed=record.endorsed,
            comment=record.comment,
            name=record.name,
            valid_from=record.created,
            status=self._issuing.revocation_entry(body, record.status_index),
        )
        now = self._clock.now()
        signed = self._signatures.sign(unsigned, body.id, body.did, now, purpose=SigningPurpose.ENDORSEMENT)
        digest = sha256(canonical_json(load_object(signed)))
        with self._store.transaction() as tx:
            for multikey in sorted(signed_with(signed)):
                require_signing(tx.hold_key(multikey), multikey)
            tx.sign_endorsement(record.id, signed=signed, digest=digest, when=now)
            tx.add_leaf(Leaf(record.id, body.did, self._entropy.bytes(16), digest, None, None))
            return tx.get_endorsement(record.id)


def _endorsable(tx: Transaction, endorsed: str) -> tuple[frozenset[str], str]:
    """Whose it is (organisations) and what it is called; raises `UnknownRecord` and `WithdrawnThing`."""
    if (body := tx.find_organisation_by_did(endorsed)) is not None:
        return frozenset({body.id}), body.name
    if (issued := tx.find_credential(endorsed)) is not None:
        if tx.is_revoked(endorsed):
            raise WithdrawnThing(f"{endorsed} was revoked or superseded.", next_step="Endorse what took its place.")
        return frozenset({issued.organisation}), title_of(issued.document)
    versions = tx.versions_of(endorsed)
    if not versions:
        raise UnknownRecord(
            f"The bank knows no body, achievement or credential {endorsed[:200]}.",
            next_step="Name a DID, the id of an achievement, or the id of a credential.",
        )
    offered = [one for one in versions if one.withdrawn is None]
    if not offered:
        raise WithdrawnThing(f"Every version of {endorsed[:200]} was withdrawn.")
    return frozenset(one.organisation for one in versions), str(offered[-1].document.get("name") or endorsed)
