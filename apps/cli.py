"""``r1``: runs a command and handles its errors. Imports little, since Ctrl-C may come during the other imports."""

import sys

from core.errors import InputError, InvalidRequestError, R1Error, SettingsError


def main() -> None:
    """Runs a command. Exit code 2 means that the input or a setting is at fault, 1 that something else failed."""
    try:
        from .commands.root import app

        app()
    except BaseException as error:
        if not isinstance(error, R1Error):
            stop = _interruption(error)
            if stop is None:
                raise
            print("Stopped.", file=sys.stderr)
            sys.exit(getattr(stop, "code", 130))  # a training also stops cleanly on signals other than Ctrl-C
        from .commands.terminal import stderr

        stderr.print("Error:", style="bold red", end=" ")
        stderr.print(error.message + ".", soft_wrap=True)  # stays on one line in a log
        if error.hint:
            stderr.print(error.hint + ".", soft_wrap=True)
        sys.exit(2 if isinstance(error, InputError | InvalidRequestError | SettingsError) else 1)


def _interruption(error: BaseException | None) -> KeyboardInterrupt | None:
    """The Ctrl-C that caused an error: transformers turns it into an ImportError, typer into the end of a prompt."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error
