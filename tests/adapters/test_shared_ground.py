from __future__ import annotations

import socket

import pytest

from envctl.adapters.shared_ground import is_bound


@pytest.mark.parametrize(
    ("kind", "protocol"), [(socket.SOCK_STREAM, "tcp"), (socket.SOCK_DGRAM, "udp")]
)
def test_a_port_is_bound_while_a_program_has_it(kind: socket.SocketKind, protocol: str) -> None:
    with socket.socket(socket.AF_INET, kind) as program:
        program.bind(("127.0.0.1", 0))
        if protocol == "tcp":
            program.listen()
        port = program.getsockname()[1]
        assert is_bound(f"{port}/{protocol}")
        assert is_bound(f"127.0.0.1:{port}/{protocol}")
        assert not is_bound(f"127.0.0.2:{port}/{protocol}")
    assert not is_bound(f"{port}/{protocol}")


def test_what_cannot_be_known_counts_as_free() -> None:
    assert not is_bound("203.0.113.1:80/tcp")  # an address of no host
    assert not is_bound("80/sctp")
