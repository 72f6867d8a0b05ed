"""Benchmarks: run one with `python -m benchmarks.NAME`; they print ratios, never assert them."""
