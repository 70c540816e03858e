"""The example shop as it is deployed: how long that takes, and how long nobody answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from bench.stages.projects import FULL, Bench, folder, own_registry
from bench.stages.watch import Seen, watch
from bench.timing import row
from tests.e2e.conftest import ROOT, Playground, free_port, remove_images
from tests.e2e.releasing import IDENTITY, commit, git
from tests.e2e.staging import Staged, clean_stages

ROUNDS = 7 if FULL else 3
PAGE = "images/storefront/site/index.html"
SECRETS = "compose/secrets/integration_db_password.txt"


def shop() -> None:
    """Deploy one release of the shop after the other, with a client that asks all the time."""
    seen: list[Seen] = []
    with _shop() as here:
        for number in range(ROUNDS + 1):
            version = f"{number}.0"
            _release(here, version)
            here.staged.promote(version)
            playground = here.staged.playground
            words = playground.words("deploy", "integration", "--yes")
            if number == 0:
                here.staged.deploy()
                continue
            environ = playground.environ({})
            seen.append(watch(words, playground.folder, environ, here.port, _mark(version)))
    print(row("the shop: a deploy", [one.whole for one in seen]))
    print(row("the shop: the longest time between two answers", [one.silence() for one in seen]))


@contextmanager
def deployed_shop() -> Iterator[Staged]:
    """Yield the shop with its first release in service on integration."""
    with _shop() as here:
        _release(here, "0.0")
        here.staged.promote("0.0")
        here.staged.deploy()
        yield here.staged


@contextmanager
def _shop() -> Iterator[Bench]:
    with folder() as playground, own_registry(playground.name) as registry:
        port = free_port()
        _write(playground, registry.host, port)
        try:
            yield Bench(Staged(playground, {"integration": port}), registry)
        finally:
            clean_stages(lambda name: name == playground.name)
            remove_images(playground.name, f"{registry.host}/")


def _write(playground: Playground, registry: str, port: int) -> None:
    playground.environment |= IDENTITY
    for part in ("compose", "images"):
        shutil.copytree(ROOT / part, playground.folder / part)
    playground.write(
        "envctl.toml",
        f"""\
        name = "{playground.name}"
        compose = ["compose/compose.yaml"]
        registry = "{registry}/team"
        [stages.integration]
        overlay = "compose/integration.yaml"
        env_file = "compose/integration.env"
        """,
    )
    settings = f"SHOP_PORT={port}\nDB_PASSWORD_FILE={SECRETS}\n"
    playground.write("compose/integration.env", settings)
    answer = playground.envctl("lock")
    if answer.code:
        raise SystemExit(answer.stderr)
    git(playground, "init", "--quiet")


def _release(here: Bench, version: str) -> None:
    page = here.staged.playground.folder / PAGE
    text = (ROOT / PAGE).read_text()
    page.write_text(f"{text}{_mark(version)}\n")
    commit(here.staged.playground)
    here.staged.json("release", "--version", version)


def _mark(version: str) -> str:
    return f"<!-- release {version} -->"
