"""The shop's api: products to choose from, orders to place."""
