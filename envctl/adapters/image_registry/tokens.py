"""Proves to a registry who is asking: with a name and password, or a token for what is asked."""

from __future__ import annotations

import json
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from envctl.adapters.image_registry.complaints import Request, nonsense
from envctl.adapters.image_registry.credentials import configured_credentials
from envctl.adapters.image_registry.headers import challenges

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.adapters.image_registry.credentials import Credentials
    from envctl.adapters.image_registry.headers import Challenge
    from envctl.adapters.image_registry.transport import Transport

_LIMIT = 1 << 20
_LIFE = 60.0
"""Seconds a token is good for when its service does not say."""
_MARGIN = 10.0
"""Seconds before its end from which a token is not used any more."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Authorizer:
    """Knows what a registry wants to be shown; asks nobody before the registry does."""

    def __init__(
        self,
        transport: Transport,
        clock: Callable[[], float],
        credentials: Callable[[str], Credentials] = configured_credentials,
    ) -> None:
        self._transport, self._clock = transport, clock
        self._look_up = credentials
        self._challenge: Challenge | None = None
        self._tokens: dict[tuple[str, ...], tuple[str, float]] = {}
        self._turn = RLock()

    def header(self, scopes: tuple[str, ...]) -> str:
        """Return the Authorization header for a request; empty when none is known to help."""
        with self._turn:
            if self._challenge is None:
                return ""
            if self._challenge.scheme == "basic":
                return self._credentials.basic if self._credentials.password else ""
            token, until = self._tokens.get(scopes, ("", 0.0))
            if not token or self._clock() >= until:
                token = self._fetch(self._challenge, scopes)
            return f"Bearer {token}" if token else ""

    def renewed(self, wanted: str, scopes: tuple[str, ...]) -> str:
        """Return the header after a registry said what is `wanted`; former tokens are not used."""
        with self._turn:
            offered = {one.scheme: one for one in reversed(challenges(wanted))}
            self._challenge = offered.get("bearer") or offered.get("basic")
            self._tokens.pop(scopes, None)
            return self.header(scopes)

    @cached_property
    def _credentials(self) -> Credentials:
        return self._look_up(self._transport.host)

    def _fetch(self, challenge: Challenge, scopes: tuple[str, ...]) -> str:
        if self._credentials.registry_token:
            return self._credentials.registry_token
        realm = challenge.words.get("realm", "")
        asked = Request(self._transport.host, "GET", realm)
        if not realm.startswith(("https://", "http://")):
            raise nonsense(asked, "it names no service that gives tokens")
        words = [
            ("scope", scope) for scope in scopes or (challenge.words.get("scope", ""),) if scope
        ]
        if service := challenge.words.get("service"):
            words.append(("service", service))
        if self._credentials.identity_token:
            return self._exchange(realm, words, scopes)
        if self._credentials.username:
            words.append(("account", self._credentials.username))
        headers = {"Authorization": self._credentials.basic} if self._credentials.password else {}
        join = "&" if "?" in realm else "?"
        request = Request(self._transport.host, "GET", f"{realm}{join}{urlencode(words)}")
        return self._ask(request, headers, None, scopes)

    def _exchange(self, realm: str, words: list[tuple[str, str]], scopes: tuple[str, ...]) -> str:
        """An identity token is given for one that the registry takes (OAuth 2)."""
        form = dict(words)
        form |= {
            "grant_type": "refresh_token",
            "client_id": "envctl",
            "refresh_token": self._credentials.identity_token,
            "scope": " ".join(value for key, value in words if key == "scope"),
        }
        request = Request(self._transport.host, "POST", realm)
        return self._ask(request, _FORM, urlencode(form).encode(), scopes)

    def _ask(
        self,
        request: Request,
        headers: dict[str, str],
        body: bytes | None,
        scopes: tuple[str, ...],
    ) -> str:
        with self._transport.open(request, headers, body) as response:
            if response.status != 200:
                raise self._transport.complain(request, response)
            content = self._transport.whole(request, response, _LIMIT)
        try:
            said = json.loads(content)
            token = str(said.get("token") or said.get("access_token") or "")
            life = float(said.get("expires_in") or _LIFE)
        except (ValueError, TypeError, AttributeError, RecursionError):
            token = ""
        if not token or not token.isprintable():
            raise nonsense(request, "that is no token")
        self._tokens[scopes] = (token, self._clock() + max(life, _LIFE) - _MARGIN)
        return token
