"""What sqlfluff sees of dbt's `target`: the default one."""

from __future__ import annotations

name = "dev"
