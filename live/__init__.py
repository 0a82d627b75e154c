"""The live marts in memory: dbt's own models, compiled once, run again each cycle. See docs/adr."""
