"""A release on a stage: its Compose definition as the target runs it, in two parts."""
