"""Who we are at a registry, as `docker login` has kept it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from envctl.adapters.memory import home_folder
from envctl.domain.image_reference import HUB
from envctl.errors import ConfigurationError

HELPER_SECONDS = 30.0
"""A helper may have to ask its user."""
_HUB_KEY = "https://index.docker.io/v1/"
_NOT_FOUND = "credentials not found"
_TOKEN_USER = "<token>"  # noqa: S105 - the helpers' word for "the secret is an identity token"


@dataclass(frozen=True)
class Credentials:
    """A name and its secrets, which are printed nowhere; all empty for nobody in particular."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.password or self.identity_token or self.registry_token)

    @property
    def basic(self) -> str:
        """The header of basic authentication."""
        pair = f"{self.username}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    @property
    def for_engine(self) -> str:
        """The header with which an engine is told them; empty for nobody in particular."""
        if not self:
            return ""
        said = {
            "username": self.username,
            "password": self.password,
            "identitytoken": self.identity_token,
            "registrytoken": self.registry_token,
        }
        return base64.urlsafe_b64encode(json.dumps(said).encode()).decode()


def configured_credentials(host: str) -> Credentials:
    """Return what the docker command would send to `host`: of a helper, else of its file."""
    path = Path(os.environ.get("DOCKER_CONFIG") or home_folder() / ".docker") / "config.json"
    settings = _read(path)
    key = _HUB_KEY if host == HUB else host
    helper = _mapping(settings, "credHelpers", path).get(host) or settings.get("credsStore")
    found = _from_helper(str(helper), key) if helper else Credentials()
    return found or _from_file(_mapping(settings, "auths", path), host, path)


def _read(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _wrong(path, f"cannot be read: {error.strerror}") from error
    except ValueError:
        raise _wrong(path, "is not JSON") from None  # its text may be a secret
    if not isinstance(settings, dict):
        raise _wrong(path, "is no JSON object")
    return settings


def _mapping(settings: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    value = settings.get(key) or {}
    if not isinstance(value, dict):
        raise _wrong(path, f"{key} is no object")
    return value


def _from_file(entries: dict[str, Any], host: str, path: Path) -> Credentials:
    keys = (_HUB_KEY, HUB, "index.docker.io") if host == HUB else (host,)
    named = {_plain(key): entry for key, entry in reversed(entries.items())}
    entry: Any = next(
        (e for key in keys for e in (entries.get(key), named.get(_plain(key))) if e), {}
    )
    if not isinstance(entry, dict):
        raise _wrong(path, f"auths.{host} is no object")
    name, password = _pair(entry, host, path)
    identity = str(entry.get("identitytoken") or "")
    return Credentials(name, password, identity, str(entry.get("registrytoken") or ""))


def _plain(key: str) -> str:
    """Old entries are addresses: https://HOST/v1/."""
    return key.removeprefix("https://").removeprefix("http://").partition("/")[0]


def _pair(entry: dict[str, Any], host: str, path: Path) -> tuple[str, str]:
    if not (encoded := entry.get("auth")):
        return str(entry.get("username") or ""), str(entry.get("password") or "")
    try:
        name, colon, password = base64.b64decode(str(encoded)).decode().partition(":")
    except ValueError:
        colon = ""
    if not colon:
        raise _wrong(path, f"auths.{host}.auth is not the base64 of NAME:PASSWORD") from None
    return name, password.rstrip("\0")


def _from_helper(helper: str, key: str) -> Credentials:
    program = f"docker-credential-{helper}"
    try:
        answer = subprocess.run(
            [program, "get"],
            input=key,
            capture_output=True,
            text=True,
            timeout=HELPER_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _helpless(program, f"did not answer within {HELPER_SECONDS:.0f} s") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else ""
        raise _helpless(program, f"cannot be started: {why or 'no such program'}") from None
    if answer.returncode:
        words = (answer.stdout.strip() or answer.stderr.strip()).partition("\n")[0]
        if _NOT_FOUND in words.lower():
            return Credentials()
        raise _helpless(program, f"failed: {words[:200] or f'exit {answer.returncode}'}")
    return _of_answer(program, answer.stdout)


def _of_answer(program: str, text: str) -> Credentials:
    try:
        said = json.loads(text)
        name, secret = str(said["Username"]), str(said["Secret"])
    except (ValueError, KeyError, TypeError):
        raise _helpless(program, "answered something that is no credentials") from None
    if name == _TOKEN_USER:
        return Credentials(identity_token=secret)
    return Credentials(name, secret)


def _helpless(program: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{program}, which Docker's settings name, {why}",
        hint="mend it, or take credsStore and credHelpers out of Docker's config.json",
    )


def _wrong(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"{path} {why}", hint="the docker command needs this file too")
