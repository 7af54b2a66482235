"""Pure: runs untrusted Python behind walls. `probe` says which tier this machine offers."""
