"""Pure: answer equivalence, option matching, the leak gate. Knows no graph and no server."""
