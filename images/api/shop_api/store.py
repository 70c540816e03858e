"""All the SQL of the api."""

from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from shop_api.models import NewOrder, Order, Product

PRODUCTS = "SELECT id, slug, name, description, price_cents FROM products ORDER BY id"

ORDERS = """
    SELECT o.id, o.product_id, p.name AS product, o.quantity, o.customer, o.total_cents,
           o.status, o.placed_at, o.packed_at, o.packed_by
    FROM orders o JOIN products p ON p.id = o.product_id
"""

PLACE = """
    INSERT INTO orders (product_id, quantity, customer, total_cents)
    SELECT id, %(quantity)s, %(customer)s, price_cents * %(quantity)s
    FROM products WHERE id = %(product_id)s
    RETURNING id
"""


class Store:
    """Products and orders. Every call is one transaction on one pooled connection."""

    def __init__(self, pool: ConnectionPool) -> None:
        self.pool = pool

    def products(self) -> list[Product]:
        """The whole catalogue."""
        with self.pool.connection() as conn, conn.cursor(row_factory=class_row(Product)) as cursor:
            return cursor.execute(PRODUCTS).fetchall()

    def place(self, order: NewOrder) -> Order | None:
        """The order as written down, or None when there is no such product."""
        with self.pool.connection() as conn:
            row = conn.execute(PLACE, order.dict()).fetchone()
        return None if row is None else self.order(row[0])

    def order(self, order_id: int) -> Order | None:
        """One order, or None."""
        with self.pool.connection() as conn, conn.cursor(row_factory=class_row(Order)) as cursor:
            return cursor.execute(ORDERS + "WHERE o.id = %s", [order_id]).fetchone()

    def latest(self, limit: int = 20) -> list[Order]:
        """The latest orders, newest first."""
        with self.pool.connection() as conn, conn.cursor(row_factory=class_row(Order)) as cursor:
            return cursor.execute(ORDERS + "ORDER BY o.id DESC LIMIT %s", [limit]).fetchall()

    def ping(self) -> None:
        """Holds when the database answers and its schema is there."""
        with self.pool.connection() as conn:
            conn.execute("SELECT 1 FROM products LIMIT 1")
