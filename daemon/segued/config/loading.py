"""Where the settings come from: defaults < config.toml < environment (`SEGUE_…`, `__` between levels) < flags."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsError, TomlConfigSettingsSource

from segue.paths import folders
from segued.config.settings import Settings
from segued.errors import ConfigError

_NOT_SETTINGS = ("SEGUE_HOME", "SEGUE_URL", "SEGUE_TOKEN")  # for clients, and to find this file


def load(config_file: Path | None = None, flags: dict[str, Any] | None = None) -> Settings:
    """Return the effective settings; raise `ConfigError` naming every problem. A missing default file is no problem."""
    file = config_file or folders().config_file
    if config_file and not config_file.is_file():
        raise ConfigError(f"{config_file}: there is no such settings file")
    if os.path.lexists(file) and not os.path.isfile(file):
        what = "a link that leads to no file" if file.is_symlink() else "no file"
        raise ConfigError(f"{file} is {what}: put the settings there, or move it away to go by the defaults")

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file))

    try:
        return FromFile(**(flags or {}))
    except ValidationError as exc:
        problems = [_problem(".".join(str(part) for part in e["loc"]), e["msg"], e["type"]) for e in exc.errors()]
    except SettingsError as exc:
        problems = [f"environment: {exc}: {exc.__cause__ or 'not readable'}"]
    except tomllib.TOMLDecodeError as exc:
        problems = [f"not TOML: {exc}"]
    except (OSError, UnicodeDecodeError) as exc:
        problems = [f"not readable: {exc}"]
    raise ConfigError("\n".join([f"The settings are wrong ({file}, SEGUE_… variables, flags):", *problems]))


def _problem(key: str, message: str, kind: str) -> str:
    if kind == "extra_forbidden":
        message = "there is no such setting"
    return f"  {key}: {message.removeprefix('Value error, ')}"


def unknown_variables() -> list[str]:
    """Return the SEGUE_… environment variables that set nothing: most likely typing mistakes."""
    fields = {name.upper() for name in Settings.model_fields}
    names = (n for n in os.environ if n.startswith("SEGUE_") and n not in _NOT_SETTINGS)
    return sorted(n for n in names if n.removeprefix("SEGUE_").split("__")[0].upper() not in fields)
