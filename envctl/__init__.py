"""Build services once, run the same images everywhere."""

__version__ = "0.1.0.dev0"
