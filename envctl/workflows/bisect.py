"""`bisect`: find the first bad release by running a command against some of them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from envctl.domain.bisection import Bisection, Verdict, verdict_of
from envctl.domain.stage_urls import url_variables
from envctl.errors import Failed, Refused, Unhealthy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from envctl.errors import EnvctlError
    from envctl.workflows.bisect_row import Candidate
    from envctl.workflows.releases import NamedRelease

_CANNOT_START = (Failed, Refused, Unhealthy)


@dataclass(frozen=True)
class Tried:
    """What is known of a release, and why; not all `ran`: some are the same as another."""

    named: NamedRelease
    verdict: Verdict
    reason: str
    ran: bool = True


@dataclass(frozen=True)
class Found:
    """The releases that may be the first bad one, the oldest first: one where it is certain.

    `good` is the last one before them, `tried` what was found out in turn.
    """

    good: NamedRelease
    suspects: tuple[NamedRelease, ...]
    tried: tuple[Tried, ...]

    @property
    def is_certain(self) -> bool:
        """Whether there is but one."""
        return len(self.suspects) == 1

    @property
    def runs(self) -> int:
        """How many releases were run."""
        return sum(one.ran for one in self.tried)

    def on_trust(self) -> tuple[Verdict, ...]:
        """Return the verdicts that no run has given: there the user's word is all there is."""
        given = {one.verdict for one in self.tried if one.ran}
        return tuple(v for v in (Verdict.GOOD, Verdict.BAD) if v not in given)


class Listener(Protocol):
    """Is told how far it has come."""

    def begins(self, number: int, about: int, named: NamedRelease) -> None:
        """Say which release is run now, and about how many runs there will be."""

    def tried(self, one: Tried) -> None:
        """Say what was found out."""


@dataclass(frozen=True)
class Bisector:
    """Runs releases, one at a time.

    `stand` is a playground of a release with fresh data, as long as it lasts, and says where its
    services answer; `call` runs a command with more variables and returns its exit code.
    `playground` is the playground's name.
    """

    stand: Callable[[NamedRelease], AbstractContextManager[Mapping[str, str]]]
    call: Callable[[Sequence[str], Mapping[str, str]], int]
    playground: str
    listener: Listener

    def run(self, row: Sequence[Candidate], command: Sequence[str]) -> Found:
        """Find the first bad one; raises what keeps it from going on."""
        search, tried = Bisection(0, len(row) - 1), list[Tried]()
        known = {row[0].content: (Verdict.GOOD, row[0]), row[-1].content: (Verdict.BAD, row[-1])}
        while (place := search.next()) is not None:
            one = row[place]
            if one.content in known:
                tried.append(_as_known(one, *known[one.content]))
                self.listener.tried(tried[-1])
            else:
                done = sum(former.ran for former in tried)
                self.listener.begins(done + 1, done + search.runs_left(), one.releases[0])
                tried.append(self._try(one.releases[0], command))
            verdict = tried[-1].verdict
            known.setdefault(one.content, (verdict, one))
            search = search.told(place, verdict)
        suspects = tuple(row[place].releases[0] for place in search.suspects())
        return Found(row[search.good].releases[-1], suspects, tuple(tried))

    def _try(self, named: NamedRelease, command: Sequence[str]) -> Tried:
        with ExitStack() as held:
            try:
                urls = held.enter_context(self.stand(named))
            except _CANNOT_START as error:
                one = Tried(named, Verdict.SKIPPED, f"it cannot start: {_in_short(error)}")
            else:
                one = self._judge(named, urls, command)
            self.listener.tried(one)
            return one

    def _judge(self, named: NamedRelease, urls: Mapping[str, str], command: Sequence[str]) -> Tried:
        variables = {
            "ENVCTL_PLAYGROUND": self.playground,
            "ENVCTL_RELEASE": named.version,
            **url_variables(urls),
        }
        return _judged(named, self.call(command, variables))


def _as_known(one: Candidate, verdict: Verdict, other: Candidate) -> Tried:
    reason = f"the same images and definition as {other.releases[0].version}"
    return Tried(one.releases[0], verdict, reason, ran=False)


def _in_short(error: EnvctlError) -> str:
    """Return why it cannot start; of a rule what would allow it, too."""
    return f"{error.message} ({error.hint})" if isinstance(error, Refused) else error.message


def _judged(named: NamedRelease, code: int) -> Tried:
    verdict = verdict_of(code)
    if verdict is None:
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise Failed(
            f"the command ended with {how} for {named.version}, which says nothing of it",
            hint="0 is good, 125 skips the release, 1 to 127 else is bad, as for git bisect run",
        )
    return Tried(named, verdict, f"exit code {code}")
