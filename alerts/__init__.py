"""Alerts: when a measure opens one and when it clears, kept in a file and sent once each."""
