"""`python -m creditbank`: the command line, where no console script is at hand."""

from creditbank.cli import main

if __name__ == "__main__":
    main()
