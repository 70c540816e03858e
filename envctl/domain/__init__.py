"""What an environment is and what may happen to it next; no I/O, no clock, no third party."""
