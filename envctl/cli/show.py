"""`envctl show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.workflows.releases import NamedRelease, Shelf


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `show` takes."""
    add = parser.add_argument
    add("release", metavar="RELEASE", help="A version, the beginning of a digest, or latest.")
    add("--stage", default="", help="Show the definition of this stage, its overlay in it.")
    add("--compose", metavar="FOLDER", help="Write files that any Compose runs into FOLDER.")
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Show what is in a release, or write it as files that any Compose runs."""
    from envctl.cli.release_words import as_row, images, rejections
    from envctl.cli.words import print_json
    from envctl.wiring.registries import shelf
    from envctl.wiring.releases import write_files

    files = invocation.project_files()
    found = shelf(files)
    named = found.find(options.release)
    if options.compose:
        written = write_files(found, named, options.stage, invocation.folder / options.compose)
        for path in written:
            print(path)
        return
    rejected = rejections(files, invocation.note).get(named.digest)
    if options.json:
        definition = found.definition(named.release, options.stage)
        print_json(
            {
                **as_row(named),
                "rejected": rejected,
                "stages": [stage for stage, _ in named.release.definitions if stage],
                "images": images(named.release),
                "compose": definition.compose.decode(),
            }
        )
        return
    _print(found, named, options.stage, rejected)


def _way_out(shelf: Shelf, named: NamedRelease) -> str:
    """How the release is run without envctl: Compose reads registries with TLS only."""
    if shelf.place.is_local:
        return f"envctl show {named.version} --compose FOLDER, then docker compose up in FOLDER"
    return f"docker compose -f oci://{shelf.place.tagged(named.tag)} up"


def _print(shelf: Shelf, named: NamedRelease, stage: str, rejected: str | None) -> None:
    from envctl.cli.words import print_table

    release = named.release
    facts = (
        ("version", named.version),
        ("digest", named.digest),
        ("rejected", rejected),
        ("commit", release.commit),
        ("committed", release.created),
        ("author", release.author),
        ("source", release.source),
        ("stages", ", ".join(stage for stage, _ in release.definitions if stage)),
        ("run it by", _way_out(shelf, named)),
    )
    for name, text in facts:
        if text:
            print(f"{name:<10} {text}")
    print()
    rows = [
        (service, image.digest[:19], image.origin or f"built from {image.input[:12]}")
        for image in release.images
        for service in image.services
    ]
    print_table(("SERVICE", "IMAGE", "FROM"), sorted(rows))
    print()
    print(shelf.for_people(release, stage).compose.decode(), end="")
