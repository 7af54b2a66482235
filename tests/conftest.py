"""Before anything imports langgraph: the tests run with the same strict checkpoints as the server."""

import os
import signal

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell starts what runs in the background so, and the commands that the tests stop by Ctrl-C would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
