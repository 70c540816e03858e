"""The example shop: what every later test stands on."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from envctl.testing import Environment
from tests.e2e.conftest import eventually

pytestmark = pytest.mark.engine


def _ask(url: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_an_order_is_written_packed_and_shown(shop_url: str) -> None:
    (product, *_) = _ask(f"{shop_url}/api/products")
    placed = _ask(
        f"{shop_url}/api/orders", {"product_id": product["id"], "quantity": 2, "customer": "Ada"}
    )
    assert placed["status"] == "placed"
    packed = eventually(
        lambda: (
            (order := _ask(f"{shop_url}/api/orders/{placed['id']}"))["status"] == "packed" and order
        ),
        "the packed order",
    )
    assert packed["packed_at"]
    assert placed["id"] in {order["id"] for order in _ask(f"{shop_url}/api/orders")}


def test_it_says_which_build_is_running(shop_url: str) -> None:
    version = _ask(f"{shop_url}/version")
    assert (version["service"], version["build"]) == ("storefront", "dev")
    assert (version["api"]["service"], version["api"]["build"]) == ("api", "dev")


@pytest.mark.envctl(reset="test")
def test_with_new_data_it_has_its_products_and_no_orders(
    shop_url: str, envctl_environment: Environment
) -> None:
    assert _ask(f"{shop_url}/api/products")
    assert _ask(f"{shop_url}/api/orders") == []
    counted = envctl_environment.exec("db", "psql -U shop -tAc 'select count(*) from orders' shop")
    assert counted.stdout.strip() == "0", counted.stderr
