"""A credit bank: signed small credentials, anchored, added up exactly, and re-checkable by anyone."""

__version__ = "0.1.0"
