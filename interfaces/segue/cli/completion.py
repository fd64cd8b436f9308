"""`segue completion`: what makes the shell complete commands, options and the names of sessions."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from segue.cli.console import Failed

_FILES = {
    "bash": "~/.local/share/bash-completion/completions/segue",
    "zsh": "a folder of your $fpath, as _segue",
    "fish": "~/.config/fish/completions/segue.fish",
}


@click.command()
@click.argument("shell", required=False, type=click.Choice(sorted(_FILES)))
@click.pass_context
def completion(ctx: click.Context, shell: str | None) -> None:
    """Print the completion script of a shell, by default of yours: bash (4.4 or later), zsh or fish.

    \b
    bash:  segue completion bash > ~/.local/share/bash-completion/completions/segue
    zsh:   segue completion zsh > ~/.zfunc/_segue      (a folder of your $fpath)
    fish:  segue completion fish > ~/.config/fish/completions/segue.fish
    """
    name = shell or Path(os.environ.get("SHELL", "")).name
    kind = get_completion_class(name)
    if kind is None:
        raise Failed(f"which shell is it for? Say: segue completion {'|'.join(_FILES)}")
    click.echo(kind(ctx.find_root().command, {}, "segue", "_SEGUE_COMPLETE").source())
