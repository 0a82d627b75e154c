"""The file drop: exported CSV, Parquet and JSON files, mapped by YAML to the warehouse's entities.

`mapping` reads and checks the YAML, `inventory` finds files and knows which are new, `unpack`
opens archives, `reader` and `evaluate` turn a file into typed rows inside a locked-down DuckDB,
`collect` settles keys that occur twice, `pseudonymise` hides persons, `report` counts it all.
`ingestion.sources.files` lands the result with dlt.
"""
