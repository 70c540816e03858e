"""What goes over the wire. Requests are strict: no unknown fields, no numbers in quotes."""

from datetime import datetime
from typing import Any, Literal
from unicodedata import category

from pydantic import BaseModel, ConstrainedInt, ConstrainedStr, Extra, validator


class Product(BaseModel):
    """Something to buy."""

    id: int
    slug: str
    name: str
    description: str
    price_cents: int


class ProductId(ConstrainedInt):
    """Fits PostgreSQL's integer."""

    strict = True
    ge = 1
    le = 2**31 - 1


class Quantity(ConstrainedInt):
    """What the shop sends in one parcel."""

    strict = True
    ge = 1
    le = 20


class Customer(ConstrainedStr):
    """A name, without the spaces around it."""

    strict = True
    strip_whitespace = True
    min_length = 1
    max_length = 60


class NewOrder(BaseModel):
    """A customer's wish. Whether the product exists is for the database to say."""

    product_id: ProductId
    quantity: Quantity
    customer: Customer

    class Config:
        """A misspelt field is an error, never a silent default."""

        extra = Extra.forbid

    @validator("customer")
    @classmethod
    def _is_text(cls, value: str) -> str:
        """PostgreSQL stores no NUL and no lone surrogate; no name has other control characters."""
        if any(category(char) in {"Cc", "Cs"} for char in value):
            raise ValueError("must not contain control characters")
        return value


class Order(BaseModel):
    """An order as written down: the price is the one of that moment."""

    id: int
    product_id: int
    product: str
    quantity: int
    customer: str
    total_cents: int
    status: Literal["placed", "packed"]
    placed_at: datetime
    packed_at: datetime | None
    packed_by: str | None


def readable(errors: list[Any]) -> str:
    """One sentence for a person out of pydantic's list; always valid UTF-8."""
    sentence = "; ".join(f"{_field(error['loc'])}: {error['msg']}" for error in errors)
    return sentence.encode("utf-8", "replace").decode()


def _field(location: tuple[str | int, ...]) -> str:
    """The field's name as the client wrote it; "body" where there is none."""
    names = [part for part in location[1:] if isinstance(part, str)]
    return ".".join(names) or str(location[0])
