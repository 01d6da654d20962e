"""The command line: one thin module per command, imported when it runs.

`main` is the process boundary: whatever happens, a person gets a sentence and no traceback, and a
script gets one of the exit codes of `auditor.gate`.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import click

DEBUG = "AUDITOR_DEBUG"
"""Environment variable: set, an internal error shows its traceback."""

INTERRUPTED = 130  # as shells have it: 128 and the signal's number
BROKEN_PIPE = 141


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit code.

    A command makes hundreds of thousands of objects that live until it ends. So the cycle collector
    is off (a quarter of the time on 2,000 resources, measured, for 2 MB less), and at the end
    nothing is taken apart one by one.
    """
    gc.disable()
    _open_closed_streams()
    _never_fail_on_a_character()
    code = run(sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)


def _open_closed_streams() -> None:
    """What is said into a closed stream (`2>&-`) is said to nobody, and is no error."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - to the end


def _never_fail_on_a_character() -> None:
    """Reports for machines are UTF-8; a terminal shows what it cannot as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def run(arguments: list[str]) -> int:
    """Runs the command line; gives the exit code."""
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader has gone (`auditor rules | head`): no one is left to be told. Python would
        # try to flush once more at exit, so the stream is pointed away.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return _internal(error, type(error).__name__)
        print(f"auditor: cannot write the output: {error.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except KeyboardInterrupt:
        print("auditor: interrupted", file=sys.stderr)
        return INTERRUPTED
    except RecursionError as error:
        return _internal(error, "the input is nested too deeply")
    except MemoryError as error:
        return _internal(error, "there is not enough memory")
    except Exception as error:  # the process boundary
        # Not its text: that can quote a value of the configuration, and so a secret.
        return _internal(error, type(error).__name__)


def _invoke(arguments: list[str]) -> int:
    if arguments in (["--version"], ["-V"]):  # nothing needs to be imported for this
        from auditor import __version__

        print(f"auditor {__version__}")
        return 0
    import click

    from auditor.cli.commands import ReaderGone, group

    try:
        code = group().main(arguments, prog_name="auditor", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except ReaderGone as gone:
        raise BrokenPipeError from gone
    except click.Abort as aborted:
        raise KeyboardInterrupt from aborted
    except click.ClickException as wrong:
        _show(wrong)
        return 2
    return code if isinstance(code, int) else 0


def _show(wrong: click.ClickException) -> None:
    import click

    if isinstance(wrong, click.UsageError):
        wrong.show()
    else:
        print(f"auditor: {wrong.format_message()}", file=sys.stderr)


def _internal(error: BaseException, what: str) -> int:
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    print(
        f"auditor: internal error{place}: {what}\n"
        "This is a bug in auditor; do not count on the result. Please report it with the command "
        f"and, if you can, a small configuration that shows it; {DEBUG}=1 shows the details.",
        file=sys.stderr,
    )
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    return 3
