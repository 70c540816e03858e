"""What a Dockerfile builds upon, and which build arguments it declares for certain."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envctl.domain.dockerfile_text import instructions, syntax_image, unquoted
from envctl.domain.dockerfile_variables import filled
from envctl.domain.platform import arguments_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from envctl.domain.dockerfile_text import Instruction

SYNTAX = "BUILDKIT_SYNTAX"
"""The build argument that says which image reads the Dockerfile."""
_MOUNTED = re.compile(r"(?:^|,)from=(?P<source>[^,]+)")


@dataclass
class _Stage:
    base: str
    name: str
    sources: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)


def base_images(
    text: str,
    arguments: Mapping[str, str],
    platforms: Iterable[str] = ("linux/amd64",),
    contexts: Iterable[str] = (),
) -> tuple[str, ...]:
    """Return the images that a Dockerfile builds upon, sorted, and the one that is to read it.

    `arguments` are the build arguments; they go before the defaults of ARG. `contexts` are the
    names of further contexts, which stand in for images of the same names.
    """
    hidden = {familiar(name) for name in contexts}
    found = {arguments.get(SYNTAX) or syntax_image(text)}
    for platform in platforms:
        known: set[str] = set()
        for number, stage in enumerate(_stages(text, arguments, arguments_of(platform))):
            before = {*known, *map(str, range(number))}
            named = {stage.base, *stage.sources}
            found |= {n for n in named if n.lower() not in before and familiar(n) not in hidden}
            known.add(stage.name)
    return tuple(sorted(found - {"", "scratch"}))


def certainly_declared(
    text: str, target: str, arguments: Mapping[str, str], contexts: Collection[str] = ()
) -> frozenset[str]:
    """Return build arguments that the stage `target` declares, itself or in what it is made of.

    There may be more: an image that it builds upon can declare some for whoever does, and a
    Dockerfile that another image is to read may mean anything, so that nothing is certain.
    """
    if arguments.get(SYNTAX) or syntax_image(text):
        return frozenset()
    stages = list(_stages(text, arguments, arguments_of("linux/amd64")))
    hidden = {familiar(name) for name in contexts}
    declared: set[str] = set()
    todo, seen = [_found(stages, target)] if target else [len(stages) - 1], set[int]()
    while todo:
        number = todo.pop()
        if number < 0 or number in seen or familiar(stages[number].name) in hidden:
            continue
        seen.add(number)
        declared |= stages[number].declared
        needed = (stages[number].base, *stages[number].sources)
        todo += [_found(stages[:number], name) for name in needed]
    return frozenset(declared)


def familiar(name: str) -> str:
    """Return the short form of an image's name: `debian` for `docker.io/library/debian:latest`."""
    for beginning in ("docker.io/", "index.docker.io/", "library/"):
        name = name.removeprefix(beginning)
    return name.removesuffix(":latest")


def _found(stages: list[_Stage], name: str) -> int:
    """Return which stage is called `name`, or has that number; -1 if none is."""
    for number in range(len(stages) - 1, -1, -1):
        if name.lower() == stages[number].name or name == str(number):
            return number
    return -1


def _stages(
    text: str, arguments: Mapping[str, str], predefined: Mapping[str, str]
) -> Iterator[_Stage]:
    """Yield the stages; what a FROM can use are the ARGs before the first one."""
    values = {**predefined, **{k: v for k, v in arguments.items() if k in predefined}}
    stage: _Stage | None = None
    for instruction in instructions(text):
        if instruction.name == "FROM":
            if stage is not None:
                yield stage
            stage = _begun(instruction, values)
        elif stage is not None:
            _note(instruction, stage)
        elif instruction.name == "ARG":
            _declare(instruction, values, arguments)
    if stage is not None:
        yield stage


def _begun(instruction: Instruction, values: Mapping[str, str]) -> _Stage:
    words = instruction.words
    named = len(words) > 2 and words[1].upper() == "AS"
    return _Stage(filled(words[0], values) if words else "", words[2].lower() if named else "")


def _declare(
    instruction: Instruction, values: dict[str, str], arguments: Mapping[str, str]
) -> None:
    for word in instruction.words:
        name, given, default = word.partition("=")
        name = unquoted(name)
        if name in arguments:
            values[name] = arguments[name]
        elif given:
            values[name] = filled(default, values)


def _note(instruction: Instruction, stage: _Stage) -> None:
    """Take what an instruction of `stage` says of other images and of arguments."""
    if instruction.name == "ARG":
        stage.declared |= {unquoted(word.partition("=")[0]) for word in instruction.words}
    for flag in instruction.flags:
        name, _, value = flag.partition("=")
        if name == "--from" and instruction.name == "COPY":
            stage.sources.add(value)
        elif name == "--mount" and (found := _MOUNTED.search(value)):
            stage.sources.add(found["source"])
