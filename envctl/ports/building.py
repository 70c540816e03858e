"""What the workflows need from outside for images: what goes into them, and who brings them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from envctl.domain.explanation import KnownInputs
    from envctl.domain.lock import Lock, Look, Order, Used
    from envctl.domain.plan import Step
    from envctl.domain.project import Project
    from envctl.ports import Reporter


class InputReader(Protocol):
    """Reads what goes into the images of a project."""

    def digests(self, project: Project, services: Iterable[str]) -> Mapping[str, str]:
        """Return, by built service, the digest of its present inputs, where they can be read."""


class SourceReader(Protocol):
    """Looks at the repository that a project's files are in."""

    def unclean(self, project: Project, services: Iterable[str]) -> frozenset[str]:
        """Return those of the built services with files that are in no commit as they are."""


class PublishedImages(Protocol):
    """Looks for images that were built elsewhere."""

    def find(self, kept: Iterable[str]) -> Mapping[str, str]:
        """Return, by the name an image is kept under, where the registry has it.

        A registry that does not answer has nothing, and the user is told.
        """


class Images(Protocol):
    """Brings images to the engine."""

    def pull(self, services: Sequence[str]) -> None:
        """Pull the images of `services`."""

    def fetch(self, reference: str) -> None:
        """Pull the one image that is meant by a reference with a digest."""

    def tag(self, source: str, target: str) -> None:
        """Give the image called `source` the further name `target`."""


class Builder(Protocol):
    """Makes images."""

    def build(self, project: Project, steps: Sequence[Step], reporter: Reporter) -> None:
        """Build, all at once, each step's subject under the name that is its target.

        BuildFailed carries the last lines, or the images that were not those of the lock.
        """


class Bakery(Protocol):
    """Runs the builder."""

    def bake(self, orders: Sequence[Order], reporter: Reporter) -> Mapping[str, tuple[Used, ...]]:
        """Build all `orders` at once; returns, by service, what the image was built upon.

        BuildFailed carries the last lines; a builder that does not say what it used has nothing.
        """


class Bases(Protocol):
    """Reads what images are built upon."""

    def bases(self, project: Project, services: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return, by built service, the names of the images that it is built upon."""


class ImageNames(Protocol):
    """Looks images up."""

    def image_ids(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the IDs of those of `names` that are on the engine."""


class ImageFinder(Protocol):
    """Finds out which images names mean, now."""

    def find(self, names: Iterable[str]) -> Mapping[str, Look]:
        """Return what each of `names` means in its registry, or where that has none, here."""


class LockStore(Protocol):
    """Keeps the lock of a project's images."""

    def read(self) -> Lock:
        """Return what is locked; ConfigurationError for a broken one."""

    def exists(self) -> bool:
        """Whether there is a lock."""

    def write(self, lock: Lock) -> None:
        """Replace the lock, as a whole."""


class Pusher(Protocol):
    """Sends images from the engine to a registry."""

    def push(self, image: str, reference: str) -> None:
        """Push what the engine has as `image` to the tag that is `reference`."""


class NamedImages(Protocol):
    """Looks at what images are called."""

    def names_of(self, name: str) -> tuple[str, ...]:
        """Return all tags of the image that `name` means; none when it is not there."""


class Records(Protocol):
    """What went into the images that were built here."""

    def find(self, digits: Iterable[str]) -> KnownInputs | None:
        """Return the first of the inputs with these beginnings of a digest that is known."""


class InputKeeper(Protocol):
    """Keeps what went into images."""

    def keep(self, project: Project, services: Sequence[str]) -> None:
        """Keep the present inputs of built services; where it cannot, explanations are missing."""
