"""The command line: arguments in, one call, what came out as text or JSON; nothing is decided here.

Commands are modules of this package, imported when they are named. What goes wrong becomes one line on stderr and an
exit code: 2 for what the user can put right, 1 for a bug of ours, 130 for Ctrl-C. Only `continue` and its like import
torch, and only once their arguments make sense.
"""

from __future__ import annotations

import os
import traceback
import warnings
from importlib import import_module
from typing import Any

import click

from gillstory import __version__
from gillstory.cli.failures import failure
from gillstory.cli.options import DEBUG, debug_option

COMMANDS = {  # as typed: the module that holds it as `command`
    "continue": "continue_",
    "index": "index",
    "search": "search",
    "render": "render",
    "illustrate": "illustrate",
    "cast": "cast",
    "redo": "redo",
    "train": "train",
    "eval": "eval",
    "models": "models",
    "doctor": "doctor",
}

# The libraries below us stay quiet and, for all but `models pull`, off the network.
QUIET = {"TRANSFORMERS_VERBOSITY": "error", "DIFFUSERS_VERBOSITY": "error", "TQDM_DISABLE": "1", "HF_HUB_OFFLINE": "1"}


class Commands(click.Group):
    """The commands, imported one at a time, and what becomes of their errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{COMMANDS[cmd_name]}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        for variable, value in QUIET.items():
            os.environ.setdefault(variable, value)
        warnings.filterwarnings("ignore", category=FutureWarning)  # what libraries tell those who program with them
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            raise  # click ends quietly when the reader of a pipe has gone
        except KeyboardInterrupt:
            if ctx.meta.get(DEBUG):
                traceback.print_exc()
            line, code = "stopped; run the same command to go on", 130
        except Exception as error:
            line, code = failure(ctx, error)
        click.echo(line, err=True)
        ctx.exit(code)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gillstory")
@debug_option
def main() -> None:
    """Write the beginning; gillstory continues your story as an illustrated book.

    \b
    Examples:
      gillstory continue story.md --pages 5
      gillstory continue story.md --photos ~/Pictures --open
      gillstory models pull pocket
      gillstory doctor

    Every command explains itself: gillstory continue --help
    """
