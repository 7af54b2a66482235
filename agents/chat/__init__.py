"""Reads a chat by rules: which problem it is about, and what the learner wants of it now.

Rules, not a model: they cost nothing before the first streamed word, and they behave the same every time. `problems` finds what is to be solved,
`work` what the learner has of it already, `intents` what is asked for, `reading` puts them together from the message history alone.
"""

from agents.chat.intents import intent
from agents.chat.problems import as_problem, is_other_question, is_problem, split_problems, strip_command, text_of
from agents.chat.reading import HINT_HEADING, STEP_HEADING, Reading, last_hint, read_chat, step_explained

__all__ = [
    "HINT_HEADING",
    "STEP_HEADING",
    "Reading",
    "as_problem",
    "intent",
    "is_other_question",
    "is_problem",
    "last_hint",
    "read_chat",
    "split_problems",
    "step_explained",
    "strip_command",
    "text_of",
]
