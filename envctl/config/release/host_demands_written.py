"""What the definition of a release would have Compose do on this machine when it reads it.

It is asked before Compose is: to find out what another file says, Compose opens it.

Variables of the environment are accepted: Compose fills them in as it does with a checkout, and so
a definition can have any of them, and a container can send it anywhere. The same goes for configs
and secrets that are variables, and for the file that a variable names with nothing of the release's
own around it. Without that no release could be given its settings. Which variables a release
takes from the environment is told when it is filled in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from envctl.config.release.host_demands import Demand, entries, mapping, shown
from envctl.config.release.reading import read_definition
from envctl.config.release.variables import names_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from envctl.config.release.complaint import Place
    from envctl.domain.compose_artifact import ComposeDefinition

KEYS = frozenset({"name", "version", "services", "networks", "volumes", "configs", "secrets"})
"""What a definition may say at its top without being asked about it."""
_HARMLESS_OR_JUDGED = """
annotations attach blkio_config cap_add cap_drop cgroup cgroup_parent command configs
container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares
cpus cpuset credential_spec depends_on deploy device_cgroup_rules devices dns dns_opt dns_search
domainname entrypoint env_file environment expose extends external_links extra_hosts gpus
group_add healthcheck hostname image init ipc isolation label_file labels links logging
mac_address mem_limit mem_reservation mem_swappiness memswap_limit network_mode networks
oom_kill_disable oom_score_adj pid pids_limit platform ports post_start pre_stop privileged
pull_policy pull_refresh_after read_only restart runtime scale secrets security_opt shm_size
stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user
userns_mode uts volumes volumes_from working_dir
"""
SERVICE_KEYS = frozenset(_HARMLESS_OR_JUDGED.split())
"""What a service may say: it is harmless, or judged in the effective model."""
REFUSED = {
    "build": "builds an image on this machine",
    "develop": "copies files of this machine into the container",
    "models": "has a model run on this machine, in no container",
    "provider": "runs a program of this machine",
    # which of them are there is only known later, and then nobody looks
    "profiles": "is there only at times, so that nobody sees before what it asks for",
}
"""What releases of envctl's own never have in a service, or cannot bring along."""
REFUSED_AT_TOP = {
    "include": "has Compose read other files",
    "models": REFUSED["models"],
}
_UNKNOWN = "is nothing that envctl knows"
# a file that whoever runs it names: no default, and nothing before or behind
_NAMED_BY_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*(?::?\?[^{}]*)?\})", re.ASCII)
# what Compose, and the docker command, go by themselves
_TOOLS_OWN = ("COMPOSE_", "DOCKER_")


def written_demands(definition: ComposeDefinition) -> tuple[Demand, ...]:
    """Return what a definition asks for, as it is written; Failed where it is no definition."""
    model = read_definition(definition)
    carried = {name for name, _ in definition.env_files}
    found = [
        *_keys((), model, KEYS, REFUSED_AT_TOP),
        *_development(model),
        *_files(model),
    ]
    for name, body in mapping(model.get("services")).items():
        found += _service(("services", name), mapping(body), carried)
    return tuple(found)


def _keys(
    place: Place, said: dict[str, Any], known: frozenset[str], refused: dict[str, str]
) -> Iterator[Demand]:
    for key, value in said.items():
        if key in refused and value not in (None, [], {}):
            yield Demand((*place, key), refused[key])
        elif key not in known and key not in refused and not key.startswith("x-"):
            yield Demand((*place, key), _UNKNOWN)


def _service(place: Place, body: dict[str, Any], carried: Collection[str]) -> Iterator[Demand]:
    yield from _keys(place, body, SERVICE_KEYS, REFUSED)
    for key in ("env_file", "label_file"):
        for entry in entries(body.get(key)):
            path = entry.get("path") if isinstance(entry, dict) else entry
            if not isinstance(path, str) or path not in carried:
                yield Demand((*place, key), f"reads {shown(path)} of this machine")
    for key, words in (("extends", ("file",)), ("credential_spec", ("file", "registry"))):
        for word in words:
            if word in (said := mapping(body.get(key))):
                yield Demand((*place, key, word), f"reads {shown(said[word])} of this machine")


def _files(model: dict[str, Any]) -> Iterator[Demand]:
    """Configs are carried as content, secrets are files that variables name."""
    for kind in ("configs", "secrets"):
        for key, body in mapping(model.get(kind)).items():
            path = mapping(body).get("file")
            is_given = kind == "secrets" and _NAMED_BY_VARIABLE.fullmatch(str(path))
            if path and not is_given:
                yield Demand((kind, key, "file"), f"reads {shown(path)} of this machine")


def _development(model: dict[str, Any]) -> Iterator[Demand]:
    """A development value is a line of the playground's own settings, and never a path here."""
    values = mapping(mapping(model.get("x-envctl")).get("development"))
    paths = " ".join(str(mapping(v).get("file")) for v in mapping(model.get("secrets")).values())
    for name in values:
        if name in names_in(paths):
            yield Demand(("x-envctl", "development", name), "names a file of this machine")
        if name.upper().startswith(_TOOLS_OWN):
            yield Demand(("x-envctl", "development", name), "sets how Compose itself works")
