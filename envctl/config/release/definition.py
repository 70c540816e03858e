"""The definition of a release: the project's own, with images pinned and its files inside.

It is made of the written model, in which no variable is filled in, so that it is the same in every
clone and every environment, and means where it runs what the project's files would mean there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from envctl.config.release.complaint import Complaint
from envctl.config.release.env_files import carried_env_files
from envctl.config.release.literals import secret_literals
from envctl.config.release.mounts import carried_mounts
from envctl.config.release.paths import Whose, whose
from envctl.config.release.shared_files import carried_config, released_secret, with_modes
from envctl.config.release.writing import compose_bytes
from envctl.domain.compose_artifact import ComposeDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.domain.carried_file import ReadFile

_DROPPED = ("build", "develop", "profiles", "env_file", "label_file", "volumes", "configs")


@dataclass
class _Draft:
    services: dict[str, Any] = field(default_factory=dict)
    configs: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)


def release_definition(
    written: dict[str, Any], name: str, images: Mapping[str, str], read: ReadFile
) -> tuple[ComposeDefinition, tuple[Complaint, ...]]:
    """Return the definition, and what stands against it.

    `images` has the services of the release and the reference by digest that each of them runs,
    empty where there is none yet; other services are left out. `name` is the project's.
    """
    draft = _Draft()
    executable = _carry_configs(draft, written, read)
    for service in sorted(written.get("services") or {}):
        if service in images:
            body = written["services"][service]
            draft.services[service] = _service(draft, service, body, images, executable, read)
    model = _model(draft, written, name, read)
    draft.complaints += secret_literals(model)
    draft.complaints += _devices(model)
    files = tuple(sorted(draft.files.items()))
    return ComposeDefinition(compose_bytes(model), files), tuple(draft.complaints)


def _carry_configs(draft: _Draft, written: dict[str, Any], read: ReadFile) -> set[str]:
    executable = set()
    for key, body in (written.get("configs") or {}).items():
        draft.configs[key], can_be_executed, complaints = carried_config(key, body, read)
        draft.complaints += complaints
        if can_be_executed:
            executable.add(key)
    return executable


def _service(
    draft: _Draft,
    name: str,
    body: dict[str, Any],
    images: Mapping[str, str],
    executable: set[str],
    read: ReadFile,
) -> dict[str, Any]:
    mounts = carried_mounts(name, body, read)
    beside = carried_env_files(name, body, read)
    draft.configs.update(mounts.configs)
    draft.files.update(beside.files)
    uses = [*with_modes(body.get("configs"), executable), *mounts.uses]
    complaints = [*mounts.complaints, *beside.complaints, *_own(name, body, images, draft, uses)]
    draft.complaints += complaints
    kept = {k: v for k, v in body.items() if k not in _DROPPED}
    if kept.get("pull_policy") == "build":
        del kept["pull_policy"]
    needed = _needed(kept.pop("depends_on", None), images)
    said = {"depends_on": needed, "volumes": mounts.volumes, "configs": uses, **beside.entries}
    pinned = {"image": images[name]} if images[name] else {}
    return {**kept, **{k: v for k, v in said.items() if v}, **pinned}


def _needed(depends: Any, images: Mapping[str, str]) -> Any:
    """Leave out what a service can do without and the release does not have."""
    if not isinstance(depends, dict):
        return depends
    return {
        need: entry
        for need, entry in depends.items()
        if need in images or (entry or {}).get("required", True)
    }


def _own(
    name: str, body: dict[str, Any], images: Mapping[str, str], draft: _Draft, uses: list[Any]
) -> list[Complaint]:
    """Return what stands against the service itself."""
    found = []
    if not images[name] and not body.get("provider"):
        image = str(body.get("image") or "")
        what = f"runs {image}, whose digest envctl.lock does not have"
        found.append(Complaint(("services", name, "image"), what, "run envctl lock"))
    inline = [u["source"] for u in uses if "content" in (draft.configs.get(u["source"]) or {})]
    if body.get("read_only") is True and inline:
        what = f"is true, and Compose cannot put the config {inline[0]} into it"
        remedy = "copy the file into the image"
        found.append(Complaint(("services", name, "read_only"), what, remedy))
    spec = body.get("credential_spec") or {}
    if "file" in spec and whose(str(spec["file"])) is Whose.PROJECT:
        place = ("services", name, "credential_spec", "file")
        found.append(Complaint(place, "is a file that no release carries", "use a config"))
    return found


def _devices(model: dict[str, Any]) -> list[Complaint]:
    """Return a complaint for each volume that is a folder of the project."""
    volumes = (model.get("volumes") or {}).items()
    options = {key: (body or {}).get("driver_opts") or {} for key, body in volumes}
    return [
        Complaint(
            ("volumes", key, "driver_opts", "device"),
            f"is {said['device']}, in the project",
            "name a path of the host",
        )
        for key, said in options.items()
        if "bind" in str(said.get("o", "")) and whose(str(said.get("device", "/"))) is Whose.PROJECT
    ]


def _model(draft: _Draft, written: dict[str, Any], name: str, read: ReadFile) -> dict[str, Any]:
    """Put it together; x- fields at the top are gone, as what they held is where it was used."""
    kept = {k: v for k, v in written.items() if not k.startswith("x-") or k == "x-envctl"}
    secrets = {k: released_secret(k, v, read) for k, v in (written.get("secrets") or {}).items()}
    said = {"services": draft.services, "configs": draft.configs, "secrets": secrets}
    return {**kept, **{k: v for k, v in said.items() if v or k in kept}, "name": name}
