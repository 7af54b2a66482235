"""Before anything imports langgraph: the tests run with the same strict checkpoints as the server."""

import os
import signal

import pytest

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell starts what runs in the background so, and the commands that the tests stop by Ctrl-C would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

# after the setting above; fixtures for more than one folder of tests
from tests.fake_vllm import vllm  # noqa: F401
from tests.label_studio import studio  # noqa: F401


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-control-frames", action="store_true", help="Takes the frames that the kinds of beats end with for right.")
