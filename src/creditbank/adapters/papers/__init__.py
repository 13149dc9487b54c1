"""Papers: a record of learning as a PDF that is printed, archived and checked by its link."""

from creditbank.adapters.papers.record import NoSuchFont, paper_printer

__all__ = ["NoSuchFont", "paper_printer"]
