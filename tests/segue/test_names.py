"""What users may be called."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from segue.models import UserName, likeness

NAMES = TypeAdapter[str](UserName)


@pytest.mark.parametrize(
    ("typed", "kept"), [("  ada ", "ada"), ("\uff41da", "ada"), ("Ada  King", "Ada King"), ("Zoe\u0308 🦆", "Zoë 🦆")]
)
def test_a_name_is_kept_as_people_see_it(typed: str, kept: str) -> None:
    assert NAMES.validate_python(typed) == kept


@pytest.mark.parametrize("name", ["", " ", "\u3000", "a\u200bda", "\u202eada", "\u3164", "a\nb", "a\ufe0f", "a\ue000"])
def test_a_name_has_nothing_that_nobody_sees(name: str) -> None:
    with pytest.raises(ValidationError):
        NAMES.validate_python(name)


def test_names_that_look_the_same_are_alike() -> None:
    assert len({likeness(name) for name in ("Straße", "STRASSE", " strasse", "s\u200btrasse", "\uff53trasse")}) == 1
    assert likeness("ada") != likeness("bob")
