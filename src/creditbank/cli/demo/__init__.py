"""The demonstration: the whole journey on one machine, played with sample people and left as files.

Nothing here is faked: it calls the services that the API calls, over the embedded database and chain, and what it
writes is what a person would receive.
"""

from creditbank.cli.demo.journey import run_demo

__all__ = ["run_demo"]
