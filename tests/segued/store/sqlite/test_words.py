"""What a text is to the full-text index, and what of it is marked."""

from __future__ import annotations

import pytest

from segued.store.sqlite.words import asked, code, fold, index_text, says, snippet, tokens_of


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Café ÜBER", "cafe uber"),
        ("Ελλάδα", "ελλαδα"),
        ("Ⅷ ﬁn", "viii fin"),
        ("が 한국", "が 한국"),
        ("STRASSE", "strasse"),
    ],
)
def test_case_and_accents_do_not_count(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_a_query_is_its_words_each_once_and_not_too_many() -> None:
    assert tokens_of('"Foo_bar" AND (foo* OR x:y') == ["foo", "bar", "and", "or", "x", "y"]
    assert tokens_of("\x00 🦆 ;--") == []
    assert len(tokens_of(" ".join(f"w{n}" for n in range(1000)))) == 32


def test_scripts_without_spaces_are_pairs_of_characters() -> None:
    content, terms = index_text("Python入門 is it", ())
    assert content == "python 入門 門 is it"
    assert terms == {"python"}
    assert [asked(token) for token in tokens_of("今日は 天 go")] == ['"今日 日は"', '"天"*', '"go"']


def test_no_text_can_say_where_it_belongs() -> None:
    here = code("s", "1")
    assert here not in index_text(f"forged {here}", ())[0].split()
    assert code("s", "1") != code("s", "2") != code("p", "2")


@pytest.mark.parametrize(
    ("word", "token"),
    [("sings", "singing"), ("harbour", "harbours"), ("lighthouse", "ghtho"), ("今日は", "日"), ("go", "go")],
)
def test_a_word_says_its_forms_and_parts(word: str, token: str) -> None:
    assert says(word, token)


@pytest.mark.parametrize(
    ("word", "token"), [("then", "the"), ("going", "go"), ("port", "post"), ("a", "ab"), ("", "a")]
)
def test_a_word_does_not_say_others(word: str, token: str) -> None:
    if word == "then":
        assert says(word, token)  # as a part
    else:
        assert not says(word, token)


def test_a_snippet_marks_hits_in_any_form() -> None:
    assert snippet("He SINGS in the Café.", ["singing", "cafe"]) == "He ⟦SINGS⟧ in the ⟦Café⟧."
    assert snippet("今日は天気がいい", ["天気"]) == "今日は⟦天気⟧がいい"
    assert snippet("nothing here", ["else"]) == "nothing here"
    long = snippet("filler " * 100 + "needle " + "filler " * 100, ["needle"])
    assert long.startswith("…")
    assert "⟦needle⟧" in long
    assert long.endswith("…")
