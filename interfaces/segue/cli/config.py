"""`segue config`: the settings in force, as the daemon understands them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import click

from segue.program import PYTHON


@click.command()
@click.option("--config", "file", type=click.Path(path_type=Path), help="This settings file instead of the usual one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.pass_context
def config(ctx: click.Context, file: Path | None, as_json: bool) -> None:
    """Print the effective settings, secrets hidden; or everything that is wrong with them."""
    command = [*PYTHON, "segued", "config"]
    if file:
        command += ["--config", str(file)]
    if as_json:
        command += ["--json"]
    ctx.exit(subprocess.run(command, check=False).returncode)
