"""The files that a guide page spells out: code blocks whose first line names where they go."""

from __future__ import annotations

import re
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "add-a-source.md"
_BLOCK = re.compile(r"```(?:python|yaml|sql)\n(?:#|--) (\S+/\S+)\n(.*?)```", re.DOTALL)


def files_of_the_guide() -> dict[str, str]:
    """Path in the repository to the file's text."""
    found = dict(_BLOCK.findall(GUIDE.read_text(encoding="utf-8")))
    assert found, "the page spells out no file"
    return found
