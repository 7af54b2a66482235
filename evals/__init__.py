"""Measures a running HiSolver server over HTTP, and single parts of it here: `python -m evals.run SUITE...`."""
