"""Packing one order: taken, packed and written down in one transaction."""

import os
import socket
import time
from dataclasses import dataclass

from psycopg import Connection
from psycopg.rows import TupleRow

PACKING_SECONDS = 0.3
PACKER = f"{socket.gethostname()} ({os.environ.get('SHOP_BUILD', 'dev')})"

TAKE = """
    SELECT o.id, p.name, o.quantity FROM orders o JOIN products p ON p.id = o.product_id
    WHERE o.status = 'placed' ORDER BY o.id LIMIT 1 FOR UPDATE OF o SKIP LOCKED
"""

PACKED = """
    UPDATE orders SET status = 'packed', packed_at = clock_timestamp(), packed_by = %s
    WHERE id = %s
"""


@dataclass(frozen=True)
class Parcel:
    """What was packed."""

    order_id: int
    product: str
    quantity: int


def pack_one(conn: Connection[TupleRow]) -> Parcel | None:
    """Packs the oldest order nobody else holds; None when there is none.

    The row stays locked meanwhile: no order is packed twice, and a worker that dies here leaves
    its order placed, for another one to take.
    """
    with conn.transaction():
        row = conn.execute(TAKE).fetchone()
        if row is None:
            return None
        parcel = Parcel(*row)
        time.sleep(PACKING_SECONDS)
        conn.execute(PACKED, [PACKER, parcel.order_id])
    return parcel
