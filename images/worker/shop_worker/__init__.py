"""The shop's worker: packs what was ordered."""
