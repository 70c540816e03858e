CREATE TABLE orders (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id  integer     NOT NULL REFERENCES products (id),
    quantity    integer     NOT NULL CHECK (quantity BETWEEN 1 AND 20),
    customer    text        NOT NULL CHECK (customer <> ''),
    total_cents integer     NOT NULL CHECK (total_cents > 0),
    status      text        NOT NULL DEFAULT 'placed' CHECK (status IN ('placed', 'packed')),
    placed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    packed_at   timestamptz,
    packed_by   text,
    CHECK ((status = 'packed') = (packed_at IS NOT NULL AND packed_by IS NOT NULL))
);

-- What the worker looks for; it stays small however many orders there have been.
CREATE INDEX orders_to_pack ON orders (id) WHERE status = 'placed';

-- Wakes the workers, whoever placed the order.
CREATE FUNCTION wake_workers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY order_placed;
    RETURN NULL;
END
$$;

CREATE TRIGGER order_placed AFTER INSERT ON orders
    FOR EACH STATEMENT EXECUTE FUNCTION wake_workers();
