"""Planted defects: each the reference runtime with one small deviation, by name.

Off, nothing of them is left: a mutant replaces a part of the runtime when it is put together, and
the runtime's own files know nothing of them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from hocket.scenarios.mutants.mutant import Mutant

__all__ = ["MUTANTS", "Mutant"]

_ALL: tuple[Mutant, ...] = ()

MUTANTS: Mapping[str, Mutant] = MappingProxyType({mutant.name: mutant for mutant in _ALL})
"""Every mutant by its name, in order."""
