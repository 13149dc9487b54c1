"""Measurements of the walking bank: `make bench`."""
