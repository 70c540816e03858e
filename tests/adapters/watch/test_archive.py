from __future__ import annotations

import io
import tarfile

import pytest

from envctl.adapters.watch.archive import packed, unmaker
from envctl.domain.watch.stamp import Kind
from envctl.ports.watch import Content

AT = 1_700_000_000_123_456_789


def read(*files: tuple[str, Content]) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(b"".join(packed(files)))) as archive:
        return archive.getmembers()


def content(
    kind: Kind = Kind.FILE, *, data: bytes = b"", link: str = "", owner: int = 7
) -> Content:
    return Content("/p/x", kind, 0o640, owner, 8, AT, len(data), data, link)


@pytest.mark.parametrize(
    "target",
    ["/srv/a", "/srv/with space\nand line", "/srv/ä", "/srv/\udcff", "/srv/" + "x" * 94,
     "/srv/" + "x" * 95, "/srv/" + "long/" * 60 + "name"],
)  # fmt: skip
@pytest.mark.parametrize("owner", [7, 0o7777777 + 1])
def test_a_file_is_what_any_reader_of_archives_reads(target: str, owner: int) -> None:
    (member,) = read((target, content(data=b"some text", owner=owner)))
    assert member.name == target[1:]
    assert (member.mode, member.uid, member.gid, member.size) == (0o640, owner, 8, 9)
    assert member.isreg()
    assert member.pax_headers["mtime"] == "1700000000.123456789"


def test_folders_and_links_are_what_they_are() -> None:
    folder, link = read(
        ("/srv/d", content(Kind.FOLDER)), ("/srv/l", content(Kind.LINK, link="../x"))
    )
    assert folder.isdir()
    assert link.issym()
    assert link.linkname == "../x"


def test_a_time_before_or_long_after_ours_is_kept() -> None:
    for seconds in (-5, 0, 99_999_999_999):
        file = Content("/p/x", Kind.FILE, 0o644, 0, 0, seconds * 10**9)
        (member,) = read(("/srv/a", file))
        assert float(member.mtime) == seconds


def test_many_files_follow_each_other() -> None:
    files = [(f"/srv/{n}", content(data=b"x" * n)) for n in range(2000)]
    assert [m.size for m in read(*files)] == list(range(2000))


def test_what_unmakes_is_a_link_that_cannot_be_made() -> None:
    with tarfile.open(fileobj=io.BytesIO(unmaker("gone"))) as archive:
        (member,) = archive.getmembers()
    assert member.islnk()
    assert member.name == "gone"
