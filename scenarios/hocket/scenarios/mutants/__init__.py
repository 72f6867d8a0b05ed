"""Planted defects: each the reference runtime with one small deviation, by name.

Off, nothing of them is left: a mutant replaces a part of the runtime when it is put together, and
the runtime's own files know nothing of them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from hocket.scenarios.mutants.added import ADDED
from hocket.scenarios.mutants.mutant import Mutant
from hocket.scenarios.mutants.seen import SEEN

__all__ = ["MUTANTS", "Mutant"]

MUTANTS: Mapping[str, Mutant] = MappingProxyType({m.name: m for m in (*SEEN, *ADDED)})
"""Every mutant by its name, in order."""
