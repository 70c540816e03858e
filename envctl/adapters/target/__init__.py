"""Targets: the way there, and what lies on their engines for a stage: its lock, its store."""
