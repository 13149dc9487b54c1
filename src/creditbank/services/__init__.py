"""What happens, in which order, and in which transaction. Knows no database and no chain, only the ports."""
