"""Errors of the checks themselves (not of the data), each with what to do."""

from __future__ import annotations


class ExpectationsError(Exception):
    """The checks could not be run at all."""


class NothingSelectedError(ExpectationsError):
    """A selection names no suite, table or layer."""


class WarehouseUnavailableError(ExpectationsError):
    """The database with the marts is missing or another process is writing to it."""
