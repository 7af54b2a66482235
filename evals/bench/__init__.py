"""Benchmarks of latency: `python -m evals.bench.overhead` and `python -m evals.bench.first_text`."""
