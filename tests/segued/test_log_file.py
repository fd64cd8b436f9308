from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from segued.errors import LogUnusable
from segued.log_file import LogFile

WRITER = """
import logging, os, sys
from pathlib import Path
from segued.log_file import LogFile
file = Path(sys.argv[1])
logging.basicConfig(level="INFO", handlers=[LogFile(file, 2000, 2)])
for number in range(200):
    logging.info("line %d of many", number)
print("said by a library", file=sys.stderr, flush=True)
file.rename(file.with_suffix(".moved"))
logging.info("begun anew")
raise RuntimeError("nobody caught this")
"""


def test_it_is_limited_in_size_takes_standard_error_and_survives_being_moved(tmp_path: Path) -> None:
    file = tmp_path / "made" / "segued.log"
    done = subprocess.run([sys.executable, "-c", WRITER, str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    written = sorted(file.parent.iterdir())
    assert [path.name for path in written] == ["segued.log", "segued.log.1", "segued.log.2", "segued.moved"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in written)
    assert all(path.stat().st_size <= 2000 for path in written[1:3])
    assert file.read_text().startswith("INFO:root:begun anew\n")
    assert "RuntimeError: nobody caught this" in file.read_text()
    assert file.with_suffix(".moved").read_text().endswith("said by a library\n")


def test_a_file_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    before = (os.fstat(2), logging.root.handlers[:])
    with pytest.raises(LogUnusable, match="cannot be written: "):
        LogFile(tmp_path / "file" / "segued.log", 1024, 1)
    assert (os.fstat(2), logging.root.handlers) == before
