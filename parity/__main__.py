"""Compare the warehouse with reference answers: `python -m parity <folder>`.

Inputs: a folder with `input/` and `expected/` (examples/ticket_parity/README.md). Outputs: cells,
equal ones and differences of each expected column on standard output, each difference with its
reason in `<home>/parity/differences.csv`, and exit status 1 when one has no reason.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Annotated

import typer

from parity.build import ParityError, answers, build, expected
from parity.compare import KEYS, MAY_HOLD_MORE, ColumnResult, compare


def main(
    data: Annotated[Path, typer.Argument(help="Folder with input/ and expected/")],
    home: Annotated[Path | None, typer.Option(help="Home to build in; replaced")] = None,
) -> None:
    """Load a reference set, build, and compare every expected cell."""
    own = home or Path(os.environ.get("KONTAKTI_HOME", ".kontakti")).resolve() / "parity"
    try:
        build(data.resolve(), own)
    except ParityError as error:
        typer.secho(f"error: {error}", fg=typer.colors.RED, err=True)
        raise typer.Exit(2) from None
    results: list[ColumnResult] = []
    unexplained = 0
    print(f"{'expected column':<66}{'cells':>8}{'equal':>8}{'differ':>8}{'no reason':>11}")
    for table in KEYS:
        found, extra = compare(table, expected(data, table), list(answers(own, table)))
        results.extend(found)
        for each in found:
            name = f"{table}.{each.column}"
            print(
                f"{name:<66}{each.cells:>8,}{each.equal:>8,}{len(each.differences):>8,}"
                f"{each.unexplained:>11,}"
            )
        unexplained += sum(each.unexplained for each in found)
        if extra and table in MAY_HOLD_MORE:
            print(f"{table}: {len(extra):,} rows only here, which the reference leaves out")
        elif extra:
            unexplained += len(extra)
            print(f"{table}: {len(extra):,} rows that are not expected, such as {extra[0]}")
    listed = own / "differences.csv"
    _write(listed, results)
    print(f"Every difference is in {listed}; {unexplained:,} without a reason.")
    raise typer.Exit(1 if unexplained else 0)


def _write(path: Path, results: list[ColumnResult]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["table", "key", "column", "expected", "ours", "reason"])
        for item in (each for result in results for each in result.differences):
            key = " ".join(map(str, item.key))
            writer.writerow([item.table, key, item.column, item.expected, item.ours, item.reason])


if __name__ == "__main__":
    typer.run(main)
