from __future__ import annotations

import pytest

from envctl.domain.playground import Checkout, Claim, Owner, as_name, candidates, choose_name

MAIN = Checkout("/src/shop", "/src/shop")


def worktree(name: str, folder: str = "", root: str = "", main: str = "/src/shop") -> Checkout:
    root = root or f"/src/{name}"
    return Checkout(folder or root, root, name, main)


@pytest.mark.parametrize(
    ("base", "checkout", "name"),
    [
        ("shop", MAIN, "shop"),
        ("shop", Checkout("/nowhere/shop"), "shop"),
        # the file, or envctl.toml, says a name: it is the same in every worktree
        ("shop", worktree("feature"), "shop-feature"),
        ("shop", worktree("Feature.X"), "shop-featurex"),
        ("shop", worktree("shop-feature"), "shop-feature"),
        ("shop", worktree("日本"), "shop"),
        # the folder says it, and only this worktree has that folder
        ("feature", worktree("feature"), "feature"),
        ("shop-feature", worktree("shop-feature"), "shop-feature"),
        # the folder says it, and another checkout has one of that name
        ("deploy", worktree("feature", folder="/src/feature/deploy"), "deploy-feature"),
        ("shop", worktree("shop", root="/other/shop"), "shop-shop"),
        ("shop", worktree("shop1", root="/other/shop", main="/src/main"), "shop-shop1"),
    ],
)
def test_the_name_says_which_worktree(base: str, checkout: Checkout, name: str) -> None:
    assert choose_name(base, checkout, nobody, nobody) == name


def test_a_second_clone_gets_a_name_by_its_path() -> None:
    plain, short, _ = candidates("shop", MAIN)
    assert choose_name("shop", MAIN, nobody, owners({plain: Owner.OTHER})) == short
    assert short.startswith("shop-")
    assert len(short) == len("shop-") + 4
    assert candidates("shop", Checkout("/other/shop"))[1] != short


def test_a_name_that_even_so_is_anothers_is_made_longer() -> None:
    plain, short, long = candidates("shop", MAIN)
    taken = owners({plain: Owner.OTHER, short: Owner.OTHER})
    assert choose_name("shop", MAIN, taken, taken) == long


def test_a_checkout_keeps_the_name_it_once_had() -> None:
    _, short, _ = candidates("shop", MAIN)
    assert choose_name("shop", MAIN, owners({short: Owner.MINE}), nobody) == short


def test_the_engine_is_not_asked_about_a_registered_name() -> None:
    def never(name: str) -> Owner:
        raise AssertionError(name)

    assert choose_name("shop", MAIN, owners({"shop": Owner.MINE}), never) == "shop"


@pytest.mark.parametrize(
    ("text", "name"), [("Shop", "shop"), ("_a.b", "ab"), ("-", ""), ("x_1-y", "x_1-y")]
)
def test_a_name_as_compose_makes_it(text: str, name: str) -> None:
    assert as_name(text) == name


def test_a_claim_is_moved_when_it_got_something_else() -> None:
    assert Claim("port", "web 80", "8080/tcp", "23817/tcp").moved
    assert not Claim("port", "web 80", "8080/tcp", "8080/tcp").moved


def nobody(name: str) -> Owner:
    return Owner.NOBODY


def owners(known: dict[str, Owner]):  # type: ignore[no-untyped-def]  # an OwnerOf
    return lambda name: known.get(name, Owner.NOBODY)
