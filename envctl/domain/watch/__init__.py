"""What `watch` decides: which paths matter, when to act, and what is done; no I/O, no clock."""
