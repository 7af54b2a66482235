"""Labels for scenes: the labelling page, tasks with drafts, what comes back from Label Studio, agreement between labellers, export.

Everything here but `remote` runs without Label Studio's SDK. `remote` is run as a file by the interpreter of `.venv-labels`.
"""
