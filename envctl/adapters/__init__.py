"""The only rooms with windows: Docker, Compose, files and processes."""
