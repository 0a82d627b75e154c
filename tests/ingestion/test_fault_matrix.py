"""Every fault is tried on every vendor, or there is a reason; the guide's table says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.pipelines import VENDORS
from tests.ingestion.fault_matrix import MATRIX, covered_by, table
from tests.ingestion.test_faults import LASTING, SPOILT, STORM

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "faults.md"


@pytest.mark.parametrize("fault", MATRIX)
def test_a_fault_is_tried_on_every_vendor_or_there_is_a_reason(fault: str) -> None:
    tried = MATRIX[fault]
    covered = covered_by(tried)
    untried = set(tried.untried or ())
    assert covered | untried == set(VENDORS)
    assert not covered & untried
    for kind in tried.kinds:
        assert kind in {*STORM, *SPOILT, *LASTING, "schema_new_column"}


def test_the_page_has_this_table() -> None:
    assert table() in PAGE.read_text(encoding="utf-8"), table()
