"""What runs inside the edge's container, beside a HAProxy that is played."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from envctl.adapters.edge import scripts

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not shutil.which("perl"), reason="perl is in the image; not on this host"),
]


def test_what_haproxy_leaves_unanswered_while_it_starts_is_asked_again(tmp_path: Path) -> None:
    asked: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX) as master:
        master.bind(str(tmp_path / "master"))
        master.listen()

        def answer() -> None:
            asked.extend(master.accept()[0] for _ in range(2))
            asked[1].recv(100)
            asked[1].sendall(b"Name: HAProxy\ndescription: 3f2a9c11\n")
            asked[1].close()

        played = threading.Thread(target=answer, daemon=True)
        played.start()
        script = scripts.ANSWERING.replace(scripts.MASTER, str(tmp_path / "master"))
        ended = subprocess.run(["perl", "-e", script], timeout=60, check=False)
    assert ended.returncode == 0
    assert len(asked) == 2
    asked[0].close()
