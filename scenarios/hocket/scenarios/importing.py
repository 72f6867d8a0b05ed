"""Modules of the reader's own, found from the working folder as well."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

from hocket.scenarios.usage import UsageProblem

__all__ = ["module_named"]


def module_named(name: str, complaint: str) -> ModuleType:
    """The module of that name.

    Raises :class:`~hocket.scenarios.usage.UsageProblem` if it cannot be imported: the
    ``complaint``, and what was raised.
    """
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise UsageProblem(f"{complaint}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.pop(0)
