from __future__ import annotations

import sys
from subprocess import run
from urllib.parse import unquote

import pytest

from segue import routes
from segue.routes import path

PATHS = {name: value for name, value in vars(routes).items() if name.isupper() and str(value).startswith("/")}


def test_no_path_has_two_names() -> None:
    assert len(set(PATHS.values())) == len(PATHS)


@pytest.mark.parametrize("value", ["a/b", "..", "a?b#c", "a b", "ü", "%2F", "{x}", "\x00", "🦆", "#general"])
def test_a_parameter_is_quoted_whole(value: str) -> None:
    filled = path(routes.BINDING, interface="irc", place=value)
    *_, last = filled.split("/")
    assert unquote(last) == value
    assert filled.count("/") == routes.BINDING.count("/")
    assert filled.isascii()
    assert not set(filled) & set("?# ")


def test_a_parameter_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        path(routes.BINDING, interface="irc")


def test_paths_cost_nothing_to_import() -> None:
    code = "import sys, segue.routes, segue.errors; print('pydantic' in sys.modules, 'aiohttp' in sys.modules)"
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
