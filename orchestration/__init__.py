"""Dagster code location: wiring only.

What is done lives in ingestion, dbt_project, expectations and serving.
"""
