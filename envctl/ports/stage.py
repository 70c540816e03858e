"""What a deploy needs from the engine of a stage's target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from envctl.domain.deployment import Deployment, Link
    from envctl.domain.observed import Container
    from envctl.domain.stage_record import Deployed
    from envctl.domain.volume import Volume
    from envctl.ports import Launch


Prints = Mapping[str, Mapping[str, str]]
"""By the name of a container and an aspect of it (image, environment, ...), a digest."""


class StageReader(Protocol):
    """Looks at what there is of a stage."""

    def containers(self) -> tuple[Container, ...]:
        """Return all containers that bear the stage's labels, sorted by name."""

    def volumes(self, names: Iterable[str]) -> frozenset[str]:
        """Return those of `names` that are volumes there."""

    def image_ids(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the IDs of those of `names` that are on the engine; a name may be an ID itself."""

    def prints(self) -> Prints:
        """Return what tells a container from one that was changed since, for all of the stage."""

    def ports_given(self) -> frozenset[int]:
        """Return the ports of the loopback address that any deployment there has been given."""


class StageHands(Protocol):
    """Changes what there is of a stage; every method can be repeated."""

    def pull(self, reference: str, name: str, ids: Sequence[str]) -> None:
        """Pull an image and call it `name`; Failed unless its ID is one of `ids`."""

    def tag(self, source: str, name: str) -> None:
        """Give an image that is there a further name."""

    def create_volume(self, volume: Volume) -> None:
        """Create a volume as Compose would for the stage's data services."""

    def create(self, deployment: Deployment, *, anew: bool) -> Launch:
        """Begin to create the networks and containers of the app services; nothing is started.

        `anew` makes containers that are there new ones.
        """

    def launch(
        self, deployment: Deployment, project: str, services: Sequence[str], *, forced: bool
    ) -> Launch:
        """Begin to create, replace or start services of one part, in the order they need.

        `project` says which part. `forced` replaces containers, and touches nothing else.
        """

    def connect(self, container: str, link: Link) -> None:
        """Connect a container to a network, under the names of the link."""

    def start(self, containers: Sequence[str]) -> None:
        """Start containers that are there, all at once."""

    def stop(self, containers: Sequence[str]) -> None:
        """Stop containers, all at once, each with its grace period."""

    def remove(self, containers: Sequence[str]) -> None:
        """Remove containers; those that run are stopped first. Named volumes stay."""

    def forget_images(self, names: Sequence[str]) -> None:
        """Take names off images, and remove those that have none left; not what is in use."""

    def remove_deployment(self, name: str) -> None:
        """Remove the containers and networks of a deployment, and data services from these."""


class Drawing(Protocol):
    """A release with the present settings of a stage."""

    @property
    def deployed(self) -> Deployed:
        """What it is, and what it is called on the target."""

    def deployment(self, taken: Collection[int]) -> Deployment:
        """Return the deployment; its ports of the loopback address are none of `taken`."""

    def keep(self, deployment: Deployment) -> None:
        """Put into the stage's store all that it takes to run it again."""


class Drawings(Protocol):
    """Makes deployments of releases."""

    def draw(self, release: str) -> Drawing:
        """Read the release with this digest, and the settings; ConfigurationError for lacking ones.

        Needs the registry.
        """

    def stored(self, name: str) -> Deployment | None:
        """Return a deployment that the target keeps; needs nothing but the target."""

    def names(self) -> frozenset[str]:
        """Return the names of those that it keeps."""

    def file(self, path: str) -> bytes | None:
        """Return a file that containers mount from what the target keeps."""

    def prints(self, name: str) -> Prints:
        """Return how the containers were when a deployment came into service; empty if unknown."""

    def keep_prints(self, name: str, prints: Prints) -> None:
        """Keep how the containers are now that a deployment has come into service."""

    def forget(self, name: str) -> None:
        """Remove what the target keeps of a deployment, and no other deployment needs."""
