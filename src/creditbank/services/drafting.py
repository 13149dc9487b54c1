"""Publishing achievements: what a provider offers, described once and then frozen."""

from creditbank.canonical import json_digest
from creditbank.credential import Achievement
from creditbank.errors import Conflict, Refused
from creditbank.services.ports import Clock, Store
from creditbank.services.records import PublishedAchievement, Role


class AchievementFrozen(Conflict):
    """A published version of an achievement never changes."""

    slug = "achievement-frozen"


class NotAProvider(Refused):
    """Only a provider publishes achievements and issues credentials for them."""

    slug = "not-a-provider"


class Drafting:
    """Publishes versions of achievements."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def publish(self, organisation: str, achievement: Achievement) -> PublishedAchievement:
        """Freeze this version of an achievement.

        The same content again gives the first answer. Raises `AchievementFrozen` when the version stands with other
        content, and `NotAProvider` for an organisation that does not teach.
        """
        document = achievement.to_json()
        digest = json_digest(document)
        with self._store.transaction() as tx:
            provider = tx.get_organisation(organisation)
            if Role.PROVIDER not in provider.roles:
                raise NotAProvider(f"{provider.name} is not a provider, so it publishes no achievements.")
            standing = tx.find_achievement(achievement.id, achievement.version)
            if standing is not None:
                if standing.digest != digest or standing.organisation != organisation:
                    raise AchievementFrozen(
                        f"Version {achievement.version} of {achievement.id} is already published with other content.",
                        next_step="Publish the change as a new version.",
                    )
                return standing
            published = PublishedAchievement(
                achievement.id, achievement.version, organisation, document, digest, self._clock.now()
            )
            tx.add_achievement(published)
        return published
