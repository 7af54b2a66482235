"""`python -m finetune.report.bench`: whether the report sees what it is there to see. Good and deliberately bad adapters of one base, each with its report."""
