"""Storms: what the bank promises under races, crashes and load, tried with real servers, databases and a real node."""
