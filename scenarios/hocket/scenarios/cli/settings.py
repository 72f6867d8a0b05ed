"""Settings of a command: a flag, else a variable ``HOCKET_*``, else ``[tool.hocket]``, else usual.

A key that no option has is an error, since a setting that is not heard is worse than none.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import click
from click.core import ParameterSource

from hocket.reports.environment import SettingUsed
from hocket.scenarios.language.diagnostics import suggestion
from hocket.scenarios.usage import UsageProblem

__all__ = ["Configured", "settings_used"]

PREFIX = "HOCKET_"
FILE = "pyproject.toml"
NO_SETTINGS = ("HOCKET_BROWSER", "HOCKET_CONFORMANCE_")
"""How variables begin that hocket's own test suites are told by."""

_SOURCES = {
    ParameterSource.COMMANDLINE: "flag",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: FILE,
}


class Configured(click.Command):
    """A command whose options can be set by variables and in ``pyproject.toml``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, parameter in self._by_key().items():
            parameter.envvar = PREFIX + key.upper().replace("-", "_")

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Look at the settings before the words of the command are read."""
        self._check_environment(parent)
        extra["default_map"] = self._from_file()
        return super().make_context(info_name, args, parent, **extra)

    def _by_key(self) -> dict[str, click.Parameter]:
        return {_key(parameter): parameter for parameter in self.params}

    def _check_environment(self, parent: click.Context | None) -> None:
        known = [str(parameter.envvar) for parameter in self.params]
        ours = (n for n in os.environ if n.startswith(PREFIX) and not n.startswith(NO_SETTINGS))
        unknown = set(ours) - set(known)
        unheard = sorted(unknown - set(_variables_beside(parent))) if unknown else []
        for name in unheard:
            raise UsageProblem(f"there is no setting {name}{_hint(name, known)}")

    def _from_file(self) -> dict[str, Any]:
        path = next((p / FILE for p in _folders() if (p / FILE).is_file()), None)
        if path is None:
            return {}
        parameters = self._by_key()
        values: dict[str, Any] = {}
        for key, value in _table(path).items():
            if key not in parameters:
                hint = _hint(key, list(parameters))
                raise UsageProblem(f"[tool.hocket] in {path} has no setting {key}{hint}")
            values[str(parameters[key].name)] = value
        return values


def settings_used(context: click.Context) -> dict[str, SettingUsed]:
    """Every setting of the command of ``context`` by its key, its value, and who set it."""
    used: dict[str, SettingUsed] = {}
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        told = "default" if source is None else _SOURCES.get(source, "default")
        used[_key(parameter)] = SettingUsed(context.params[str(parameter.name)], told)
    return used


def _variables_beside(parent: click.Context | None) -> Iterator[str]:
    """The variables of the other commands, which are loaded to see them."""
    if parent is None or not isinstance(parent.command, click.Group):
        return
    for name in parent.command.list_commands(parent):
        command = parent.command.get_command(parent, name)
        for parameter in command.params if command is not None else ():
            yield str(parameter.envvar)


def _key(parameter: click.Parameter) -> str:
    """How a setting is called: an option by its long name, an argument by its own."""
    return max(parameter.opts, key=len).removeprefix("--")


def _hint(word: str, known: list[str]) -> str:
    near = suggestion(word, known)
    return f"; did you mean {near}?" if near else f"; there are {', '.join(sorted(known))}"


def _folders() -> tuple[Path, ...]:
    here = Path.cwd()
    return (here, *here.parents)


def _table(path: Path) -> Mapping[str, Any]:
    try:
        table: object = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("hocket", {})
    except (OSError, ValueError) as error:
        raise UsageProblem(f"cannot read the settings in {path}: {error}") from error
    if not isinstance(table, dict):
        raise UsageProblem(f"[tool.hocket] in {path} is no table")
    return cast("dict[str, Any]", table)
