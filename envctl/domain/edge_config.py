"""HAProxy's configuration for what an edge serves.

Everything a switch or a further deployment changes can be changed while HAProxy runs: servers
have spare places, and which colour of a stage is served is one entry of a map. What cannot, ports,
names, certificates and more places, is the structure; its digest is in the configuration, so that
a running HAProxy says which one it has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from envctl.domain import edge_issuer
from envctl.domain.edge import Mode
from envctl.domain.edge_state import Colour, Way, ways_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.edge import Route
    from envctl.domain.edge_state import EdgeState, Entry, Offered

FOLDER = "/var/lib/envctl-edge"
"""Where the edge's volume is inside its container."""
MAP = f"{FOLDER}/current/active.map"
CERTIFICATES = f"{FOLDER}/certificates"
LISTENER = "/run/envctl-worker.sock"
"""Nobody asks there: HAProxy takes no configuration without a listener, and a stage may go."""
NO_COLOUR = "none"
_SPARE = 4
_HEAD = """\
global
    description {structure}
    user haproxy
    group haproxy
    stats socket {listener} mode 600 level operator
    fd-hard-limit 65536
    hard-stop-after 24h
    ssl-default-bind-options ssl-min-ver TLSv1.2
{further}
defaults
    timeout connect 5s
    timeout client 10m
    timeout server 10m
    timeout tunnel 1h
    timeout http-request 30s
    timeout http-keep-alive 60s
    option redispatch 1
    retries 3
    option idle-close-on-response
"""
_HTTP_BACK = """\
    http-reuse safe
    retry-on conn-failure empty-response
    http-request disable-l7-retry unless { method GET HEAD OPTIONS }
"""
_FORWARDED = """\
    option forwardfor
    http-request set-header X-Forwarded-Proto {proto}
    http-request set-header X-Forwarded-Host %[req.hdr(host)]
    http-request set-header X-Forwarded-Port %[dst_port] unless {{ so_name probe }}
    http-response set-header X-Envctl-Edge "%[be_name]/%[srv_name]" if {{ so_name probe }}
"""


@dataclass
class _Front:
    """A port: whose it is, or the names that lead to stages there."""

    port: int
    address: str = ""
    stage: str = ""
    modes: set[Mode] = field(default_factory=set)
    answers_challenges: bool = False
    names: dict[str, str] = field(default_factory=dict)
    certificates: set[str] = field(default_factory=set)
    sent_on: dict[str, int] = field(default_factory=dict)

    def way(self, name: str = "") -> Way:
        return Way(self.port, self.address, name)

    @property
    def mode(self) -> Mode:
        named = self.names or self.sent_on
        return Mode.TCP if Mode.TCP in self.modes and not named else Mode.HTTP


def config(state: EdgeState) -> str:
    """Return haproxy.cfg."""
    return _text(state, structure(state), addresses=True)


def structure(state: EdgeState) -> str:
    """Return the digest of all that only a reload can change."""
    return sha256(_text(state, "", addresses=False).encode()).hexdigest()[:32]


def active_map(state: EdgeState) -> str:
    """Return the map of the stages to the colour that is served."""
    return "".join(f"{e.stage} {e.active or NO_COLOUR}\n" for e in state.entries)


def commands(state: EdgeState) -> tuple[str, ...]:
    """Return what tells a running HAProxy of this structure all the rest; the switch comes last."""
    lines = [line for name, ports, _ in _backends(state) for line in _set_servers(name, ports)]
    served = (f"set map {MAP} {e.stage} {e.active or NO_COLOUR}" for e in state.entries)
    return (*lines, *served)


def listeners(state: EdgeState) -> frozenset[tuple[int, str]]:
    """Return the ports that are served, with the address of the host, empty for all."""
    return frozenset((front.port, front.address) for front in _fronts(state).values())


def probe_socket(way: Way) -> str:
    """Return the socket inside the container at which HTTP is served to probes."""
    return f"/run/envctl-probe-{way.listener}.sock"


def backend(stage: str, way: Way, colour: Colour | str) -> str:
    """Return what one way in of a stage is called in a colour."""
    return f"{stage}:{way}:{colour}"


def served_ways(state: EdgeState, entry: Entry) -> Iterator[tuple[Way, Mode, str, tuple[int, ...]]]:
    """Yield the ways in of what is served, each with its backend and the ports of its servers."""
    fronts, colour = _fronts(state), entry.active
    if colour is None or (offered := entry.at(colour)) is None:
        return
    for way in sorted(ways_of(offered.routes)):
        servers = _servers(entry, colour, way)
        yield way, fronts[way.listener].mode, backend(entry.stage, way, colour), servers


def _text(state: EdgeState, digest: str, *, addresses: bool) -> str:
    wanted = state.asked_for()
    further = edge_issuer.settings(wanted.values(), CERTIFICATES) if wanted else ""
    parts = [_HEAD.format(structure=digest, listener=LISTENER, further=further)]
    parts += edge_issuer.sections(wanted, CERTIFICATES) if wanted else []
    fronts = sorted(_fronts(state).values(), key=lambda front: (front.port, front.address))
    parts += [_frontend(front) for front in fronts]
    for name, ports, mode in _backends(state):
        parts.append(_backend(name, ports if addresses else (0,) * len(ports), mode))
    return "\n".join(parts)


