"""The notebooks of the documentation run from beginning to end, in a kernel of their own, and show what they say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.source_tree import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder to put on the path in which the package lies as it does in site-packages: this checkout's."""
    package = tmp_path / "site" / "gilscope"
    package.mkdir(parents=True)
    for path in (
        *(ROOT / "engine" / "gilscope").glob("*.py"),
        *(ROOT / name for name in ("engine", "gui", "resources")),
    ):
        (package / path.name).symlink_to(path)
    return package.parent


@pytest.mark.matrix
@pytest.mark.filterwarnings("ignore")  # of the kernel's own packages
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_runs_as_pages(
    path: Path, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("GILSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=90, kernel_name="python3").execute(cwd=str(tmp_path))
    shown = [out.get("data", {}) for cell in notebook.cells for out in cell.get("outputs", ())]
    assert any("<svg" in data.get("text/html", "") for data in shown)
    assert not any(cell.get("outputs") for cell in nbformat.read(path, as_version=4).cells), (
        "it is kept without outputs"
    )


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS
