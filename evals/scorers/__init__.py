"""Scoring of records: pure functions, so that every dataset can prove itself without a server."""
