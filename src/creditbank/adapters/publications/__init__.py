"""What a bank publishes, read from its public API or from a folder of files."""

from creditbank.adapters.publications.folder import PublishedFolder, publish_to
from creditbank.adapters.publications.http import PublishedSite

__all__ = ["PublishedFolder", "PublishedSite", "publish_to"]
