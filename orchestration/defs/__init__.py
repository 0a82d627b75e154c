"""Definitions by concern: ingestion, transformation, quality, serving, cadences, alerts."""
