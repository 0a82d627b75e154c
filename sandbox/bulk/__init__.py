"""Bulk mode: a lake of millions of contacts, written directly, for benchmarks.

Nothing is simulated second by second: calls come as call detail records (as a file drop lands
them: a routing vendor keeps its events for a month only), tickets with their history as the
helpdesk's exports land them. Try `python -m sandbox bulk --contacts 1000000 --home <folder>`.
"""

from __future__ import annotations

from sandbox.bulk.loads import Plan, one_more_day, whole_history

__all__ = ["Plan", "one_more_day", "whole_history"]
