"""From a draft to a frozen version: what a provider offers, checked, published once, changed only by a new version."""

from collections.abc import Iterator

from creditbank.canonical import digest_text, json_digest
from creditbank.credential import Achievement
from creditbank.errors import BadInput, Conflict, Refused
from creditbank.framework import (
    CoherenceReview,
    DocumentFaults,
    Fault,
    ReadDocument,
    UnitDocument,
    document_digest,
    read_document,
    template_faults,
)
from creditbank.framework.publishing import faults_of_publishing
from creditbank.services.ports import AlreadyRecorded, Catalogue, Clock, Store, Transaction
from creditbank.services.records import DraftUnit, Organisation, PublicDocument, PublishedAchievement, Role

UNIT_KIND = "unit"
"""The kind under which the documents of published units stand among the documents for strangers."""


REVIEW_KIND = "coherence-review"
"""The kind under which reviews stand among the documents for strangers, each by its digest."""


class AchievementFrozen(Conflict):
    """A published version of an achievement never changes."""

    slug = "achievement-frozen"


class AchievementWithdrawn(Conflict):
    """This version of an achievement was withdrawn: it stays readable, and nothing new is issued for it."""

    slug = "achievement-withdrawn"


class VersionUnlinked(Conflict):
    """A change is a new version that names the newest one it takes the place of."""

    slug = "version-unlinked"


class DraftChanged(Conflict):
    """Somebody else has changed the draft meanwhile, and nothing of theirs is overwritten."""

    slug = "draft-changed"


class NotAProvider(Refused):
    """Only a provider publishes achievements and issues credentials for them."""

    slug = "not-a-provider"


class NotYourAchievement(Refused):
    """An achievement belongs to the organisation that published its first version, and that signs for it."""

    slug = "not-your-achievement"


class NotAUnitDocument(BadInput):
    """A draft is a unit document."""

    slug = "not-a-unit-document"


class NotACoherenceReview(BadInput):
    """A unit is published with a coherence review, and with no other document."""

    slug = "not-a-coherence-review"


def read_unit(content: bytes, place: str = "") -> tuple[UnitDocument, ReadDocument]:
    """A unit document with its lines; raise `DocumentFaults`, or `NotAUnitDocument` for one of another kind."""
    read = read_document(content, place)
    if not isinstance(read.document, UnitDocument):
        raise NotAUnitDocument(
            f"This is a {read.document.document}, not a unit.",
            place=place,
            next_step="A unit starts with `document: creditbank/unit/v1`.",
        )
    return read.document, read


def read_review(content: bytes, place: str = "") -> CoherenceReview:
    """A coherence review; raise `DocumentFaults`, or `NotACoherenceReview` for a document of another kind."""
    document = read_document(content, place).document
    if not isinstance(document, CoherenceReview):
        raise NotACoherenceReview(
            f"This is a {document.document}, not a coherence review.",
            place=place,
            next_step="`creditbank achievement review FILE --role ROLE` writes the form of one.",
        )
    return document


