"""The images that a Dockerfile builds upon."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE)
_OTHER = re.compile(
    r"(?:COPY|ADD|RUN)\s.*?(?:--from=|[,=]from=|,from=)(?P<image>[^\s,]+)", re.IGNORECASE
)
_ARG = re.compile(r"ARG\s+(?P<name>\w+)(?:=(?P<value>\S*))?", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::?-(?P<otherwise>[^}]*))?\}|(?P<bare>\w+))")


def base_images(text: str, arguments: Mapping[str, str]) -> tuple[str, ...]:
    """Return the images that `text` names in FROM and --from, sorted, its own stages left out.

    `arguments` are the build arguments; they go before the defaults of ARG. What is no image after
    all (a named context) does no harm: nobody finds an image of that name.
    """
    values, stages, images = dict(arguments), {"scratch"}, set()
    for line in map(str.strip, re.sub(r"\\\r?\n", " ", text).splitlines()):
        if found := _ARG.match(line):
            values.setdefault(found["name"], (found["value"] or "").strip("\"'"))
        elif found := _FROM.match(line):
            images.add(_filled(found["image"], values))
            stages.add((found["stage"] or "").lower())
        elif found := _OTHER.match(line):
            images.add(_filled(found["image"], values))
    return tuple(sorted(i for i in images if i and not i.isdigit() and i.lower() not in stages))


def _filled(name: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return values.get(found["braced"] or found["bare"]) or found["otherwise"] or ""

    return _VARIABLE.sub(value, name.strip("\"'"))
