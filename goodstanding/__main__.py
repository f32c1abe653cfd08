"""The script `goodstanding`: hands over to the service's command line."""

import sys
from importlib import import_module
from pathlib import Path


def main() -> None:
    """Runs `cli.main`, or says where it is to be found where only the library is installed."""
    # by path: an environment may hold another package named cli
    if not Path(__file__).parents[1].joinpath("cli", "main.py").exists():
        sys.exit(
            "The command line belongs to the goodstanding service and is not in the library: "
            "run it from the service's checkout or image."
        )
    import_module("cli.main").main()


if __name__ == "__main__":
    main()
