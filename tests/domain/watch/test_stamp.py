from __future__ import annotations

from envctl.domain.watch.stamp import RACY, Kind, Stamp

LATER = 10 * RACY


def file(**other: int) -> Stamp:
    return Stamp(Kind.FILE, **{"mode": 0o644, "size": 3, "seen": LATER, **other})


def test_the_same_is_the_same() -> None:
    assert file().same_as(file())


def test_any_difference_counts() -> None:
    for name in ("mode", "size", "modified", "changed", "inode"):
        assert not file(**{name: 7}).same_as(file()), name
    assert not file().same_as(Stamp(Kind.LINK, 0o644, 3, seen=LATER))


def test_what_had_just_changed_may_have_changed_again() -> None:
    just = file(changed=LATER - RACY)
    assert not just.same_as(just)


def test_a_folder_is_its_mode_and_inode() -> None:
    assert Stamp(Kind.FOLDER, 0o755, modified=1).same_as(Stamp(Kind.FOLDER, 0o755, modified=2))
    assert not Stamp(Kind.FOLDER, 0o755).same_as(Stamp(Kind.FOLDER, 0o700))
    assert not Stamp(Kind.FOLDER, 0o755, inode=1).same_as(Stamp(Kind.FOLDER, 0o755, inode=2))
