"""Measurements and pictures of envctl at work; nothing here is part of the package."""
