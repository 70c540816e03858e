from __future__ import annotations

from envctl.domain.observed import Mount
from envctl.domain.service import Dependency, Service
from tests.workflows.watching import Watched, rule


def test_a_save_is_in_the_container_and_is_told() -> None:
    watched = Watched([rule("sync")]).begin()
    watched.engine.run_container("c1")
    watched.disk.save("/p/src/a", "one")
    assert watched.settle() == ["c1: put /srv/a"]
    assert watched.said.lines == ["synced api: /srv/a"]


def test_the_same_content_is_not_sent_twice() -> None:
    watched = Watched([rule("sync+restart")]).begin()
    watched.engine.run_container("c1")
    watched.disk.save("/p/src/a", "one")
    assert watched.settle() == ["c1: put /srv/a", "c1: restart"]
    watched.disk.seen.pop("/p/src/a")  # as if a look had found it another
    watched.disk.save("/p/src/a", "one")
    assert watched.settle() == []


def test_several_saves_go_in_one_stream_to_every_container_of_the_service() -> None:
    watched = Watched([rule("sync")]).begin()
    for key in ("c1", "c2", "c3"):
        watched.engine.run_container(key)
    watched.disk.save("/p/src/a", "one")
    watched.disk.save("/p/src/b", "two")
    watched.settle()
    assert all(f == {"/srv/a": "one", "/srv/b": "two"} for f in watched.engine.files.values())


def test_a_container_that_comes_later_gets_all_that_changed_and_restarts_only_if_it_differs() -> (
    None
):
    watched = Watched([rule("sync+restart")]).begin()
    watched.engine.run_container("c1", files={"/srv/old": "x", "/srv/gone": "x"})
    watched.disk.save("/p/src/gone", "x")
    watched.settle()
    watched.disk.save("/p/src/a", "one")
    watched.disk.delete("/p/src/gone")
    watched.settle()
    watched.engine.remove_container("c1")
    watched.engine.run_container("c2", files={"/srv/old": "x", "/srv/gone": "x"})
    assert watched.settle() == ["c2: remove /srv/gone", "c2: put /srv/a", "c2: restart"]
    watched.engine.remove_container("c2")
    watched.engine.run_container("c3", files={"/srv/old": "x", "/srv/a": "one"})
    assert watched.settle() == []


def test_what_a_new_container_has_anyway_is_left_alone() -> None:
    watched = Watched([rule("sync")])
    watched.disk.files["/p/src/old"] = "here"
    watched.begin()
    watched.engine.run_container("c1", files={"/srv/old": "of the image"})
    assert watched.settle() == []


def test_initial_sync_brings_everything_that_differs() -> None:
    watched = Watched([rule("sync", initial=True)])
    watched.disk.files |= {"/p/src/a": "one", "/p/src/b": "two"}
    watched.begin()
    watched.engine.run_container("c1", files={"/srv/a": "one", "/srv/b": "old"})
    assert watched.settle() == ["c1: put /srv/b"]


def test_edits_wait_for_an_engine_that_is_away_and_that_is_told_once() -> None:
    watched = Watched([rule("sync")]).begin()
    watched.engine.run_container("c1")
    watched.settle()
    watched.engine.away = True
    watched.disk.save("/p/src/a", "one")
    watched.settle()
    watched.disk.save("/p/src/b", "two")
    watched.settle()
    assert watched.engine.files["c1"] == {}
    watched.engine.away = False
    watched.engine.news()
    watched.settle()
    assert watched.engine.files["c1"] == {"/srv/a": "one", "/srv/b": "two"}


def test_what_is_undone_before_an_answer_has_come_is_undone_in_the_container() -> None:
    watched = Watched([rule("sync")])
    watched.engine.run_container("c1")
    watched.begin()
    for path in ("/p/src/a", "/p/src/d/b"):
        watched.disk.save(path, "one")
    watched.settle()
    watched.engine.mute = True
    watched.disk.save("/p/src/a", "two")
    watched.disk.delete("/p/src/d")
    watched.settle()
    assert watched.engine.files["c1"] == {"/srv/a": "two"}
    for path in ("/p/src/a", "/p/src/d/b"):
        watched.disk.save(path, "one")
    watched.engine.mute = False
    watched.settle()
    assert watched.engine.files["c1"] == {"/srv/a": "one", "/srv/d": "/", "/srv/d/b": "one"}


def test_what_the_engine_refuses_is_told_once_and_tried_again() -> None:
    watched = Watched([rule("sync")]).begin()
    watched.engine.run_container("c1")
    watched.settle()
    watched.engine.refusing = "no space left on device"
    watched.disk.save("/p/src/a", "one")
    watched.settle()
    assert watched.said.lines == ["trouble shop-c1: no space left on device; it is tried again"]
    watched.engine.refusing = ""
    watched.settle()
    assert watched.engine.files["c1"] == {"/srv/a": "one"}


