"""The expectation suites: one module a source dataset or mart schema, each with `checks()`."""
