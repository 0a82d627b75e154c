"""Measured goals, one module a question; each writes `results/<name>.json`."""
