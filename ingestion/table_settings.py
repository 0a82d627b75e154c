"""A file of settings by table, `<dataset>.<table>: {...}`, that an environment variable may name.

In: the variable, and the file that counts without it. Out: what the file says of each table, and
one clear error where it cannot be meant.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ingestion.errors import SettingInvalid


@dataclass(frozen=True, slots=True)
class TableSettings:
    """One such file.

    Attributes:
        name: What it sets, for errors.
        variable: Environment variable that names another file.
        default: The file without it.
        hint: How an entry is written.
    """

    name: str
    variable: str
    default: Path
    hint: str

    def read(self) -> Mapping[Any, Any]:
        """What the file says, by table.

        Raises:
            SettingInvalid: It cannot be read, or holds something else than tables.
        """
        path = Path(os.environ.get(self.variable) or self.default)
        try:
            given = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (OSError, yaml.YAMLError) as error:
            raise self.invalid(f"names {path.name}, which cannot be read ({error})") from error
        if not isinstance(given, Mapping):
            raise self.invalid(f"names {path.name}, which is no list of tables")
        return given

    def invalid(self, what: str) -> SettingInvalid:
        """The error of a file that says something wrong."""
        return SettingInvalid(self.name, self.variable, what, self.hint)
