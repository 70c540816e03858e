"""One verb a file: observe, ask the domain for a plan, carry it out."""
