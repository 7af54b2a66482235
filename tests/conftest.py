"""Before anything imports langgraph: the tests run with the same strict checkpoints as the server."""

import os

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
