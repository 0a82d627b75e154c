"""Load the code location without looking for garbage in it.

Definitions and manifest are hundreds of thousands of objects that stay: going through them again
and again took a fifth of the time of loading, and more of it later. Imports nothing by itself, so
that what it loads is all covered.

Inputs: the environment's settings, dbt's manifest. Output: the definitions.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dagster as dg


def load_definitions() -> dg.Definitions:
    """The code location's definitions, out of the collector's sight from now on."""
    gc.disable()
    from orchestration.definitions import defs  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    return defs
