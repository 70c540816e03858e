"""From the project's Compose files to the definition that a release carries."""
