"""Faults that are really there: each is seeded, found by `doctor`, and taken away again."""
