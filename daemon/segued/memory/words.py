"""What a sentence is about, as far as that can be seen without a model."""

from __future__ import annotations

import re

_WORDS = re.compile(r"\w+(?:['’]\w+)?")
# What every sentence is made of tells nothing of what it is about.
_COMMON_WORDS = """
a about after again all also am an and any are as at be because been before being but by can could did do does doing
done for from get go got had has have he her here him his how i if in into is it it's its just know let like me more my
no not of on one or our out please remember said say she should so some such tell than that the their them then there
these they this those to up us use was we were what when where which who why will with would you your
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def telling(text: str) -> list[str]:
    """Return the words of the text that say what it is about, in order."""
    return [word for word in _WORDS.findall(text) if len(word) > 1 and word.lower() not in _COMMON]
