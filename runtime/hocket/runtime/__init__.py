"""A Trio-native agent runtime: turns, approvals, cancellation, and tools that clients run."""
