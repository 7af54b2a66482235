"""What the tutor decides: the LangGraph graph and the pure rooms it calls (checking, sandbox, rendering)."""
