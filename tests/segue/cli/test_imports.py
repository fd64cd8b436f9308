from __future__ import annotations

import json
from pathlib import Path

from segue.client import Client
from tests.segue.cli.conftest import Segue
from tests.segued.imports.files import channel, discord_message, talk


def write(path: Path, content: object) -> str:
    path.write_text(json.dumps(content))
    return str(path)


def test_a_file_is_brought_in_and_told_of(segue: Segue, tmp_path: Path, title: str) -> None:
    join = discord_message(2, "Joined", type="GuildMemberJoin")
    file = write(tmp_path / "a.json", channel(discord_message(1), join, channel={"id": title, "name": title}))
    done = segue("import", file)
    assert (done.returncode, done.stdout) == (0, "")
    first, session, left_out = done.stderr.splitlines()
    assert first == "1 message brought into 1 session (discord)"
    assert session.endswith(f"1 message  #{title} (Guild)")
    assert left_out == f"1 left out: a notice of Discord (GuildMemberJoin) (#{title}, message 2)"
    again = json.loads(segue("import", file, "--json").stdout)
    assert (again["messages"], again["known"]) == (0, 1)


def test_options_say_where_it_goes(segue: Segue, tmp_path: Path, title: str) -> None:
    file = write(tmp_path / "a.json", [talk(2, 901)])
    dry = segue("import", file, "--dry-run", "--title", title)
    assert dry.stderr.startswith("2 messages would be brought into 1 session (chatgpt)\n  new  2 messages")
    assert segue("import", file, "--title", title, "--project", "p").returncode == 0
    made = json.loads(segue("sessions", "show", title, "--json").stdout)
    assert (made["project_id"], made["message_count"]) == ("p", 2)
    into = write(tmp_path / "b.json", [talk(3, 902)])
    assert segue("import", into, "--session", title).returncode == 0
    assert json.loads(segue("sessions", "show", title, "--json").stdout)["message_count"] == 5


def test_what_cannot_be_read_is_a_sentence(segue: Segue, tmp_path: Path) -> None:
    done = segue("import", str(tmp_path / "nothing"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot read" in done.stderr
    file = write(tmp_path / "a.json", {"key": "value"})
    done = segue("import", file, "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("segue: this is JSON, but no format that can be read")
    assert segue("import", file, "--format", "email").returncode == 2


def test_a_folder_with_nothing_for_it_is_refused(segue: Segue, tmp_path: Path) -> None:
    (tmp_path / "#plans.2026-01-31.log").write_text("10:00 <ada> hi\n")
    for option in ((), ("--json",), ("--dry-run",)):
        done = segue("import", str(tmp_path), *option)
        assert (done.returncode, done.stdout) == (1, "")
        assert "`segue export --all` writes" in done.stderr
    write(tmp_path / "segue-export.json", {"format": "segue-export/1", "sessions": 0, "projects": 0})
    assert segue("import", str(tmp_path)).stderr == "0 messages brought into 0 sessions\n"  # all of an empty home


def test_logs_of_two_channels_that_begin_alike_are_two_sessions(segue: Segue, tmp_path: Path, title: str) -> None:
    reports = []
    for name in ("work", "club", "work"):
        file = tmp_path / f"#{title}-{name}.2026-05-04.log"
        file.write_text("[10:00:00] <ada> good morning\n[10:00:01] <ben> hello\n")
        reports.append(json.loads(segue("import", str(file), "--json").stdout))
    assert [(r["messages"], r["known"]) for r in reports] == [(2, 0), (2, 0), (0, 2)]
    work, club, again = (r["sessions"][0]["id"] for r in reports)
    assert work == again != club


async def test_what_is_taken_out_can_be_brought_in(segue: Segue, client: Client, title: str, tmp_path: Path) -> None:
    session = await client.create_session(title=title, reply="never")
    await client.post(session.id, "hi", sender="ada")
    file = str(tmp_path / "talk.json")
    assert segue("export", session.id, "-o", file).returncode == 0
    skipped = segue("import", file)
    assert "0 messages brought into 0 sessions" in skipped.stderr
    assert "--again" in skipped.stderr
    report = json.loads(segue("import", file, "--again", "--json").stdout)
    assert report["sessions"][0] | {"id": ""} == {
        "id": "",
        "title": title,
        "created": True,
        "messages": 1,
        "context": 0,
        "known": 0,
    }


async def test_a_session_is_copied(segue: Segue, client: Client, title: str) -> None:
    session = await client.create_session(title=title, reply="never")
    first = await client.post(session.id, "one")
    await client.post(session.id, "two")
    done = segue("sessions", "fork", title, "--upto", str(first.seq), "--title", f"{title} anew")
    assert done.returncode == 0
    assert done.stderr.startswith(f"1 message copied: {title} anew (")
    shown = segue("sessions", "show", f"{title} anew")
    assert f"forked from {title} (" in shown.stderr
    assert json.loads(segue("sessions", "fork", session.id, "--json").stdout)["message_count"] == 2
