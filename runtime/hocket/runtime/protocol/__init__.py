"""The pure core: frames, lifecycles and events; no I/O and no Trio."""