class Drafting:
    """Keeps drafts, publishes versions of achievements, and withdraws them."""

    def __init__(self, store: Store, catalogue: Catalogue, clock: Clock) -> None:
        self._store, self._catalogue, self._clock = store, catalogue, clock

    def save_draft(self, organisation: str, content: bytes, place: str = "") -> DraftUnit:
        """Keep a unit that is still being written, in place of an earlier draft of the same version whatever it says.

        It may be incomplete, never malformed: raises `DocumentFaults`. Raises `AchievementFrozen` for a version that
        is published already, `NotYourAchievement` for a unit of another organisation, and `NotAProvider`.
        """
        unit, _ = read_unit(content, place)
        with self._store.transaction() as tx:
            provider = _provider(tx, organisation)
            if any(one.version == unit.version for one in _own_versions(tx, unit.id, provider)):
                raise _frozen(unit.id, unit.version)
            draft = DraftUnit(organisation, unit.id, unit.version, content, self._clock.now())
            tx.put_draft(draft)
        return draft

    def change_draft(self, organisation: str, content: bytes, *, before: bytes | None) -> DraftUnit:
        """Keep a unit in place of exactly the draft `before`, None for a first one; what a lost update would overwrite
        is kept.

        Raises what `save_draft` does, and `DraftChanged`.
        """
        unit, _ = read_unit(content)
        with self._store.transaction() as tx:
            provider = _provider(tx, organisation)
            if any(one.version == unit.version for one in _own_versions(tx, unit.id, provider)):
                raise _frozen(unit.id, unit.version)
            draft = DraftUnit(organisation, unit.id, unit.version, content, self._clock.now())
            if not tx.replace_draft(draft, before=before):
                raise DraftChanged("This draft is not what it was when you read it.", next_step="Read it again.")
        return draft

    def drop_draft(self, draft: DraftUnit) -> None:
        """Take a draft away, unless it has changed; raises `DraftChanged`."""
        with self._store.transaction() as tx:
            if not tx.remove_draft(draft.organisation, draft.id, draft.version, before=draft.content):
                raise DraftChanged("This draft is not what it was when you read it.", next_step="Read it again.")

    def drafts(self, organisation: str) -> list[DraftUnit]:
        """What an organisation is writing, by id and version."""
        with self._store.transaction() as tx:
            return tx.drafts(organisation)

    def check(self, content: bytes, place: str = "", *, review: bytes | None = None) -> list[Fault]:
        """What keeps a unit from being published, each fault with file and line; raises `DocumentFaults` for a
        malformed one.
        """
        unit, read = read_unit(content, place)
        said = read_review(review) if review is not None else None
        return [read.placed(fault) for fault in self._faults(unit, said)]

    def publish_unit(
        self, organisation: str, content: bytes, place: str = "", *, review: bytes | None = None
    ) -> PublishedAchievement:
        """Publish a unit as a frozen version, with the achievement that credentials for it will carry.

        A template that the unit names is enforced. A `review` must be about exactly this text and is kept with it;
        who wrote it is not known here, only in which role they say they did.

        The same content again gives the first answer, however it is spelled. Raises `DocumentFaults` with everything
        that is missing or does not add up, `AchievementFrozen` for other content under a published version,
        `VersionUnlinked` for a change that does not name the newest version, `NotYourAchievement` when another body
        awards the unit or published it first, and `NotAProvider`.
        """
        unit, read = read_unit(content, place)
        said = read_review(review) if review is not None else None
        digest = document_digest(unit)
        with self._store.transaction() as tx:
            provider = _provider(tx, organisation)
            versions = _own_versions(tx, unit.id, provider)
            standing = next((one for one in versions if one.version == unit.version), None)
            if standing is not None:
                if standing.unit_digest != digest:
                    raise _frozen(unit.id, unit.version)
                return standing
            faults = [*self._faults(unit, said), *_circles(tx, unit)]
            if faults:
                raise DocumentFaults([read.placed(fault) for fault in faults], place=place)
            if unit.awarding_body != provider.did:
                raise NotYourAchievement(
                    f"{unit.awarding_body} awards this unit, and {provider.name} signs as {provider.did}.",
                    place=f"{place}:{read.located.line_of(('awarding_body',))}" if place else "",
                    next_step="Name the body that signs the credentials as awarding_body.",
                )
            _check_link(unit, versions)
            document = Achievement.of_unit(unit, self._catalogue.codes()).to_json()
            now = self._clock.now()
            published = PublishedAchievement(
                unit.id,
                unit.version,
                organisation,
                document,
                json_digest(document),
                now,
                unit=content,
                unit_digest=digest,
                supersedes=unit.supersedes,
                changelog=unit.changelog,
            )
            try:
                tx.add_achievement(published)
            except AlreadyRecorded:  # the same moment: this version, or another in the place of the same one
                standing = tx.find_achievement(unit.id, unit.version)
                if standing is None:
                    raise _unlinked(unit, "another version took that place at the same moment") from None
                if standing.unit_digest != digest:
                    raise _frozen(unit.id, unit.version) from None
                return standing
            tx.put_document(PublicDocument(digest_text(digest), UNIT_KIND, _media_type(content), content, now))
            if review is not None and said is not None:
                name = digest_text(document_digest(said))
                tx.put_document(PublicDocument(name, REVIEW_KIND, _media_type(review), review, now))
            tx.remove_draft(organisation, unit.id, unit.version)
        return published

    def publish(self, organisation: str, achievement: Achievement) -> PublishedAchievement:
        """Freeze this version of an achievement that comes by itself, without a unit document.

        The same content again gives the first answer. Raises `AchievementFrozen` when the version stands with other
        content, `NotAProvider` for an organisation that does not teach, `NotYourAchievement` for an achievement of
        another one, and `VersionUnlinked` where earlier versions are units: a change of a unit is a unit.
        """
        document = achievement.to_json()
        digest = json_digest(document)
        with self._store.transaction() as tx:
            provider = _provider(tx, organisation)
            standing = tx.find_achievement(achievement.id, achievement.version)
            if standing is not None:
                if standing.digest != digest or standing.organisation != organisation:
                    raise _frozen(achievement.id, achievement.version)
                return standing
            if any(one.unit is not None for one in _own_versions(tx, achievement.id, provider)):
                raise VersionUnlinked(
                    f"{achievement.id} is published as a unit, so its next version is one, too.",
                    next_step="Publish the unit document, with supersedes and changelog.",
                )
            published = PublishedAchievement(
                achievement.id, achievement.version, organisation, document, digest, self._clock.now()
            )
            tx.add_achievement(published)
        return published

    def versions(self, id: str) -> list[PublishedAchievement]:
        """Every published version of an achievement, oldest first; empty for an unknown one."""
        with self._store.transaction() as tx:
            return tx.versions_of(id)

    def withdraw(self, organisation: str, id: str, version: str, *, reason: str) -> PublishedAchievement:
        """Issue nothing new for this version; what was issued for it stays what it is.

        Raises `UnknownRecord`, `NotYourAchievement`, and `AchievementWithdrawn` when it was withdrawn before.
        """
        with self._store.transaction() as tx:
            standing = tx.get_achievement(id, version)
            if standing.organisation != organisation:
                raise NotYourAchievement("Only the organisation that published an achievement withdraws it.")
            if standing.withdrawn is not None:
                raise withdrawn(standing)
            tx.withdraw_achievement(id, version, when=self._clock.now(), reason=reason)
            return tx.get_achievement(id, version)

    def _faults(self, unit: UnitDocument, review: CoherenceReview | None) -> list[Fault]:
        catalogue = self._catalogue
        found = faults_of_publishing(unit, catalogue.all_editions(), catalogue.credit_systems(), catalogue.codes())
        return [*found, *template_faults(unit, catalogue.template_book(), catalogue.coherence_lists(), review)]


