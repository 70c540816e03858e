"""The api's routes and what it says when something is wrong."""

import logging

from fastapi import FastAPI, HTTPException, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg import OperationalError
from psycopg_pool import ConnectionPool

from shop_api.database import connection_options
from shop_api.models import NewOrder, Order, Product, readable
from shop_api.store import Store
from shop_api.version import version

log = logging.getLogger("uvicorn.error")

pool = ConnectionPool(
    kwargs=connection_options("shop-api"),
    open=False,
    min_size=2,
    max_size=10,
    timeout=2,
    reconnect_timeout=5,
)
store = Store(pool)
app = FastAPI(title="Shop", version=version()["build"])
app.add_event_handler("startup", pool.open)
app.add_event_handler("shutdown", pool.close)

ORDER_ID = Path(ge=1, le=2**63 - 1)


@app.get("/api/products")
def products() -> list[Product]:
    """The whole catalogue."""
    return store.products()


@app.post("/api/orders", status_code=201)
def place(order: NewOrder) -> Order:
    """Writes the order down; a worker packs it soon after."""
    placed = store.place(order)
    if placed is None:
        raise HTTPException(422, f"product_id: there is no product {order.product_id}")
    log.info("order %d placed: %d x %s", placed.id, placed.quantity, placed.product)
    return placed


@app.get("/api/orders")
def latest() -> list[Order]:
    """The latest twenty orders, newest first."""
    return store.latest()


@app.get("/api/orders/{order_id}")
def order(order_id: int = ORDER_ID) -> Order:
    """One order."""
    found = store.order(order_id)
    if found is None:
        raise HTTPException(404, f"there is no order {order_id}")
    return found


@app.get("/version")
def which_build() -> dict[str, str]:
    """Which build answers."""
    return version()


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Holds when this process and the database behind it both answer."""
    store.ping()
    return {"status": "ok"}


@app.exception_handler(RequestValidationError)
def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    """A bad request is answered with one sentence that names the field."""
    return JSONResponse({"detail": readable(error.errors())}, status_code=422)


@app.exception_handler(OperationalError)
def _database_away(_: Request, error: OperationalError) -> JSONResponse:
    """Connections that died with a restarted database are replaced, so the next request works."""
    log.warning("database away: %s", error)
    pool.check()
    return JSONResponse(
        {"detail": "The shop cannot reach its database. Please try again in a moment."},
        status_code=503,
        headers={"Retry-After": "1"},
    )
