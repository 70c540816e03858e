"""The edge: HAProxy in a container of a target's engine."""
