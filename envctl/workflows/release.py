"""`release`: the images and the definitions of a commit, for good, in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.compose_artifact import ARTIFACT
from envctl.domain.observed import Observed
from envctl.domain.oci import short_hex
from envctl.domain.plan import Action, Plan, Step
from envctl.domain.plan_release import plan_images
from envctl.domain.release import Release
from envctl.domain.release_version import read_release_tag, release_tag
from envctl.errors import Failed, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from envctl.domain.compose_artifact import ComposeDefinition
    from envctl.domain.project import Project
    from envctl.domain.release import ReleaseImage
    from envctl.domain.release_parts import Part
    from envctl.ports import Reporter
    from envctl.ports.building import ImageNames
    from envctl.workflows.publish import Publisher
    from envctl.workflows.registry_look import RegistryLook


@dataclass(frozen=True)
class Source:
    """What a release is made of, all of it committed and checked.

    `define` gives the definition of a stage with the images that its services run.
    """

    project: Project
    title: str
    commit: str
    created: str
    author: str
    address: str
    parts: tuple[Part, ...]
    stages: tuple[str, ...]
    define: Callable[[str, Mapping[str, str]], ComposeDefinition]


@dataclass(frozen=True)
class Released:
    """A release, what it is called, and where it is."""

    release: Release
    version: str
    digest: str
    reference: str


@dataclass(frozen=True)
class ReleasePlanner:
    """Compares what a release needs with what the registry has; touches nothing."""

    look: RegistryLook
    images: ImageNames

    def plan(self, source: Source, version: str) -> Plan:
        """Return what is missing of the release called `version`; nothing when it is whole.

        Refused when another release is called so.
        """
        images = self._plan_images(source)
        release = None if images else self.assembled(source)
        self.check_version(version, release)
        if release and self._is_whole(release, version):
            return Plan()
        publish = Step(Action.PUBLISH, version, "the registry does not have it")
        return Plan((*images.images, publish))

    def _plan_images(self, source: Source) -> Plan:
        published = self.look.digests(part.tag for part in source.parts)
        kept = {s: part.kept for part in source.parts if part.kept for s in part.services}
        missing = [part.kept for part in source.parts if part.kept and part.tag not in published]
        observed = Observed(images=self.images.image_ids(missing), inputs=kept)
        return plan_images(source.project, source.parts, published, observed)

    def assembled(self, source: Source) -> Release:
        """Return the release of what the registry has: all of its images have to be there."""
        images = self.look.described(source.parts)
        definitions = [
            (stage, definition.manifest().descriptor(ARTIFACT))
            for stage, definition in self.definitions(source, images)
        ]
        return Release(
            source.title,
            source.commit,
            source.created,
            source.author,
            source.address,
            tuple(definitions),
            images,
        )

    def definitions(
        self, source: Source, images: Sequence[ReleaseImage]
    ) -> list[tuple[str, ComposeDefinition]]:
        """Return the definition of each stage, its services on `images`."""
        place = self.look.place
        runs = {name: place.reference(i.digest) for i in images for name in i.services}
        return [(stage, source.define(stage, runs)) for stage in source.stages]

    def check_version(self, version: str, release: Release | None) -> None:
        """Refuse a version that means another release: versions are never reused."""
        taken = {
            found[1]
            for tag in self.look.tags()
            if (found := read_release_tag(tag)) and found[0] == version
        }
        own = {short_hex(release.index().digest)} if release else set()
        if taken - own:
            raise Refused(
                f"the version {version} is another release already",
                hint="a version is never reused: choose one with --version",
            )

    def _is_whole(self, release: Release, version: str) -> bool:
        tag = release_tag(version, release.index().digest)
        return bool(self.look.digests([tag])) and not self.look.unnamed(release, version)


@dataclass(frozen=True)
class Releaser:
    """Makes releases; `explain` puts what went into an image beside it."""

    planner: ReleasePlanner
    publisher: Publisher
    explain: Callable[[Part], None]
    reporter: Reporter

    def carry_out(
        self, source: Source, version: str, plan: Plan, build: Callable[[Plan], None]
    ) -> Released:
        """Do what `plan` says: the release appears last, whole, and then its names for people.

        `build` builds what has to be built first.
        """
        if builds := plan.of(Action.BUILD):
            build(Plan(builds))
        self._require_built(plan.of(Action.PUSH))
        for step in plan.of(Action.PUSH):
            self._push(source, step)
        for step in plan.of(Action.MIRROR):
            self._mirror(source, step)
        release = self.planner.assembled(source)
        self.planner.check_version(version, release)
        if last := plan.of(Action.PUBLISH):
            self.reporter.started(last)
            self._publish(source, release, version)
            self.reporter.finished(last)
        digest = release.index().digest
        reference = self.publisher.place.tagged(release_tag(version, digest))
        return Released(release, version, digest, reference)

    def _require_built(self, pushes: Sequence[Step]) -> None:
        """What changed while it was built has no name, and must not get into a release."""
        here = self.planner.images.image_ids([step.source for step in pushes])
        if lost := [step.subject for step in pushes if step.source not in here]:
            raise Failed(
                f"files of {', '.join(lost)} changed while they were built",
                hint="run the same command again, in a folder in which nothing else works",
            )

    def _push(self, source: Source, step: Step) -> None:
        self.reporter.started([step])
        self.explain(_part(source, step))  # first: whoever finds the image finds its inputs
        self.publisher.push(step.source, step.target)
        self.reporter.finished([step])

    def _mirror(self, source: Source, step: Step) -> None:
        self.reporter.started([step])
        self.publisher.mirror(_part(source, step))
        self.reporter.finished([step])

    def _publish(self, source: Source, release: Release, version: str) -> None:
        for _, definition in self.planner.definitions(source, release.images):
            self.publisher.put_definition(definition)
        index = release.index()
        self.publisher.put_release(index, release_tag(version, index.digest))
        for service, image in self.planner.look.unnamed(release, version):
            try:
                self.publisher.name(service, image, version)
            except (Refused, Failed) as error:  # the release is whole without these names
                self.reporter.note(f"{service}:{version} could not be named: {error.message}")


def _part(source: Source, step: Step) -> Part:
    return next(part for part in source.parts if part.tag == step.target)
