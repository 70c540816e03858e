"""What mends a Compose file, by the words in which Compose complained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envctl.domain.findings import ok, some, warning

if TYPE_CHECKING:
    from envctl.domain.findings import Finding

_CURES = (
    (r"env file (?P<a>\S+) not found",
     "create {a}, or make it optional: env_file: [{{path: {a}, required: false}}]"),
    (r"required variable (?P<a>\w+) is missing",
     "set {a} in .env beside the Compose file, or in the shell: export {a}=..."),
    (r"yaml: line (?P<a>\d+)|line (?P<b>\d+):",
     "look at line {a}{b} and the one before: indentation, a tab, a quote or bracket left open"),
    (r"additional properties '(?P<a>[^']+)' not allowed",
     "take {a} out, or correct its spelling; own keys begin with x-"),
    (r"depends on undefined service \"?(?P<a>[\w.-]+)",
     "define services.{a}, or take it out of depends_on; one with a profile needs --profile"),
    (r"undefined network \"?(?P<a>[\w.-]+)", "add networks: {{{a}: {{}}}} at the top level"),
    (r"undefined volume \"?(?P<a>[\w.-]+)", "add volumes: {{{a}: {{}}}} at the top level"),
    (r"undefined secret \"?(?P<a>[\w.-]+)",
     "add secrets: {{{a}: {{file: ./{a}.txt}}}} at the top level"),
    (r"undefined config \"?(?P<a>[\w.-]+)",
     "add configs: {{{a}: {{file: ./{a}}}}} at the top level"),
    (r"service \"?(?P<a>[\w.-]+)\"? has neither an image nor a build",
     "add image: or build: to services.{a}"),
    (r"dependency cycle detected: (?P<a>.+)", "take one depends_on out of the cycle {a}"),
    (r"open (?P<a>\S+): no such file", "create {a}, or correct the path in the file that names it"),
    (r"no such file or directory", "correct the path, or create the file"),
    (r"permission denied", "make the file readable: chmod +r, or sudo chown $USER"),
    (r"[Ii]nvalid (?:container|host|IP)", "write ports like \"8080:80\" or"
     " \"127.0.0.1:8080:80\", in quotes"),
    (r"interpolat", "write a dollar sign that is no variable as $$"),
)  # fmt: skip
_UNSET = re.compile(r'The "(?P<name>[^"]+)" variable is not set')
_SEVERAL = re.compile(r"multiple (?:config|override) files", re.IGNORECASE)


def cure_of(words: str, hint: str) -> str:
    """Return what mends the file that Compose complained about; `hint` where nobody knows."""
    for pattern, cure in _CURES:
        if found := re.search(pattern, words):
            return cure.format(**{"a": "", **{k: v or "" for k, v in found.groupdict().items()}})
    return hint


def note_findings(notes: tuple[str, ...]) -> list[Finding]:
    """Return what Compose mentioned while it read the files, unset variables together."""
    unset = [found["name"] for note in notes if (found := _UNSET.search(note))]
    others = [_note(note) for note in notes if not _UNSET.search(note)]
    if not unset:
        return others
    first = unset[0]
    cure = f"set them in .env beside the Compose file, or write a default: ${{{first}:-value}}"
    seen = f"not set, so empty: {some(tuple(dict.fromkeys(unset)))}"
    return [warning("variables", seen, cure), *others]


def _note(note: str) -> Finding:
    if _SEVERAL.search(note):
        cure = 'remove or rename all but one, or name it in envctl.toml: compose = ["compose.yaml"]'
        return warning("Compose files", note, cure)
    return ok("Compose says", note)
