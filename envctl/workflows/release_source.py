"""Look at what a release is made of, and refuse what it must not be made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.registry_place import as_repository
from envctl.domain.release import BASE
from envctl.domain.release_checks import (
    require_chosen_by_commit,
    require_committed,
    require_from_commit,
)
from envctl.domain.release_parts import (
    built_parts,
    mirrored_parts,
    pin_of,
    require_one_image,
)
from envctl.errors import Refused
from envctl.workflows.release import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from envctl.domain.inputs import Inputs
    from envctl.domain.project import Project
    from envctl.domain.release_parts import Part
    from envctl.domain.service import Build, Service
    from envctl.ports import Folders
    from envctl.ports.building import LockStore
    from envctl.ports.releases import Commits, Definitions, InputDocuments


@dataclass(frozen=True)
class SourceLook:
    """All that is read to make a release; nothing in it changes anything.

    `playground` is the project as it is here, where its images are built; `projects` are the
    effective definitions by stage, `platforms` what services are run on that
    say so, `platform` is what the others are run on, `files` are envctl's own files in the project,
    `chosen` the variables of the environment that choose what the project is,
    `address` says where the sources are to be had, if the project says it.
    """

    title: str
    folder: str
    playground: Project
    projects: Mapping[str, Project]
    platforms: Mapping[str, str]
    platform: Callable[[], str]
    commits: Commits
    inputs: InputDocuments
    lock: LockStore
    definitions: Definitions
    folders: Folders
    files: Sequence[str] = ()
    chosen: Sequence[str] = ()
    address: str = ""

    def source(self) -> Source:
        """Return what a release is made of; Refused with all that speaks against one."""
        require_chosen_by_commit(self.chosen)
        commit = require_committed(self.commits.commit(), self.commits.uncommitted(), self.folder)
        require_one_image(self.projects)
        services = {s.name: s for project in self.projects.values() for s in project.services}
        made = {s.image for s in services.values() if s.build}
        others = [s for s in services.values() if s.image not in made]
        lock = self.lock.read()
        self.definitions.check({s.name for s in others if pin_of(s.image, lock) is None})
        own = "" if all(s.name in self.platforms for s in others) else self.platform()
        wanted = {s.name: self.platforms.get(s.name, own) for s in others}
        mirrored = mirrored_parts(others, lock, wanted)
        return Source(
            project=self.playground,
            title=self.title,
            commit=commit.digest,
            created=commit.created,
            author=commit.author,
            address=self.address or commit.source,
            parts=(*self._built(list(services.values())), *mirrored),
            stages=tuple(sorted(self.projects)),
            define=self.definitions.define,
        )

    def _built(self, services: Sequence[Service]) -> tuple[Part, ...]:
        return built_parts(as_repository(self.title), self._digests(services))

    def _digests(self, services: Sequence[Service]) -> dict[str, str]:
        """Return the input digest of what each service runs, where the project builds that."""
        built = {s.name: s for s in services if s.build}
        found = self.inputs.documents(self.projects[BASE], sorted(built))
        if lost := sorted(set(built) - set(found)):
            raise Refused(
                f"nobody can tell what goes into {', '.join(lost)}: a context lies elsewhere",
                hint="bring the context into the repository, or pin its image",
            )
        self._require_from_commit(found, built)
        by_image = {service.image: found[name].digest for name, service in built.items()}
        return {s.name: by_image[s.image] for s in services if s.image in by_image}

    def _require_from_commit(
        self, found: Mapping[str, Inputs], built: Mapping[str, Service]
    ) -> None:
        folders = {n: self._folders(s.build) for n, s in built.items() if s.build}
        contexts = {
            name: {
                folder: [entry.path for entry in found[name].entries.get(key, ())]
                for key, folder in of.items()
            }
            for name, of in folders.items()
        }
        files = {*self.files, *self.definitions.files()}
        files |= {file for name in built for file in found[name].files}
        places = {folder for of in folders.values() for folder in of.values()} | files
        committed = self.commits.committed(sorted(places))
        require_from_commit(contexts, sorted(files), committed, self.commits.top())

    def _folders(self, build: Build) -> dict[str, str]:
        """Return the folders of a build by the names of the contexts; the main one's is empty."""
        named = {"": build.context, **dict(build.extra_contexts), **dict(build.extra_layouts)}
        return {name: self.folders.real(folder) for name, folder in named.items()}
