"""The commands there are. Each module has a `command`, and is imported only when it is used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

COMMANDS: Mapping[str, tuple[str, str]] = {
    "scan": ("scan", "Judge Terraform, a plan, a state or an account."),
    "inspect": ("inspect", "Show what was understood of Terraform: resources, outputs, problems."),
    "rules": ("rules", "List the rules, or those that RULE names."),
    "explain": ("explain", "Say what a rule looks for, why, and how to fix it."),
    "preflight": (
        "preflight",
        "Say which rules the present credentials would leave blind, and what to grant.",
    ),
    "iam-policy": ("iam_policy", "Print the least-privilege IAM policy for reading an account."),
    "init": (
        "init",
        "Write a first auditor.toml from what is found: environments, regions, accounts, states.",
    ),
    "waive": ("waive", "Add a waiver to auditor-waivers.toml: a finding that stays, and why."),
    "version": ("version", "Show the version."),
}
"""Name → (module in `auditor.cli`, what `--help` says of it)."""


class ReaderGone(Exception):  # noqa: N818 - nothing is wrong
    """Who read the output has stopped (`| head`). Not an `OSError`: click would end with 1."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        """As in click, but for a reader that has gone. Raises `ReaderGone`."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as gone:
            raise ReaderGone from gone

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"auditor.cli.{COMMANDS[cmd_name][0]}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As in click, with a guess at what was meant."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from auditor.suggest import did_you_mean

            hint = did_you_mean(args[0], COMMANDS)
            ctx.fail(f"there is no command {args[0]!r}{'; ' + hint if hint else ''}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table, so that `--help` imports no command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def group() -> click.Group:
    """The `auditor` command."""
    made = LazyGroup(
        "auditor",
        help="Infrastructure compliance and drift for Terraform on AWS.\n\n"
        "Exit codes: 0 nothing at or above the threshold, 1 findings, 2 wrong usage or settings, "
        "3 something that was asked for could not be evaluated.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    from auditor import __version__

    return click.version_option(__version__, "--version", "-V", message="auditor %(version)s")(made)
