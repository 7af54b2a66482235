from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from retrieval.collect import collect
from retrieval.errors import RequestError
from retrieval.opt_out import OptOut
from retrieval.sources.folder import FolderSource
from retrieval.store import read_corpus, read_repositories


def run(tmp_path: Path, folder: Path, **options: Any) -> dict[str, Any]:
    return collect(FolderSource([folder], **options), tmp_path / "corpus", opt_out=OptOut([]))


def test_files_of_a_folder_are_collected_and_links_and_pipes_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "sub").mkdir(parents=True)
    (folder / ".venv").mkdir()
    (folder / "a.py").write_text("import manim\n")
    (folder / "sub" / "b.ipynb").write_text('{"cells": [{"source": ["%%manim A"]}]}')
    (folder / ".venv" / "c.py").write_text("import manim\n")
    (folder / "nul.py").write_bytes(b"import manim\0")
    with (folder / "huge.py").open("wb") as file:
        file.truncate(50 * 2**20)
    (tmp_path / "secret.py").write_text("import manim\n")
    (folder / "link.py").symlink_to(tmp_path / "secret.py")
    (folder / "up").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.py")
    (folder / "name\udcff.py").write_text("import manim\n")
    (folder / "COPYING").write_text("GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007\n")
    summary = run(tmp_path, folder)
    assert [file.path for file in read_corpus(tmp_path / "corpus")] == ["a.py", "sub/b.ipynb"]
    assert summary["skipped_files"] == {"link": 2, "null_bytes": 1, "special_file": 1, "too_large": 1, "unsafe_path": 1}
    [row] = read_repositories(tmp_path / "corpus")
    assert (row.licence, row.url) == ("GPL-3.0-only", folder.as_uri()) and len(row.revision) == 16
    assert run(tmp_path, folder)["repositories"] == {"unchanged": 1}
    (folder / "a.py").write_text("import manim  # changed\n")
    assert run(tmp_path, folder)["repositories"] == {"collected": 1}
    assert run(tmp_path, folder, licence="MIT")["repositories"] == {"unchanged": 1}


def test_a_folder_that_is_not_there_or_goes_away_is_told(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="is not a folder"):
        FolderSource([tmp_path / "nowhere"])
    gone = tmp_path / "gone"
    gone.mkdir()
    source = FolderSource([gone])
    gone.rmdir()
    assert collect(source, tmp_path / "corpus", opt_out=())["reasons"] == {"unreadable": 1}


def test_two_python_files_and_circular_imports_are_kept_as_they_are(tmp_path: Path) -> None:
    """Collecting reads bytes: what is not Python of today is for the next step to count."""
    folder = tmp_path / "mine"
    folder.mkdir()
    sources = {
        "old.py": b"print 'manim'\n",
        "a.py": b"import b\n",
        "b.py": b"import a\n",
        "broken.py": b"def (:\n",
        "latin.py": b"# \xe9\n",
    }
    for name, content in sources.items():
        (folder / name).write_bytes(content)
    run(tmp_path, folder)
    assert {file.path: file.content for file in read_corpus(tmp_path / "corpus")} == sources
