"""Turn build sections of the effective Compose model into a file for `docker buildx bake`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.config.compose_model import meant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.domain.lock import Order

_PLAIN = {
    "target": "target",
    "labels": "labels",
    "dockerfile_inline": "dockerfile-inline",
    "platforms": "platforms",
    "network": "network",
    "shm_size": "shm-size",
    "cache_from": "cache-from",
    "cache_to": "cache-to",
    "no_cache": "no-cache",
    "no_cache_filter": "no-cache-filter",
    "pull": "pull",
}
INSECURE = "security.insecure"


def target_name(service: str) -> str:
    """Return what a bake file calls the build of `service`; a dot is not allowed there."""
    return service.replace("_", "__").replace(".", "_-")


def bake_file(model: dict[str, Any], orders: Iterable[Order]) -> dict[str, Any]:
    """Return the file that builds `orders`; what they need of other services is built with them.

    `model` is the effective one, as Compose prints it.
    """
    model = meant(model)
    wanted = {order.service: order for order in orders}
    targets: dict[str, Any] = {}
    todo = list(wanted)
    while todo:
        name = todo.pop()
        if target_name(name) in targets:
            continue
        target, needs = _target(name, model, wanted.get(name))
        targets[target_name(name)] = target
        todo += needs
    group = {"default": {"targets": [target_name(name) for name in sorted(wanted)]}}
    return {"group": group, "target": _escaped(dict(sorted(targets.items())))}


def privileged(file: dict[str, Any]) -> bool:
    """Whether a target of the bake file `file` asks for more than a build may do by default."""
    return any(INSECURE in target.get("entitlements", ()) for target in file["target"].values())


def _target(
    name: str, model: dict[str, Any], order: Order | None
) -> tuple[dict[str, Any], list[str]]:
    section = model["services"][name]["build"]
    contexts, needs = _contexts(section)
    target = {ours: section[theirs] for theirs, ours in _PLAIN.items() if section.get(theirs)}
    target |= {
        "context": str(section.get("context") or "."),
        "contexts": {**(order.contexts if order else {}), **contexts},
        "args": {k: str(v) for k, v in (section.get("args") or {}).items() if v is not None},
        "secret": [_secret(entry, model) for entry in section.get("secrets") or ()],
        "ssh": [str(entry) for entry in section.get("ssh") or ()],
        "ulimits": _ulimits(section.get("ulimits") or {}),
        "extra-hosts": _hosts(section.get("extra_hosts") or {}),
        "entitlements": _entitlements(section),
        "attest": _attestations(section),
        "tags": [*(order.tags if order else ()), *_own_tags(section, order)],
        "output": ["type=docker" if order else "type=cacheonly"],
    }
    if not section.get("dockerfile_inline"):
        target["dockerfile"] = str(section.get("dockerfile") or "Dockerfile")
    if platform := model["services"][name].get("platform"):
        target.setdefault("platforms", [platform])
    return {key: value for key, value in target.items() if value}, needs


def _own_tags(section: dict[str, Any], order: Order | None) -> list[str]:
    return [str(tag) for tag in section.get("tags") or ()] if order else []


def _contexts(section: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Return the further contexts, and the services among them that are to be built too."""
    found, needs = {}, []
    for name, place in (section.get("additional_contexts") or {}).items():
        service = str(place).removeprefix("service:")
        if service == str(place):
            found[name] = str(place)
        else:
            found[name] = f"target:{target_name(service)}"
            needs.append(service)
    return found, needs


def _secret(entry: dict[str, Any], model: dict[str, Any]) -> str:
    source = entry["source"]
    said = (model.get("secrets") or {}).get(source) or {}
    name = entry.get("target") or source
    if said.get("environment"):
        return f"id={name},type=env,env={said['environment']}"
    return f"id={name},type=file,src={said.get('file', '')}"


def _ulimits(limits: dict[str, Any]) -> list[str]:
    return [
        f"{name}={said['soft']}:{said['hard']}" if isinstance(said, dict) else f"{name}={said}"
        for name, said in sorted(limits.items())
    ]


def _hosts(hosts: dict[str, Any] | list[str]) -> dict[str, str]:
    """Compose prints a list of NAME=ADDRESS; a name may have several addresses."""
    if isinstance(hosts, dict):
        pairs = [(k, a) for k, v in hosts.items() for a in ([v] if isinstance(v, str) else v)]
    else:
        pairs = [(k, a) for k, _, a in (str(entry).partition("=") for entry in hosts)]
    found: dict[str, list[str]] = {}
    for name, address in pairs:
        found.setdefault(name, []).append(address)
    return {name: ",".join(addresses) for name, addresses in found.items()}


def _entitlements(section: dict[str, Any]) -> list[str]:
    said = [str(entry) for entry in section.get("entitlements") or ()]
    if section.get("privileged") and INSECURE not in said:
        said.append(INSECURE)
    return said


def _attestations(section: dict[str, Any]) -> list[str]:
    """Only what the file asks for: an attestation carries the time of day."""
    found = []
    for kind in ("provenance", "sbom"):
        said = str(section.get(kind) or "").lower()
        if said == "true":
            found.append(f"type={kind}")
        elif said and said != "false":
            found.append(f"type={kind},{said}")
    return found


def _escaped(value: Any) -> Any:
    """A bake file is a template: what begins one is written twice."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, dict):
        return {_escaped(k): _escaped(v) for k, v in value.items()}
    return [_escaped(v) for v in value] if isinstance(value, list) else value
