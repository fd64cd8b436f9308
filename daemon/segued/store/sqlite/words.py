"""What a text is to the full-text index: its words, folded; and what a person's query asks of it.

Scripts that write without spaces are indexed by pairs of characters, so that any part of a sentence is found, from one
character on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

MARKS = ("⟦", "⟧")
LONGEST_TERM = 256  # characters of a word by whose parts it can be found
LOOKED_AT = 100_000  # characters of a text in which the first hit is looked for

_WORD = re.compile(r"[^\W_]+")
_DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_PIECE = re.compile(f"[{_DENSE}]+|[^{_DENSE}]+")
_IS_DENSE = re.compile(f"[{_DENSE}]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_CODE = "\ue000"  # begins what is no word: in no text is it part of one
_TOKENS = 32  # of a query that are looked for
_ENDINGS = frozenset(("", "s", "es", "ed", "d", "e", "ing", "er", "ers", "ly", "ion", "ions", "y", "ies"))
_SNIPPET = 160  # characters


def fold(text: str) -> str:
    """Return the text without case and accents."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text))).lower()


def words(text: str) -> Iterator[str]:
    """Yield the words of a text, folded; a stretch of a script without spaces is one word."""
    for found in _WORD.finditer(fold(text)):
        word = found.group()
        if word.isascii():
            yield word
        else:
            yield from _PIECE.findall(word)


def is_dense(word: str) -> bool:
    """Tell whether the word is of a script without spaces."""
    return not word.isascii() and _IS_DENSE.match(word) is not None


def pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run))]


def code(kind: str, value: str) -> str:
    """Return the word that stands in the index for where something belongs; rarely, two values share one."""
    return f"{_CODE}{kind}{blake2b(value.encode('utf-8', 'surrogatepass'), digest_size=6).hexdigest()}"


def index_text(text: str, codes: Iterable[str]) -> tuple[str, set[str]]:
    """Return what goes into the index, and the words that can be found by their parts."""
    said = list(codes)
    terms = set()
    for word in words(text):
        if is_dense(word):
            said += pairs(word)
        else:
            said.append(word)
            if len(word) > 2:
                terms.add(word[:LONGEST_TERM])
    return " ".join(said), terms


def tokens_of(query: str) -> list[str]:
    """Return what is looked for: each word once."""
    return list(dict.fromkeys(words(query)))[:_TOKENS]


def asked(token: str) -> str:
    """Return the token as the index is asked for it. It is quoted: what a person types is no query language."""
    if not is_dense(token):
        return f'"{token}"'
    return f'"{token}"*' if len(token) == 1 else f'"{" ".join(pairs(token)[:-1])}"'


def any_of(tokens: Iterable[str]) -> str:
    return f"({' OR '.join(map(asked, tokens))})"


def all_of(parts: Iterable[str]) -> str:
    return " AND ".join(parts)


def says(word: str, token: str) -> bool:
    """Tell whether a folded word is the token, has it as a part, or is another form of it."""
    if token in word:
        return word == token or len(token) > 2 or is_dense(token)
    if word[:3] != token[:3]:
        return False
    same = next((at for at, (a, b) in enumerate(zip(word, token, strict=False)) if a != b), min(len(word), len(token)))
    return same > 2 and word[same:] in _ENDINGS and token[same:] in _ENDINGS


def snippet(text: str, tokens: Sequence[str]) -> str:
    """Return some text around the first hit, with every hit marked."""
    spans = _hits(text[:LOOKED_AT], tokens)
    first = next(spans, (0, 0))
    start = max(0, first[0] - _SNIPPET // 3)
    cut = text[start : start + _SNIPPET]
    marked, done = "", 0
    for begin, end in _hits(cut, tokens):
        marked += f"{cut[done:begin]}{MARKS[0]}{cut[begin:end]}{MARKS[1]}"
        done = end
    return ("…" if start else "") + marked + cut[done:] + ("…" if start + _SNIPPET < len(text) else "")


def _hits(text: str, tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield where in the text a token is said: a whole word, or the very characters of a script without spaces."""
    for found in _WORD.finditer(text):
        for piece in _PIECE.finditer(found.group()):
            word, start = fold(piece.group()), found.start() + piece.start()
            if not is_dense(word):
                if any(says(word, token) for token in tokens):
                    yield start, start + len(piece.group())
            elif dense := [token for token in tokens if is_dense(token)]:
                for part in re.finditer("|".join(map(re.escape, sorted(dense, key=len, reverse=True))), piece.group()):
                    yield start + part.start(), start + part.end()
