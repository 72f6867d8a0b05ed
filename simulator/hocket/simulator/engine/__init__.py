"""The pure core: choices, tokens, traces and outcomes; no I/O and no Trio."""
