"""Measures a running HiSolver server over HTTP: `python -m evals.run SUITE...`."""
