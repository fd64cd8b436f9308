from __future__ import annotations

from datetime import date

import pytest

from segue.errors import BadRequest, Invalid
from segued.imports import irc
from tests.segued.imports.files import begun, items, left_out, said

WEECHAT = """2024-01-31 12:34:56\t-->\tada (~ada@host) has joined #plans
2024-01-31 12:34:57\t@ada\thi <b>all</b>
2024-01-31 12:35:00\t *\tada waves
2024-01-31 12:35:01\t--\tMode #plans [+o ada] by bob
2024-02-01 00:00:01\tbob\thello\tthere
2024-02-01 00:00:02\t<--\tada has quit (bye)
"""
IRSSI = """--- Log opened Wed Jan 31 12:34:00 2024
12:34 -!- ada [~ada@host] has joined #plans
12:34 <@ada> hi <b>all</b>
12:35  * ada waves
12:35 -!- mode/#plans [+o ada] by bob
--- Day changed Thu Feb 01 2024
00:00 < bob> hello\tthere
00:00 -!- ada [~ada@host] has quit [bye]
--- Log closed Thu Feb 01 00:01:00 2024
"""
ZNC = """[12:34:56] *** Joins: ada (~ada@host)
[12:34:57] <ada> hi <b>all</b>
[12:35:00] * ada waves
[12:35:01] *** bob sets mode: +o ada
[12:36:01] <bob> hello\tthere
[12:36:02] *** Quits: ada (~ada@host) (bye)
"""
HEXCHAT = """**** BEGIN LOGGING AT Wed Jan 31 12:34:56 2024

Jan 31 12:34:56 *\tada (~ada@host) has joined
Jan 31 12:34:57 <ada>\thi <b>all</b>
Jan 31 12:35:00 *\tada waves
Jan 31 12:35:01 *\tbob gives channel operator status to ada
Feb 01 00:00:01 <bob>\thello\tthere
Feb 01 00:00:02 *\tada has quit (bye)
**** ENDING LOGGING AT Thu Feb  1 00:00:02 2024
"""
LOGS = {"weechat": WEECHAT, "irssi": IRSSI, "znc": ZNC, "hexchat": HEXCHAT}


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_each_client_is_understood(log: str) -> None:
    found = items(irc.read, log, "#plans.2024-01-31.log")
    assert [(s.sender, s.text) for s in said(found)] == [
        ("ada", "hi <b>all</b>"),
        ("ada", "_waves_"),
        ("bob", "hello\tthere"),
    ]
    first, _, last = (s.at for s in said(found))
    assert first is not None
    assert last is not None
    assert f"{first.astimezone():%Y-%m-%d %H:%M}" == "2024-01-31 12:34"
    assert f"{last.astimezone():%Y-%m-%d}" == ("2024-01-31" if log is ZNC else "2024-02-01")
    assert left_out(found) == ["who came and went, topics, modes and notices"] * 3
    assert begun(found)[0].title == "#plans.2024-01-31"
    assert irc.looks_like_one(log)


def test_the_same_words_in_the_same_minute_are_two_messages() -> None:
    log = "--- Log opened Wed Jan 31 12:34:00 2024\n" + "12:34 <ada> ok\n" * 2 + "12:35 <ada> ok\n"
    assert len({s.id for s in said(items(irc.read, log))}) == 3
    again = [s.id for s in said(items(irc.read, log + "12:36 <bob> more\n"))]
    assert again[:3] == [s.id for s in said(items(irc.read, log))]


def test_a_minute_that_comes_twice_loses_nothing() -> None:
    log = "02:30 <ada> ok\n02:31 <ben> x\n02:30 <ada> ok\n02:30 <ada> ok\n02:31 <ben> x\n"
    found = said(items(irc.read, log, "2024-10-27.log"))
    assert len({s.id for s in found}) == 5
    assert [s.id for s in found][:3] == [s.id for s in said(items(irc.read, log[:45], "2024-10-27.log"))]


def test_what_is_remembered_of_a_log_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(irc, "_REMEMBERED", 2)
    log = "10:00 <ada> one\n10:00 <ada> two\n10:00 <ada> one\n10:00 <ada> three\n10:00 <ada> one\n"
    assert len({s.id for s in said(items(irc.read, log, "2024-01-31.log"))}) == 5


