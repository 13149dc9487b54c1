"""The doors to the world, one package for each technology; they do not know each other."""
