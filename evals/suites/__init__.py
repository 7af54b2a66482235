"""The suites by name."""

from __future__ import annotations

from evals.suites.base import Suite
from evals.suites.code import CodeSuite
from evals.suites.conversation import ConversationSuite
from evals.suites.hints import HintsSuite
from evals.suites.layout import LayoutSuite
from evals.suites.pictures import PicturesSuite
from evals.suites.render import RenderSuite
from evals.suites.retrieval import RetrievalSuite
from evals.suites.solve import SolveSuite, WordProblemSuite
from evals.suites.videos import VideosSuite

SUITES: dict[str, type[Suite]] = {
    suite.name: suite
    for suite in (
        SolveSuite,
        WordProblemSuite,
        HintsSuite,
        ConversationSuite,
        RenderSuite,
        CodeSuite,
        VideosSuite,
        LayoutSuite,
        PicturesSuite,
        RetrievalSuite,
    )
}
