"""The shop on integration and production, each a machine of its own; `make demo-hosts`.

Both machines are played on this one: an engine and an SSH server each, with a network, processes
and mounts of their own. They are gone when this ends.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from tests.e2e.hosts import ROOT, Hosts, hosts_trouble, running_hosts

CLONE = ROOT / "build" / "demo" / "hosts"
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "envctl"), ("EMAIL", "demo@localhost"))
}


def main() -> None:
    """Go the whole way, then show what answers."""
    if trouble := hosts_trouble():
        sys.exit(f"error: {trouble}")
    with tempfile.TemporaryDirectory() as folder, running_hosts(Path(folder)) as hosts:
        _make_project(hosts)
        for words in (
            ("lock",),
            None,
            ("release",),
            ("promote", "integration"),
            ("deploy", "integration"),
            ("promote", "production"),
            ("deploy", "production", "--yes"),
            ("verify", "integration", "production"),
            ("status",),
        ):
            _envctl(hosts, *words) if words else _commit()
        for host, port in ((hosts.one, 8081), (hosts.two, 8082)):
            with urllib.request.urlopen(f"http://{host.address}:{port}/version") as said:
                print(f"{host.target} answers: {said.read().decode()}")


def _make_project(hosts: Hosts) -> None:
    subprocess.run(["rm", "-rf", str(CLONE)], check=True)
    CLONE.parent.mkdir(parents=True, exist_ok=True)
    _run("git", "clone", "--quiet", str(ROOT), str(CLONE), folder=ROOT)
    settings = (CLONE / "envctl.toml").read_text()
    settings = settings.replace('name = "shop"', 'name = "shop-hosts"')
    for stage, host in (("integration", hosts.one), ("production", hosts.two)):
        said = f'[stages.{stage}]\ntarget = "{host.target}"'
        settings = re.sub(re.escape(f"[stages.{stage}]"), said, settings)
    (CLONE / "envctl.toml").write_text(settings)


def _commit() -> None:
    _run("git", "add", "--all", folder=CLONE)
    _run("git", "commit", "--quiet", "--message", "two machines", folder=CLONE)


def _envctl(hosts: Hosts, *words: str) -> None:
    print(f"\n$ envctl {' '.join(words)}", file=sys.stderr, flush=True)
    envctl = ROOT / ".venv" / "bin" / "envctl"
    _run(str(envctl), *words, folder=CLONE, **hosts.environment)


def _run(*words: str, folder: Path, **environment: str) -> None:
    subprocess.run(words, cwd=folder, env={**os.environ, **IDENTITY, **environment}, check=True)


if __name__ == "__main__":
    main()
