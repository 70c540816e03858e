"""The outside of `watch`: folders as they change, and the files of containers."""
