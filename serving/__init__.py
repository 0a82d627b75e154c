"""What readers get: read-only copies of the marts, swapped whole, and dbt's documentation.

Run alone: `python -m serving publish`, `... tables` or `... docs --serve`.
"""
