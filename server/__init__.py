"""The tutor behind an OpenAI-compatible API, a command line and LangGraph Studio."""

import os

# Read by langgraph when it is first imported, which every module in here comes before: checkpoints may hold known types only.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
