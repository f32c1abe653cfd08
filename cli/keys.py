"""The keys of the deployment: files that open what the service closed."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.output import Json, give
from goodstanding.keys import Kind, add_key, export_client_keys, init_keys, load_client_keys
from worker.settings import load_settings

app = typer.Typer(help="The keys of this deployment.", no_args_is_help=True)


@app.command()
def init(*, as_json: Json = False) -> None:
    """Make the keys that are missing; whatever is there stays."""
    directory = load_settings().keys_directory
    before = _names(directory)
    init_keys(directory)
    made = sorted(_names(directory) - before)
    found = {"directory": str(directory), "made": made}

    def shown(out: Console) -> None:
        out.print(f"{directory}: {', '.join(made) if made else 'nothing was missing'}")
        if made:
            out.print("Keep a copy where only you can read it: without them nothing can be opened.")

    give(found, as_json=as_json, shown=shown)


@app.command()
def export(
    target: Annotated[Path, typer.Argument(help="Where to.")], *, as_json: Json = False
) -> None:
    """Copy what a platform's client needs: it can talk and seal, and open no identity."""
    directory = load_settings().keys_directory
    export_client_keys(directory, target)
    found = {"directory": str(target), "keys": sorted(_names(target))}

    def shown(out: Console) -> None:
        out.print(f"{target}: {', '.join(found['keys'])}")

    give(found, as_json=as_json, shown=shown)


@app.command()
def add(
    kind: Annotated[Kind, typer.Argument(help="Which kind of key.")], *, as_json: Json = False
) -> None:
    """Add a newer key, used from the next start on; older ones stay to open what they closed."""
    directory = load_settings().keys_directory
    found: dict[str, Any] = {"kind": kind.value, "key_id": add_key(directory, kind)}

    def shown(out: Console) -> None:
        out.print(f"{kind.value} key {found['key_id']} in {directory}")
        if kind is Kind.CODEC:
            out.print("It has to reach every client and worker before any of them starts again.")

    give(found, as_json=as_json, shown=shown)


@app.command()
def show(*, as_json: Json = False) -> None:
    """The ids of the keys that clients use; no key is ever shown."""
    keys = load_client_keys(load_settings().keys_directory)
    found = {
        "codec": [key.key_id for key in keys.codec],
        "sealing": keys.sealing_key.model_dump(),
    }

    def shown(out: Console) -> None:
        out.print(f"codec: {', '.join(found['codec'])}")
        out.print(f"sealing: {keys.sealing_key.key_id} (public: {keys.sealing_key.public_key})")

    give(found, as_json=as_json, shown=shown)


def _names(directory: Path) -> set[str]:
    return {path.name for path in directory.glob("*-*.*") if not path.name.startswith(".")}
