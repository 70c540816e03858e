"""Projects whose images are all there: what it costs to find that nothing has to be built."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.playgrounds import NAME, OURS

BUILD = (*OURS, "build")
BAKE = ("docker", "buildx", "bake", "--progress", "quiet")
CACHED = ("docker", "buildx", "build", "--quiet", "--tag", f"{NAME}-theirs", "s0")
_SERVICE = "  s{number}: {{build: s{number}, image: '{name}-s{number}'}}\n"
_DOCKERFILE = "FROM busybox:1.35\nCOPY . /src\n"
_PER_FOLDER = 100
_MUCH = 1 << 20

# a provenance has the time in it, so that with one the other side exports again each time
os.environ["BUILDX_NO_DEFAULT_ATTESTATIONS"] = "1"


@contextmanager
def built(services: int) -> Iterator[Path]:
    """Yield the folder of a project of as many services, each with an image of its own."""
    with _project(services) as folder:
        for number in range(services):
            (folder / f"s{number}" / "number").write_text(str(number))
        yield from _built(folder, BAKE)


@contextmanager
def context(files: int, size: int) -> Iterator[Path]:
    """Yield the folder of a project with one image, made of `files` files of `size` bytes."""
    with _project(1) as folder:
        for number in range(files):
            below = folder / "s0" / f"d{number // _PER_FOLDER}"
            below.mkdir(exist_ok=True)
            (below / f"f{number}").write_bytes(os.urandom(16) * (size // 16))
        yield from _built(folder, CACHED)


def peak_memory(folder: Path, rounds: int) -> str:
    """Return the most memory that `build` had at once, the median of `rounds`."""
    seen = []
    for _ in range(rounds):
        process = subprocess.Popen(
            BUILD, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seen.append(usage.ru_maxrss / 1024)
    return f"{statistics.median(seen):.0f} MB"


@contextmanager
def _project(services: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = "".join(_SERVICE.format(number=n, name=NAME) for n in range(services))
        (folder / "compose.yaml").write_text(f"services:\n{text}")
        for number in range(services):
            (folder / f"s{number}").mkdir()
            (folder / f"s{number}" / "Dockerfile").write_text(_DOCKERFILE)
        yield folder


def _built(folder: Path, theirs: tuple[str, ...]) -> Iterator[Path]:
    before = _layers()
    try:
        for words in (BUILD, theirs):
            subprocess.run(words, cwd=folder, capture_output=True, check=True)
        yield folder
    finally:
        kept = ("docker", "images", "--filter", f"reference={NAME}*", "--format")
        names = _answer(*kept, "{{.Repository}}:{{.Tag}}").split()
        subprocess.run(["docker", "image", "rm", *names], capture_output=True, check=False)
        for layer in _layers() - before:
            prune = ("docker", "buildx", "prune", "--force", "--filter", f"id={layer}")
            subprocess.run(prune, capture_output=True, check=False)


def _layers() -> set[str]:
    """Return the large things that the builder keeps."""
    lines = _answer("docker", "system", "df", "--verbose", "--format", "{{json .BuildCache}}")
    return {kept["ID"] for kept in json.loads(lines) if _bytes(str(kept["Size"])) > _MUCH}


def _bytes(size: str) -> float:
    units = {"kB": 1e3, "MB": 1e6, "GB": 1e9}
    return float(size.rstrip("kMGB")) * units.get(size[-2:], 1)


def _answer(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
