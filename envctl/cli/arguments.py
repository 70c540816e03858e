"""Read the command line: argparse, with our words for mistakes and our help."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from envctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Parser(argparse.ArgumentParser):
    """Never prints or exits on its own: a mistake is a UsageError."""

    before: frozenset[str] = frozenset()
    """Options that stand before the verb, for the hint when one stands behind it."""

    def __init__(self, prog: str, description: str) -> None:
        # a usage and a width of our own keep argparse from working out what nobody reads
        super().__init__(
            prog,
            usage="",
            description=description,
            formatter_class=lambda prog: argparse.HelpFormatter(prog, width=80),
            add_help=False,
            allow_abbrev=False,
        )
        self.add_argument("-h", "--help", action=Show, help="Show this message and exit.")

    def understand(self, words: Sequence[str]) -> argparse.Namespace:
        """Return what `words` say; options may stand anywhere, but before a verbatim rest."""
        positionals = self._get_positional_actions()
        # now, because reading options among positionals hides the latter for a while
        self.usage = self.usage or self._usage()
        verbatim = any(a.nargs in (argparse.REMAINDER, argparse.PARSER) for a in positionals)
        parse = self.parse_known_args if verbatim else self.parse_known_intermixed_args
        options, unknown = parse(list(words))
        if unknown:
            self._refuse(unknown)
        return options

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        said = message.removeprefix("argument ").rstrip(".")
        said = said.replace("the following arguments are required", "missing")
        said = said.replace("ignored explicit argument", "takes no value, not")
        raise UsageError(said[:1].lower() + said[1:], hint=self._help_hint())

    def format_help(self) -> str:
        """Return the help in our layout."""
        from envctl.cli.help import help_text

        shown = [action for action in self._actions if action.help != argparse.SUPPRESS]
        return help_text(self.usage or self._usage(), self.description or "", shown)

    def _usage(self) -> str:
        from_positionals = map(_in_usage, self._get_positional_actions())
        return " ".join([self.prog, "[OPTIONS]", *from_positionals])

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        wrong = next((word for word in unknown if word.startswith("-")), "").partition("=")[0]
        if not wrong:
            raise UsageError(f"unexpected argument {unknown[0]!r}", hint=self._help_hint())
        if wrong in self.before:
            raise UsageError(
                f"{wrong} stands before the command", hint=f"write envctl {wrong} ... {self.verb}"
            )
        hint = did_you_mean(wrong, self._option_string_actions) or self._help_hint()
        raise UsageError(f"no such option: {wrong}", hint=hint)

    @property
    def verb(self) -> str:
        """The verb that this parser is for; empty at the root."""
        return self.prog.partition(" ")[2]

    def names(self) -> frozenset[str]:
        """Return its options, as one writes them."""
        return frozenset(self._option_string_actions)

    def _help_hint(self) -> str:
        return f"{self.prog} --help shows what it takes" if self.verb else ""


class SubParser(Parser):
    """The parser of a verb of a verb, such as `snapshot save`: options may stand anywhere too."""

    _within = False

    def parse_known_args(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        namespace: argparse.Namespace | None = None,
    ) -> tuple[argparse.Namespace, list[str]]:
        """Read options among positionals; what is unknown is refused here, where it is known."""
        if self._within:
            return super().parse_known_args(args, namespace)
        self._within = True
        self.usage = self.usage or self._usage()
        options, unknown = self.parse_known_intermixed_args(args, namespace)
        self._within = False
        if unknown:
            self._refuse(unknown)
        return options, []


class Show(argparse.Action):
    """An option that prints something and ends the command; the help unless it says `show`."""

    def __init__(self, *words: Any, show: Callable[[str], str] | None = None, **named: Any) -> None:
        super().__init__(*words, **{"nargs": 0, **named, "dest": argparse.SUPPRESS})
        self.show = show

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> NoReturn:
        """Print, and end with 0."""
        print(self.show(str(values)) if self.show else parser.format_help(), end="")
        raise SystemExit(0)


def _in_usage(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest.upper())
    if action.nargs in ("*", argparse.PARSER):
        return f"[{name}...]" if action.nargs == "*" else f"{name} [ARGUMENT...]"
    return {"?": f"[{name}]", "+": f"{name}...", argparse.REMAINDER: f"{name}..."}.get(
        str(action.nargs), name
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint at what is nearest to `word`; empty when nothing is near."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""


def whole(least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from `least` on."""

    def read(text: str) -> int:
        return int(_at_least(least, text, int))

    return read


def seconds(least: float) -> Callable[[str], float]:
    """Return a reader of seconds from `least` on."""

    def read(text: str) -> float:
        return _at_least(least, text, float)

    return read


def add_timeout(parser: argparse.ArgumentParser) -> None:
    """Add the option of every verb that waits for services."""
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds(1),
        help="How long to wait for readiness; default 300.",
    )


def _at_least(least: float, text: str, kind: Callable[[str], float]) -> float:
    try:
        value = kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if not value >= least:
        raise argparse.ArgumentTypeError(f"{text} is less than {least:g}")
    return value
