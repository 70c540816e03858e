CREATE TABLE products (
    id          integer PRIMARY KEY,
    slug        text    NOT NULL UNIQUE,
    name        text    NOT NULL,
    description text    NOT NULL,
    price_cents integer NOT NULL CHECK (price_cents > 0)
);

INSERT INTO products (id, slug, name, description, price_cents) VALUES
    (1, 'notebook',  'Field notebook',   'Sewn binding, 128 dotted pages, lies flat.',         1450),
    (2, 'pencils',   'Cedar pencils',    'Five of them, HB, sharpened by hand.',                 890),
    (3, 'ink',       'Iron gall ink',    'Goes on grey, dries black, stays for a century.',     1200),
    (4, 'envelopes', 'Cotton envelopes', 'Twenty, gummed, for letters worth keeping.',           980),
    (5, 'tape',      'Paper tape',       'Holds a sketch to a wall and lets go when asked.',     450),
    (6, 'ruler',     'Brass ruler',      'Fifteen centimetres, and heavier than you expect.',   1890);
