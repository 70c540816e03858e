"""Arguments to a workflow, its answer to words, its errors to exit codes."""
