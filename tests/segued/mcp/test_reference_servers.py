"""The reference servers of the protocol, as processes: those from PyPI always, those from npm where node is there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from segued.config import McpServerSettings
from tests.segued.mcp.pools import open_pool, text

_NPM = ("@modelcontextprotocol/server-everything", "@modelcontextprotocol/server-filesystem")


@pytest.fixture(scope="module")
def node_servers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the commands of the servers from npm."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm here")
    folder = tmp_path_factory.mktemp("npm")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *_NPM]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=90)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as exc:
        pytest.skip(f"npm cannot install the servers here: {exc}")
    return folder / "node_modules" / ".bin"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path / "repository")], check=True)
    return tmp_path / "repository"


async def test_git_is_asked_about_a_repository(tmp_path: Path, repository: Path) -> None:
    command = str(Path(sys.executable).with_name("mcp-server-git"))
    server = McpServerSettings(command=command, args=("--repository", str(repository)), approve="writes")
    async with open_pool(tmp_path, git=server) as pool:
        assert "No commits yet" in text(await pool.call("git", "git_status", {"repo_path": str(repository)}))
        tools = {tool.name: tool for tool in (await pool.tools(["git"])).tools}
        assert (tools["git_status"].asks, tools["git_commit"].asks) == (False, True)


@pytest.mark.timeout(180)
async def test_everything_and_the_file_system_from_npm_answer(tmp_path: Path, node_servers: Path) -> None:
    (tmp_path / "shared").mkdir()
    servers = {
        "everything": McpServerSettings(command=str(node_servers / "mcp-server-everything")),
        "files": McpServerSettings(
            command=str(node_servers / "mcp-server-filesystem"), args=(str(tmp_path / "shared"),), approve="writes"
        ),
    }
    async with open_pool(tmp_path, **servers) as pool:
        assert "Echo: hi" in text(await pool.call("everything", "echo", {"message": "hi"}))
        where = str(tmp_path / "shared" / "note.txt")
        await pool.call("files", "write_file", {"path": where, "content": "kept"})
        assert "kept" in text(await pool.call("files", "read_text_file", {"path": where}))
        outside = await pool.call("files", "read_text_file", {"path": "/etc/passwd"})
        assert outside["isError"]
        tools = {tool.name: tool for tool in (await pool.tools(["files"])).tools}
        assert (tools["read_text_file"].asks, tools["write_file"].asks) == (False, True)
