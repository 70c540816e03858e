"""Registries of images, over urllib3; imported by the commands that speak to one."""
