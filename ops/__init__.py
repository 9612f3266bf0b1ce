"""Commands for those who run the product: `python -m ops --help` lists them."""


class CommandError(Exception):
    """What ends a command with exit code 1; its message is the one line that says why."""
