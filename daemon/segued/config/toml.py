"""The settings written down again."""

from __future__ import annotations

import json

from pydantic import BaseModel


def as_toml(settings: BaseModel, prefix: str = "") -> str:
    """Return the settings as a TOML file that would give them again."""
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    lines = [f"{name} = {_toml(value)}" for name, value in values.items() if not _is_table(value)]
    text = "\n".join(lines) + "\n" if lines else ""
    for name, value in values.items():
        if isinstance(value, BaseModel):
            text += f"\n[{prefix}{name}]\n{as_toml(value, f'{prefix}{name}.')}"
        elif isinstance(value, dict) and _is_table(value):
            text += "".join(f"\n[{prefix}{name}.{_key(key)}]\n{as_toml(v)}" for key, v in value.items())
    return text


def _is_table(value: object) -> bool:
    return isinstance(value, BaseModel) or (
        isinstance(value, dict) and any(isinstance(v, BaseModel) for v in value.values())
    )


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("-", "_").isidentifier() else _toml(name)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
