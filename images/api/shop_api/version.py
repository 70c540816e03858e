"""Which build of the api this is, as baked into the image."""

import os


def version() -> dict[str, str]:
    """The same answer for the whole life of an image."""
    return {
        "service": "api",
        "build": os.environ.get("SHOP_BUILD", "dev"),
        "commit": os.environ.get("SHOP_COMMIT", "unknown"),
    }
