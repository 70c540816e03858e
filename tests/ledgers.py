"""Ledgers for tests, in a registry that is spoken to over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field

from envctl.adapters.image_registry.credentials import Credentials
from envctl.adapters.image_registry.patience import Patience
from envctl.adapters.image_registry.writer import Registry, open_registry
from envctl.domain.registry_place import RegistryPlace
from envctl.domain.stage_record import Deployed, Event, Kind, Who
from envctl.workflows.kept_ledger import KeptLedger
from envctl.workflows.ledger import RegistryLedger
from tests.fake_stage_store import FakeStageStore

QUICK = Patience(connect=1.0, silence=5.0, pauses=())
ADA = Who("ada", "Ada <ada@example.com>", "", "desk")
BOB = Who("bob", "", "", "lap")


def release(n: int) -> str:
    return f"sha256:{n:064x}"


def deployed(n: int, settings: int = 1) -> Deployed:
    return Deployed(release(n), f"1.{n}", f"s{settings}", f"shop-live-{n}-{settings}")


def event(kind: Kind, n: int = 0, settings: int = 1, **more: object) -> Event:
    """Return an event about the `n`-th release."""
    if kind in (Kind.PROMOTED, Kind.CHECKED, Kind.REJECTED):
        return Event(kind, release(n), f"1.{n}", **more)  # type: ignore[arg-type]
    if not n:
        return Event(kind, **more)  # type: ignore[arg-type]
    return Event(kind, release(n), f"1.{n}", deployed(n, settings), **more)  # type: ignore[arg-type]


def deploy(n: int, settings: int = 1) -> list[Event]:
    """Return all events by which a release comes to a stage."""
    return [event(Kind.PROMOTED, n), *redeploy(n, settings)]


def redeploy(n: int, settings: int = 1) -> list[Event]:
    return [event(Kind.DEPLOY_STARTED, n, settings), event(Kind.DEPLOYED, n, settings)]


def rollback(n: int) -> list[Event]:
    return [event(Kind.ROLLBACK_STARTED, n), event(Kind.ROLLED_BACK, n)]


def client(host: str) -> Registry:
    return open_registry(host, QUICK, lambda _: Credentials())


@dataclass
class Times:
    """A clock that goes a minute further with each look."""

    minute: int = 0

    def __call__(self) -> str:
        self.minute += 1
        return f"2026-01-31T{self.minute // 60 % 24:02}:{self.minute % 60:02}:00Z"


@dataclass
class Desk:
    """Where somebody works: with a registry, and the store of one stage's target."""

    host: str
    who: Who = ADA
    store: FakeStageStore | None = None
    stage: str = "live"
    clock: Times = field(default_factory=Times)

    @property
    def place(self) -> RegistryPlace:
        return RegistryPlace(self.host, "team/shop")

    def ledger(self) -> RegistryLedger:
        """Return what a new command would have."""
        kept = KeptLedger(self.stage, self.store) if self.store else None
        return RegistryLedger(
            registry=client(self.host),
            place=self.place,
            project="shop",
            who=self.who,
            clock=self.clock,
            kept=kept,
        )
