from __future__ import annotations

from envctl.domain.watch.orders import After, Order, Put, Removal
from envctl.domain.watch.pending import Pending
from envctl.domain.watch.rule import Hook


def put(name: str) -> Put:
    return Put(f"/srv/{name}", f"/p/{name}")


def removal(name: str, *, folder: bool = False) -> Removal:
    return Removal(f"/srv/{name}", f"/p/{name}", folder)


def after(*added: Order) -> str:
    pending = Pending("api")
    for order in added:
        pending.add(order)
    return str(pending.take())


def order(*parts: Put | Removal, then: After | None = None) -> Order:
    puts = tuple(part for part in parts if isinstance(part, Put))
    removals = tuple(part for part in parts if isinstance(part, Removal))
    return Order("api", puts, removals, then or After())


def test_each_target_is_written_once() -> None:
    assert after(order(put("a"), put("b")), order(put("a"))) == "api: put /srv/b\napi: put /srv/a"


def test_what_is_removed_later_is_not_written_before() -> None:
    assert after(order(put("a")), order(removal("a"))) == "api: remove /srv/a"


def test_nothing_is_written_into_a_folder_that_goes_afterwards() -> None:
    made = after(order(put("d/a"), put("d2/a")), order(removal("d", folder=True)))
    assert made == "api: remove /srv/d/\napi: put /srv/d2/a"


def test_a_folder_that_comes_again_loses_what_was_in_it_first() -> None:
    made = after(order(removal("d", folder=True)), order(put("d"), put("d/a")))
    assert made == "api: remove /srv/d/\napi: put /srv/d\napi: put /srv/d/a"


def test_a_folder_stays_one_to_be_removed_as_a_whole_when_a_file_there_went_since() -> None:
    made = after(order(removal("d", folder=True)), order(put("d")), order(removal("d")))
    assert made == "api: remove /srv/d/"


def test_a_folder_that_goes_twice_loses_what_it_had_either_time() -> None:
    pending = Pending("api")
    for name in ("a", "b"):
        pending.add(
            Order("api", (), (Removal("/srv/d", "/p/d", folder=True, inside=frozenset({name})),))
        )
    (joined,) = pending.take().removals
    assert joined.inside == {"a", "b"}


def test_what_follows_is_done_once() -> None:
    then = After((Hook(("make",)),), restart=True)
    assert after(order(then=then), order(then=then)) == "api: run make\napi: restart"


def test_what_failed_comes_before_what_came_meanwhile() -> None:
    pending = Pending("api")
    pending.add(order(removal("a")))
    pending.add_before(order(put("a"), put("b")))
    assert str(pending.take()) == "api: remove /srv/a\napi: put /srv/b"
    assert not pending
