"""`python -m gateway`: the `gateway` command."""

from gateway.cli.root import main

if __name__ == "__main__":
    main()
