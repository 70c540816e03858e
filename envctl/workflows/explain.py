"""`explain`: why an image is, or is not, built again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.explanation import differences, known
from envctl.domain.kept import kept_name, tag_of, unclean_name
from envctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.difference import Difference
    from envctl.domain.explanation import KnownInputs
    from envctl.domain.project import Project
    from envctl.ports.building import ImageNames, NamedImages, PublishedImages, Records
    from envctl.ports.releases import InputDocuments


@dataclass(frozen=True)
class Explanation:
    """What `up` and `build` would do with an image, why, and what differs from another one.

    `against` says which other one; `differences` are None where its inputs are not known.
    """

    service: str
    digest: str
    verdict: str
    cause: str
    against: str
    differences: tuple[Difference, ...] | None


@dataclass(frozen=True)
class Explainer:
    """Looks at the inputs of images, here and elsewhere; touches nothing."""

    inputs: InputDocuments
    images: ImageNames
    names: NamedImages
    published: PublishedImages
    records: Records
    repository: str

    def explain(
        self,
        project: Project,
        name: str,
        other: Callable[[str], KnownInputs | None] | None,
        against: str,
    ) -> Explanation:
        """Explain the image of the service `name`.

        `other` gives the inputs that it had somewhere else, called `against`; without it, the
        image is compared with the one that the engine has for the service now.
        """
        service = project.service(name)
        if not service.build:
            raise UsageError(
                f"{name} is not built here: it runs {service.image}",
                hint="envctl lock --check tells whether that has changed",
            )
        found = self.inputs.documents(project, [name])
        if name not in found:
            return Explanation(
                name, "", "build", "its context lies elsewhere, the builder decides", "", None
            )
        digest = found[name].digest
        verdict, cause = self._verdict(kept_name(self.repository, digest))
        before = other(name) if other else self._here(service.image)
        differing = differences(before, known(found[name])) if before else None
        return Explanation(name, digest, verdict, cause, against or service.image, differing)

    def _verdict(self, kept: str) -> tuple[str, str]:
        here = self.images.image_ids([kept, unclean_name(kept)])
        if here:
            return "use", f"the engine has {tag_of(next(iter(here)))}, made of the same inputs"
        if where := self.published.find([kept]).get(kept):
            return "pull", f"the registry has {where}, made of the same inputs"
        return "build", f"neither the engine nor the registry has {tag_of(kept)}"

    def _here(self, image: str) -> KnownInputs | None:
        """Return the inputs of the image that the engine has under a name."""
        tags = [name.rpartition(":")[2] for name in self.names.names_of(image)]
        return self.records.find(tag[2:] for tag in tags if tag[:2] in ("i.", "d."))