def withdrawn(achievement: PublishedAchievement) -> AchievementWithdrawn:
    """The error that says when and why a version was withdrawn."""
    assert achievement.withdrawn is not None, "only a withdrawn version is refused as one"
    return AchievementWithdrawn(
        f"Version {achievement.version} of {achievement.id} was withdrawn on {achievement.withdrawn.date()}: "
        f"{achievement.withdrawal_reason}",
        next_step="Use a version that is offered; `creditbank achievement versions` lists them.",
    )


def _provider(tx: Transaction, organisation: str) -> Organisation:
    provider = tx.get_organisation(organisation)
    if Role.PROVIDER not in provider.roles:
        raise NotAProvider(f"{provider.name} is not a provider, so it publishes no achievements.")
    return provider


def _own_versions(tx: Transaction, id: str, provider: Organisation) -> list[PublishedAchievement]:
    """The versions of an achievement, which belongs to whoever published the first."""
    versions = tx.versions_of(id)
    if versions and versions[0].organisation != provider.id:
        raise NotYourAchievement(
            f"{id} is another organisation's achievement.", next_step="Give the unit an id of its own."
        )
    return versions


def _frozen(id: str, version: str) -> AchievementFrozen:
    return AchievementFrozen(
        f"Version {version} of {id} is already published with other content.",
        next_step="Publish the change as a new version.",
    )


def _check_link(unit: UnitDocument, versions: list[PublishedAchievement]) -> None:
    """A first version takes nobody's place; every other one takes the place of the newest."""
    if not versions:
        if unit.supersedes is not None:
            raise _unlinked(unit, f"no version {unit.supersedes} of it is published here")
        return
    taken = {one.supersedes for one in versions}
    newest = [one.version for one in versions if one.version not in taken][-1]
    if unit.supersedes is None:
        raise _unlinked(unit, f"version {newest} is published, and supersedes does not name it")
    if unit.supersedes != newest:
        raise _unlinked(unit, f"version {newest} is the newest, and supersedes names {unit.supersedes}")


def _unlinked(unit: UnitDocument, why: str) -> VersionUnlinked:
    return VersionUnlinked(
        f"Version {unit.version} of {unit.id} is no next version: {why}.",
        next_step="Name the newest published version in supersedes, and say in changelog what changed.",
    )


def _circles(tx: Transaction, unit: UnitDocument) -> Iterator[Fault]:
    """Prerequisites that lead back to the unit through published ones, and outcomes that no such unit has."""
    for index, one in enumerate(unit.prerequisites):
        if one.unit is None:
            continue
        required = _published_unit(tx, one.unit, one.version)
        if required is None:
            continue  # a unit of elsewhere, which nobody here can look into
        if one.outcome is not None and required.outcome(one.outcome) is None:
            known = ", ".join(outcome.id for outcome in required.outcomes)
            sentence = f"{one.unit} has no outcome {one.outcome!r}; its outcomes are: {known}."
            yield Fault("unknown-outcome", ("prerequisites", index, "outcome"), sentence, "Name one of these.")
        way = _way_back(tx, required, unit.id)
        if way:
            sentence = f"This unit would require itself: {' requires '.join([unit.id, *way])}."
            yield Fault("circular-prerequisites", ("prerequisites", index, "unit"), sentence, "Break the circle.")


def _way_back(tx: Transaction, start: UnitDocument, goal: str) -> list[str]:
    pending, seen = [(start, [start.id])], {start.id}
    while pending:
        unit, way = pending.pop()
        for one in unit.prerequisites:
            if one.unit == goal:
                return [*way, goal]
            if one.unit is not None and one.unit not in seen:
                seen.add(one.unit)
                further = _published_unit(tx, one.unit, one.version)
                if further is not None:
                    pending.append((further, [*way, further.id]))
    return []


def _published_unit(tx: Transaction, id: str, version: str) -> UnitDocument | None:
    """The named version of a published unit, or the newest one that is not withdrawn."""
    found = [one for one in tx.versions_of(id) if one.unit is not None]
    if version:
        found = [one for one in found if one.version == version]
    else:
        found = [one for one in found if one.withdrawn is None] or found
    if not found:
        return None
    content = found[-1].unit
    assert content is not None, "only versions with a unit document were chosen"
    return read_unit(content)[0]


def _media_type(content: bytes) -> str:
    return "application/json" if content.lstrip()[:1] == b"{" else "application/yaml"