def _fronts(state: EdgeState) -> dict[str, _Front]:
    fronts: dict[str, _Front] = {}
    for entry in state.entries:
        for _, offered in entry.places:
            for route in offered.routes:
                fresh = _Front(route.port, route.address)
                front = fronts.setdefault(fresh.way().listener, fresh)
                _add(front, entry.stage, route, offered)
                if offered.certificates_of(route) and route.port != state.plain_port:
                    fresh = _Front(state.plain_port)
                    plain = fronts.setdefault(fresh.way().listener, fresh)
                    plain.sent_on |= dict.fromkeys(route.hosts, route.port)
                    plain.answers_challenges |= offered.issuer is not None
    return fronts


def _add(front: _Front, stage: str, route: Route, offered: Offered) -> None:
    if route.hosts:
        front.names |= dict.fromkeys(route.hosts, stage)
        front.certificates |= set(offered.certificates_of(route))
    else:
        front.stage = stage
        front.modes.add(route.mode)


def _frontend(front: _Front) -> str:
    mode = front.mode
    lines = [f"frontend {front.way()}", f"    mode {mode}", *_binds(front)]
    if mode is Mode.HTTP:
        lines += [f"    bind {probe_socket(front.way())} mode 600 name probe"]
        lines += [edge_issuer.ANSWER] if front.answers_challenges else []
        proto = "https" if front.certificates else "http"
        lines += _FORWARDED.format(proto=proto).splitlines()
        lines += _answers(front)
    for name, stage in sorted(front.names.items()):
        asked = f"{{ req.hdr(host),host_only,lower -m str {name} }}"
        lines.append(
            f"    use_backend {backend(stage, front.way(name), _served(stage))} if {asked}"
        )
    if front.stage:
        lines.append(f"    use_backend {backend(front.stage, front.way(), _served(front.stage))}")
    return "\n".join([*lines, ""])


def _binds(front: _Front) -> list[str]:
    tls = "".join(f" crt {CERTIFICATES}/{one}.pem" for one in sorted(front.certificates))
    tls = f" ssl strict-sni{tls} alpn h2,http/1.1" if tls else ""
    if front.address:
        host = f"[{front.address}]" if ":" in front.address else front.address
        return [f"    bind {host}:{front.port}{tls}"]
    return [
        f"    bind 0.0.0.0:{front.port}{tls}",
        "    .if defined(ENVCTL_IPV6)",
        f"    bind [::]:{front.port} v6only{tls}",
        "    .endif",
    ]


def _answers(front: _Front) -> list[str]:
    """Return what the edge says itself: where else a name is served, or that it is nobody's."""
    lines = []
    for name, port in sorted(front.sent_on.items()):
        at = name if port == 443 else f"{name}:{port}"
        asked = f"{{ req.hdr(host),host_only,lower -m str {name} }}"
        to = f"https://{at}%[pathq]"
        if name not in front.names:
            lines.append(f"    http-request redirect location {to} code 308 if {asked}")
    if not front.stage:
        names = " ".join(sorted({*front.names, *front.sent_on}))
        asked = f"{{ req.hdr(host),host_only,lower -m str {names} }}"
        said = '404 content-type text/plain string "no stage has this name\\n"'
        lines.append(f"    http-request return status {said} unless {asked}")
    return lines


def _served(stage: str) -> str:
    return f"%[str({stage}),map_str({MAP},{NO_COLOUR})]"


def _backends(state: EdgeState) -> Iterator[tuple[str, tuple[int, ...], Mode]]:
    """Yield every backend with the ports of its servers, 0 for a spare place."""
    fronts = _fronts(state)
    for entry in state.entries:
        for way in sorted(entry.ways()):
            found = {colour: _servers(entry, colour, way) for colour in Colour}
            most = max(len(servers) for servers in found.values())
            places = -(-most // _SPARE) * _SPARE or _SPARE
            mode = fronts[way.listener].mode
            for colour, servers in found.items():
                spare = (0,) * (places - len(servers))
                yield backend(entry.stage, way, colour), (*servers, *spare), mode


def _servers(entry: Entry, colour: Colour, way: Way) -> tuple[int, ...]:
    offered = entry.at(colour)
    for route in offered.routes if offered else ():
        taken = (route.port, route.address) == (way.port, way.address)
        if taken and (way.name in route.hosts if way.name else not route.hosts):
            return _behind(offered, route)
    return ()


def _behind(offered: Offered | None, route: Route) -> tuple[int, ...]:
    for servers in offered.backing.servers if offered else ():
        if (servers.service, servers.container_port) == (route.service, route.container_port):
            return servers.ports
    return ()


def _backend(name: str, ports: tuple[int, ...], mode: Mode) -> str:
    lines = [f"backend {name}", f"    mode {mode}"]
    if mode is Mode.HTTP:
        lines += _HTTP_BACK.splitlines()
    for number, port in enumerate(ports, 1):
        address = f"127.0.0.1:{port}" if port else "127.0.0.1:1 disabled"
        lines.append(f"    server s{number} {address}")
    return "\n".join([*lines, ""])


def _set_servers(name: str, ports: tuple[int, ...]) -> Iterator[str]:
    for number, port in enumerate(ports, 1):
        server = f"set server {name}/s{number}"
        if port:
            yield f"{server} addr 127.0.0.1 port {port}"
            yield f"{server} state ready"
        else:
            yield f"{server} state maint"
