"""Fetch the report pages of offices into the archive."""
