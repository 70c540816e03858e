"""Brings the schema up to date: numbered SQL files, in order, each once.

Each file and the note that it was applied are one transaction. A second run, or a run beside
another one, changes nothing. Versions this build does not know are left alone: they belong to a
newer build, and going back to this one must work.
"""

import hashlib
import sys
from pathlib import Path

from psycopg import Connection, connect
from psycopg.rows import TupleRow

from shop_api.database import connection_options

MIGRATIONS = Path(__file__).parent.parent / "migrations"
LOCK = 7467_0001  # any number, as long as only migrations take it

TABLE = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version    text        PRIMARY KEY,
        checksum   text        NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
"""


def main() -> None:
    """Applies what is missing while holding the lock, which ends with the connection."""
    with connect(**connection_options("shop-migrate"), autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        conn.execute(TABLE)
        known = dict(conn.execute("SELECT version, checksum FROM schema_migrations").fetchall())
        applied = [
            file.stem for file in sorted(MIGRATIONS.glob("*.sql")) if apply(conn, file, known)
        ]
    print(f"applied: {', '.join(applied)}" if applied else "nothing to do")


def apply(conn: Connection[TupleRow], file: Path, known: dict[str, str]) -> bool:
    """Whether the file had to be applied. One that changed since it was applied ends the run."""
    script = file.read_bytes()
    checksum = hashlib.sha256(script).hexdigest()
    if file.stem in known:
        if known[file.stem] != checksum:
            sys.exit(f"{file.name} was changed after it was applied; add a new file instead")
        return False
    with conn.transaction():
        conn.execute(script)
        conn.execute(
            "INSERT INTO schema_migrations (version, checksum) VALUES (%s, %s)",
            [file.stem, checksum],
        )
    return True


if __name__ == "__main__":
    main()