def test_a_container_that_somebody_restarts_is_compared() -> None:
    watched = Watched([rule("sync")]).begin()
    watched.engine.run_container("c1")
    watched.disk.save("/p/src/a", "one")
    watched.settle()
    watched.engine.files["c1"]["/srv/a"] = "of the entrypoint"
    watched.engine.set_state("c1", "running")
    assert watched.settle() == ["c1: put /srv/a"]


def test_a_restart_of_our_own_is_no_reason_to_compare() -> None:
    watched = Watched([rule("sync+restart")]).begin()
    watched.engine.run_container("c1")
    watched.disk.save("/p/src/a", "one")
    watched.settle()
    watched.engine.files["c1"]["/srv/a"] = "of the entrypoint"
    watched.engine.news()
    assert watched.settle() == []


def test_a_stopped_container_has_the_edit_but_is_not_started() -> None:
    watched = Watched([rule("sync+restart"), rule("sync+exec")]).begin()
    watched.engine.run_container("c1")
    watched.engine.set_state("c1", "exited")
    watched.disk.save("/p/src/a", "one")
    assert watched.settle() == ["c1: put /srv/a"]


def test_a_container_that_has_crashed_gets_the_edit_and_another_try() -> None:
    watched = Watched([rule("sync+restart")]).begin()
    watched.engine.run_container("c1")
    watched.engine.set_state("c1", "exited", exit_code=1)
    watched.disk.save("/p/src/a", "mended")
    assert watched.settle() == ["c1: put /srv/a", "c1: restart"]


def test_hooks_run_after_the_files_are_there_and_a_failing_one_is_told() -> None:
    watched = Watched([rule("sync+exec")]).begin()
    watched.engine.run_container("c1")
    watched.engine.codes["make"] = 2
    watched.disk.save("/p/src/a", "one")
    assert watched.settle() == ["c1: put /srv/a", "c1: run make"]
    assert watched.said.lines[-1] == "trouble api: make ended with exit code 2: last words"


def test_a_folder_that_goes_leaves_what_the_rule_leaves_out() -> None:
    watched = Watched([rule("sync", ignore=("**/node_modules",))]).begin()
    watched.disk.save("/p/src/d/a", "one")
    watched.engine.run_container(
        "c1", files={"/srv/d": "/", "/srv/d/node_modules": "/", "/srv/d/node_modules/x": "x"}
    )
    watched.settle()
    watched.disk.delete("/p/src/d")
    watched.settle()
    assert set(watched.engine.files["c1"]) == {
        "/srv/d", "/srv/d/node_modules", "/srv/d/node_modules/x",
    }  # fmt: skip


def test_a_folder_of_a_container_s_own_is_never_replaced_by_a_file() -> None:
    watched = Watched([rule("sync")]).begin()
    watched.engine.run_container("c1", files={"/srv/d": "/", "/srv/d/x": "x"})
    watched.disk.save("/p/src/d", "a file now")
    watched.disk.save("/p/src/other", "goes on")
    watched.settle()
    assert watched.engine.files["c1"] == {
        "/srv/d": "/", "/srv/d/x": "x", "/srv/other": "goes on",
    }  # fmt: skip
    assert "/srv/d is a folder in the container" in watched.said.lines[-1]


def test_an_empty_folder_makes_room() -> None:
    watched = Watched([rule("sync")]).begin()
    watched.engine.run_container("c1", files={"/srv/d": "/"})
    watched.disk.save("/p/src/d", "a file now")
    watched.settle()
    assert watched.engine.files["c1"] == {"/srv/d": "a file now"}


def test_a_removed_file_never_takes_a_folder_of_the_container_along() -> None:
    watched = Watched([rule("sync", path="/p/app.conf")])
    watched.disk.files["/p/app.conf"] = "text"
    watched.begin()
    watched.engine.run_container("c1", files={"/srv": "/", "/srv/data": "precious"})
    watched.disk.delete("/p/app.conf")
    watched.settle()
    assert watched.engine.files["c1"] == {"/srv": "/", "/srv/data": "precious"}


def test_a_removed_folder_leaves_what_never_came_from_here() -> None:
    watched = Watched([rule("sync")])
    watched.disk.files |= {"/p/src/etc": "/", "/p/src/etc/ours": "x"}
    watched.begin()
    there = {"/srv/etc": "/", "/srv/etc/ours": "x", "/srv/etc/theirs": "y"}
    watched.engine.run_container("c1", files=there)
    watched.disk.delete("/p/src/etc")
    watched.settle()
    assert watched.engine.files["c1"] == {"/srv/etc": "/", "/srv/etc/theirs": "y"}


def test_a_folder_goes_whose_files_went_just_before() -> None:
    watched = Watched([rule("sync")])
    watched.disk.files |= {"/p/src/d": "/", "/p/src/d/a": "x", "/p/src/d/b": "x"}
    watched.begin()
    watched.engine.run_container("c1", files={"/srv/d": "/", "/srv/d/a": "x", "/srv/d/b": "x"})
    watched.watch.step(watched.clock.now)
    for name in ("d/a", "d"):
        watched.disk.delete(f"/p/src/{name}")
        watched.watch.step(watched.clock.now)
        watched.clock.now += 0.01
        watched.watch.step(watched.clock.now)
    watched.settle()
    assert watched.engine.files["c1"] == {}


