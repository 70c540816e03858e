"""A whole target in memory: an engine, an edge, a store, a lock, and the registry beside it.

`world` is what there is, `desk` is where somebody works on it; every effect on the world goes
through one counter, which can end the command before or after any of them.
"""
