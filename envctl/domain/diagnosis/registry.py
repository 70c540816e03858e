"""The way to the registries of images that are still to be pulled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.diagnosis.project_facts import Reach
from envctl.domain.findings import ok, problem, some, warning

if TYPE_CHECKING:
    from envctl.domain.diagnosis.project_facts import ProjectFacts, RegistryFact
    from envctl.domain.findings import Finding

_CERTIFICATES = "/etc/docker/certs.d"


def registry_findings(project: ProjectFacts) -> list[Finding]:
    """Return a finding for each registry; none is asked for images that are on the engine."""
    if project.absent == ():
        return [ok("registries", "not needed, every image is on the engine")]
    return [_registry(fact) for fact in project.registries]


def _registry(fact: RegistryFact) -> Finding:
    subject = f"registry {fact.host}"
    images = some(fact.images)
    if fact.reach is Reach.FOUND:
        return ok(subject, f"answers, has {images}" if fact.images else "answers")
    seen = f"{_seen(fact)}; needed for {images}"
    level = warning if fact.reach is Reach.UNTRUSTED else problem
    return level(subject, seen, _cure(fact))


def _seen(fact: RegistryFact) -> str:
    said = f": {fact.said}" if fact.said else ""
    where = f"the engine's proxy {fact.through}: " if fact.through else ""
    return f"{where}{fact.reach}{said}"


def _cure(fact: RegistryFact) -> str:
    host = fact.host
    if fact.through and fact.reach in (Reach.NO_NAME, Reach.REFUSED, Reach.SILENT):
        return (
            "mend the engine's proxy: HTTPS_PROXY in sudo systemctl edit docker, or proxies in"
            " /etc/docker/daemon.json, then sudo systemctl restart docker"
        )
    if fact.shell_proxy and fact.reach in (Reach.NO_NAME, Reach.REFUSED, Reach.SILENT):
        return (
            "give the engine the proxy that this shell has: sudo systemctl edit docker,"
            " [Service] Environment=HTTPS_PROXY=..., then sudo systemctl restart docker"
        )
    return {
        Reach.NO_NAME: f"mend the host in image: if it is misspelt; else this machine's DNS, and"
        f" its way to the network (getent hosts {host.partition(':')[0]})",
        Reach.REFUSED: f"start the registry at {host}, or mend the host or port in image:",
        Reach.SILENT: f"switch on the VPN or open the firewall to {host} (curl -v https://{host}/v2/)",
        Reach.UNTRUSTED: f"put the authority's certificate at {_CERTIFICATES}/{host}/ca.crt on the"
        " engine's machine",
        Reach.PLAIN: f'add "insecure-registries": ["{host}"] to /etc/docker/daemon.json, then sudo'
        " systemctl restart docker; better: give the registry a certificate",
        Reach.LOGIN: f"docker login {host}",
        Reach.ABSENT: f"mend the name or tag in image:, or push it (docker push {fact.images[0]})",
        Reach.UNWELL: f"try again later; docker pull {fact.images[0]} shows what it says",
    }[fact.reach]
