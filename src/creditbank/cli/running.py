"""From arguments to an exit code: the frame around every command."""

import sys

import typer

from creditbank.cli.commands import root
from creditbank.cli.failures import USAGE, Usage, of_accident, of_system, tell, trace
from creditbank.cli.terminal import Terminal, leave_quietly
from creditbank.errors import CreditBankError


def run_command(arguments: list[str]) -> int:
    """Run one command; whatever happens, say it in a sentence and return its exit code."""
    terminal = Terminal(json_output="--json" in arguments)
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
    except CreditBankError as error:
        return tell(error, terminal)
    except BrokenPipeError:
        leave_quietly()
    except OSError as error:
        trace()
        return tell(of_system(error), terminal)
    except Exception as error:
        trace()
        return tell(of_accident(error), terminal)
    return code


def _dispatch(arguments: list[str]) -> int:
    try:
        result = root().main(args=arguments, prog_name="creditbank", standalone_mode=False)
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help of what was called
            sys.stderr.write(f"{error.format_message()}\n")
            return USAGE
        raise _usage(error) from None
    except typer.Abort:
        return 130
    return result if isinstance(result, int) else 0


def _usage(error: typer.TyperException) -> Usage:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "creditbank"
    sentence = " ".join(error.format_message().replace("Value error, ", "").split())
    return Usage(sentence, next_step=f"See `{path} --help`.")