def origin(name: str, log: str = WEECHAT) -> str:
    return begun(items(irc.read, log, name))[0].origin


def test_logs_of_two_channels_are_two_conversations_whatever_is_said_first() -> None:
    names = ["#work.2024-01-31.log", "#club.2024-01-31.log", "##work.log", "ada.log", "ada_.log", "#room12345678.log"]
    assert len({origin(name) for name in [*names, "#room12345679.log", "2024-01-31.log"]}) == 8
    assert len(origin("#" + "x" * 250, f"2024-01-31 12:34:57\tada\t{'y' * 300}\n")) == 200


@pytest.mark.parametrize(
    "name",
    [
        "#work.log",
        "#Work.weechatlog",
        "#work.2024-01-31.log",
        "#work_20240131.log",
        "2024-01-31 #work.txt",
        "#work.2024-01-31_2024-02-03.log",
        "#work.2024-01-31 (1).log",
        "#work.log.1",
        "#work.log-20240131",
    ],
)
def test_a_log_is_known_by_its_channel_whatever_day_and_suffix_its_name_has(name: str) -> None:
    assert origin(name) == origin("#work")
    assert origin(name, WEECHAT + "2024-02-03 10:00:00\tbob\tmore\n") == origin("#work")


@pytest.mark.parametrize("name", ["", ".log", "2024-01-31.log", "20240131.txt"])
def test_a_log_whose_name_says_no_channel_is_known_by_what_is_said_first(name: str) -> None:
    assert origin(name) == "irc/2024-01-31 12:34:57 1 ada hi <b>all</b>"


def test_a_year_that_ends_is_noticed() -> None:
    log = "**** BEGIN LOGGING AT Sun Dec 31 23:59:00 2023\nDec 31 23:59:00 <ada>\tbye\nJan 01 00:01:00 <ada>\thi\n"
    years = [s.at.astimezone().year for s in said(items(irc.read, log)) if s.at]
    assert years == [2023, 2024]


def test_a_log_that_does_not_say_the_day_is_refused() -> None:
    with pytest.raises(Invalid, match="give the file a name"):
        items(irc.read, ZNC, "plans.log")


def test_a_line_that_is_no_utf_8_is_refused_with_its_number() -> None:
    with pytest.raises(BadRequest, match=r"line 2 .*iconv"):
        items(irc.read, b"2024-01-31 12:34:56\tada\thi\n2024-01-31 12:34:57\tada\tgr\xfc\xdfe\n")


def test_lines_that_nobody_knows_are_left_out() -> None:
    log = f"{WEECHAT}  and so on\n{'x' * 200_000}\n2024-02-30 12:00:00\tada\twhen?\n2024-01-31 99:00:00\tada\twhen?\n"
    found = items(irc.read, log)
    assert len(said(found)) == 3
    assert left_out(found)[3:] == [
        "nobody knows this kind of line",
        "it is longer than a message may be",
        "there is no such day or time",
        "there is no such day or time",
    ]


@pytest.mark.parametrize(
    "notice",
    [
        "[18:02:12] *** Joins: x1 (a@b)",
        "18:02 -!- x1 [a@b] has joined #plans",
        "2024-01-31 18:02:12\t-->\tx1 (a@b) has joined #plans",
        "Jan 31 18:02:12 *\tx1 (a@b) has joined",
    ],
)
def test_a_log_may_begin_with_who_came_and_went(notice: str) -> None:
    assert irc.looks_like_one(f"{notice}\n" * 300)


@pytest.mark.parametrize("text", ["Dear Ada,\n\nhow are you?\n", "a,b,c\n1,2,3\n", "# Title\n**** bold\n", ""])
def test_other_texts_are_no_logs(text: str) -> None:
    assert not irc.looks_like_one(text)


def test_digits_in_a_name_that_are_no_day_hide_none() -> None:
    assert irc._day_in("#room-39447021bd98-work.2026-05-04.log") == date(2026, 5, 4)
    assert irc._day_in("#room-39447021.log") is None
