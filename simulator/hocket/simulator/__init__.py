"""Deterministic simulation of Trio programs."""
