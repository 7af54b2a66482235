"""Measuring the running server: suites on inspect-ai, scorers, baselines and reports."""
