"""Records of a stage's ledger: what happened to it, and the state that each led to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a record says happened; the words appear in the history."""

    PROMOTED = "promoted"
    DEPLOY_STARTED = "deploy started"
    DEPLOYED = "deployed"
    ROLLBACK_STARTED = "rollback started"
    ROLLED_BACK = "rolled back"
    FAILED = "failed"
    CHECKED = "checked"
    UNLOCKED = "unlocked"
    REJECTED = "rejected"
    GIVEN_UP = "records given up"


@dataclass(frozen=True)
class Deployed:
    """A deployment: a release with the settings it runs with, called `name` on the target."""

    release: str
    version: str
    settings: str
    name: str


@dataclass(frozen=True)
class Who:
    """Who did it: the user of the machine, Git's identity, the CI job; what is unknown is empty."""

    user: str
    git: str = ""
    job: str = ""
    machine: str = ""


@dataclass(frozen=True)
class Event:
    """What is to be recorded.

    `release` (a digest) and `version` are what it is about, `deployment` too where there is one.
    `reason` is a person's, `outcome` says how it ended. A `hotfix` was promoted past the rule.
    `command` and `passed` are of a check.
    """

    kind: Kind
    release: str = ""
    version: str = ""
    deployment: Deployed | None = None
    reason: str = ""
    outcome: str = ""
    hotfix: bool = False
    command: str = ""
    passed: bool = False


@dataclass(frozen=True)
class Run:
    """A time in which a stage ran a release; `until` is empty while it does. Times are RFC 3339."""

    release: str
    version: str
    since: str
    until: str = ""


@dataclass(frozen=True)
class Evidence:
    """The last check of a release on a stage."""

    release: str
    command: str
    passed: bool
    at: str


@dataclass(frozen=True)
class StageState:
    """Where a stage is after its last record.

    `promoted` is the digest of the release that it is to run, and `version` its version;
    `running` the deployment that is served, `good` those that were, newest first, without it.
    `since` is when it began to run its release. `hold` says why nothing follows by itself.
    `left` are the names of deployments that were rolled back from, until they are deployed again.
    `opened` is the record that has no end yet. `rejected` has releases with the reasons, in the
    project's own chain only.
    """

    promoted: str = ""
    version: str = ""
    hotfix: bool = False
    running: Deployed | None = None
    since: str = ""
    good: tuple[Deployed, ...] = ()
    hold: str = ""
    left: tuple[str, ...] = ()
    opened: Event | None = None
    runs: tuple[Run, ...] = ()
    checks: tuple[Evidence, ...] = ()
    rejected: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Late:
    """Of a record that was made without the registry: what it was then, and when it joined.

    `kept` is the digest of the record as it was kept on the target; `joined` is a time of the
    registry, as `at` is of the machine that made the record.
    """

    kept: str
    joined: str


@dataclass(frozen=True)
class Record:
    """One line of a ledger. `previous` is the digest of the record before, empty for the first.

    `at` is the time in UTC, RFC 3339; `replaced` the deployment that ran before. `late` is None
    for a record that went into the registry when it was made.
    """

    project: str
    stage: str
    sequence: int
    previous: str
    at: str
    who: Who
    event: Event
    replaced: Deployed | None
    state: StageState
    late: Late | None = None
