"""Compares the warehouse with the answers that another ticket package gave on the same export."""
