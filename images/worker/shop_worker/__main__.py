"""The loop: pack what there is, wait for news, come back when the database was away."""

import logging
import os
from pathlib import Path
from tempfile import gettempdir

from psycopg import Connection, OperationalError, connect
from psycopg.rows import TupleRow

from shop_worker.packing import PACKER, pack_one
from shop_worker.stop import Stop

POLL_SECONDS = 5.0  # in case a notification is missed; the healthcheck allows three of these
RETRY_SECONDS = 1.0
HEARTBEAT = Path(gettempdir()) / "heartbeat"  # the healthcheck looks at its age

log = logging.getLogger("worker")


def main() -> None:
    """Runs until asked to stop, through any number of database restarts."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    HEARTBEAT.unlink(missing_ok=True)
    stop = Stop()
    log.info("packing as %s", PACKER)
    while not stop.asked:
        try:
            with connect_to_database() as conn:
                serve(conn, stop)
        except OperationalError as error:
            log.warning("database away: %s", str(error).strip())
            stop.wait(RETRY_SECONDS)
    log.info("stopped")


def connect_to_database() -> Connection[TupleRow]:
    """Host, name and user from libpq's own variables, the password from a file."""
    return connect(
        password=Path(os.environ["DB_PASSWORD_FILE"]).read_text().strip(),
        application_name="shop-worker",
        connect_timeout=3,
        autocommit=True,
    )


def serve(conn: Connection[TupleRow], stop: Stop) -> None:
    """Every round beats; no order placed while looking is left for the next poll."""
    news: list[object] = []
    conn.add_notify_handler(news.append)
    conn.execute("LISTEN order_placed")
    while not stop.asked:
        news.clear()
        parcel = pack_one(conn)
        HEARTBEAT.touch()
        if parcel is not None:
            log.info("order %d packed: %d x %s", parcel.order_id, parcel.quantity, parcel.product)
        elif not news:
            stop.wait(POLL_SECONDS, conn.fileno())


if __name__ == "__main__":
    main()