def test_what_is_mounted_is_neither_written_nor_removed() -> None:
    watched = Watched([rule("sync")])
    watched.disk.files |= {"/p/src/data": "/", "/p/src/data/old": "x"}
    watched.begin()
    mounts = (Mount("bind", "/p/src/data", target="/srv/data"), Mount("tmpfs", "", target="/srv/t"))
    watched.engine.run_container(
        "c1", files={"/srv/data": "/", "/srv/data/old": "x"}, mounts=mounts
    )
    watched.disk.save("/p/src/data/new", "text")
    watched.disk.delete("/p/src/data/old")
    watched.disk.save("/p/src/t/x", "text")
    watched.disk.save("/p/src/page", "text")
    assert watched.settle() == ["c1: put /srv/page"]
    said = [line for line in watched.said.lines if line.startswith("trouble")]
    assert len(said) == 2
    assert "/srv/data is mounted from /p/src/data; it is not synced" in said[0]


def test_a_file_that_a_rule_names_never_replaces_a_folder() -> None:
    watched = Watched([rule("sync", path="/p/app.conf")]).begin()
    watched.engine.run_container("c1", files={"/srv": "/", "/srv/x": "x"})
    watched.disk.save("/p/app.conf", "a file")
    watched.settle()
    assert watched.engine.files["c1"] == {"/srv": "/", "/srv/x": "x"}
    assert "let the target of the rule end with a slash: /srv/" in watched.said.lines[-1]


def test_lost_events_and_a_sleeping_machine_are_made_up_for() -> None:
    watched = Watched([rule("sync")]).begin()
    watched.engine.run_container("c1")
    watched.disk.deaf = True
    watched.disk.save("/p/src/a", "one")
    watched.disk.lost = True
    assert watched.settle() == ["c1: put /srv/a"]
    watched.disk.save("/p/src/a", "two")
    watched.clock.asleep += 3600
    assert watched.settle() == ["c1: put /srv/a"]


def test_folders_that_the_system_does_not_watch_are_looked_at() -> None:
    watched = Watched([rule("sync")]).begin()
    watched.engine.run_container("c1")
    watched.settle()
    watched.disk.deaf, watched.disk.blind_to = True, {"/p/src"}
    watched.disk.save("/p/src/a", "one")
    watched.clock.now += 1
    assert watched.settle() == ["c1: put /srv/a"]
    assert watched.said.lines.count("trouble watch: 1 folders are not watched") == 1


def test_one_rebuild_at_a_time_and_what_is_wanted_meanwhile_is_one_more() -> None:
    watched = Watched([rule("rebuild"), rule("rebuild", "web")]).begin()
    watched.disk.save("/p/src/a", "one")
    watched.settle()
    assert watched.watch.next_rebuild() == ("api", "web")
    for text in ("two", "three"):
        watched.disk.save("/p/src/a", text)
        watched.settle()
    watched.watch.built()
    watched.settle()
    assert watched.watch.next_rebuild() == ("api", "web")
    watched.watch.built()
    watched.settle()
    assert watched.watch.is_idle()


def test_syncs_go_on_while_an_image_is_built() -> None:
    watched = Watched([rule("sync"), rule("rebuild", "web")]).begin()
    watched.engine.run_container("c1")
    watched.disk.save("/p/src/a", "one")
    watched.settle()
    watched.disk.save("/p/src/a", "two")
    assert watched.settle() == ["c1: put /srv/a"]


def test_who_depends_on_a_restarted_service_and_says_so_is_restarted_too() -> None:
    web = Service("web", "web", depends_on=(Dependency("api", restart=True),))
    watched = Watched([rule("sync+restart")], services=(Service("api", "api"), web)).begin()
    watched.engine.run_container("c1")
    watched.engine.run_container("w1", "web")
    watched.disk.save("/p/src/a", "one")
    assert watched.settle() == ["c1: put /srv/a", "c1: restart", "w1: restart"]


def test_an_edited_container_is_remembered_before_it_is_edited() -> None:
    watched = Watched([rule("sync")]).begin()
    watched.engine.run_container("c1")
    watched.settle()
    assert not watched.memory.marks
    watched.engine.refusing = "no"
    watched.disk.save("/p/src/a", "one")
    watched.settle()
    assert watched.memory.marks == {"c1"}


def test_a_file_that_is_gone_before_it_is_read_is_no_trouble() -> None:
    watched = Watched([rule("sync")]).begin()
    watched.engine.run_container("c1")
    watched.disk.save("/p/src/a", "one")
    watched.clock.now += watched.watch.step(watched.clock.now)
    watched.watch.step(watched.clock.now)
    watched.disk.delete("/p/src/a")
    watched.settle()
    assert watched.engine.files["c1"] == {}
    assert not any("trouble" in line for line in watched.said.lines)
