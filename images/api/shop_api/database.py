"""How the database is reached: by libpq's own variables, and a password from a file."""

import os
from pathlib import Path
from typing import Any


def connection_options(application_name: str) -> dict[str, Any]:
    """What `psycopg.connect` needs beyond PGHOST, PGDATABASE and PGUSER."""
    return {
        "password": Path(os.environ["DB_PASSWORD_FILE"]).read_text().strip(),
        "application_name": application_name,
        "connect_timeout": 3,
    }
