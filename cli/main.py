"""`goodstanding ...`: the command line of the service.

Exit status: 0 done, 1 refused or problems found, 2 not understood. With `--json` stdout holds one JSON value
and nothing else; errors are on stderr, `CODE: message` and what to do about it.
"""

import sys

import typer

from cli import about, accounts, api_keys, bulk, effects, keys, ledger, policies, provider, services
from cli.output import FOUND_PROBLEMS
from goodstanding.errors import GoodstandingError
from worker.complaints import complain
from worker.logs import get_logger, set_up_logs

app = typer.Typer(
    name="goodstanding",
    help="Durable account standing: run the service, and look after it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_log = get_logger(__name__)

_RUNNING = "Run the service"
_LOOKING = "Look after it"

for command in (services.up, services.worker, services.api, services.codec):
    app.command(rich_help_panel=_RUNNING)(command)
for command in (ledger.rebuild, about.errors, about.settings, about.version):
    app.command(rich_help_panel=_LOOKING)(command)
for name, group in (
    ("account", accounts.app),
    ("audit", ledger.audit),
    ("bulk", bulk.app),
    ("db", ledger.db),
    ("effects", effects.app),
    ("api-key", api_keys.app),
    ("keys", keys.app),
    ("policy", policies.app),
    ("provider", provider.app),
):
    app.add_typer(group, name=name, rich_help_panel=_LOOKING)


def main() -> None:
    """Run the command that the arguments name, and leave with its exit status."""
    # on stderr, whatever happens: stdout is for what was asked for
    set_up_logs("console", "warning")
    try:
        app()
    except GoodstandingError as error:
        complain(error)
        sys.exit(FOUND_PROBLEMS)
    except Exception:  # noqa: BLE001 - it ends here
        # as a log, which leaves out what a bare traceback would repeat, a statement's parameters say
        _log.exception("failed")
        sys.exit(FOUND_PROBLEMS)
