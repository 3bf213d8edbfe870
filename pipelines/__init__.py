"""Counts a learning city's learning: provider extracts in, disclosure-safe SDG indicator tables out."""
