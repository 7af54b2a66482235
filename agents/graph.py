"""The tutor's graph: wiring only. `builder` is compiled with a checkpointer by `server.runtime`; `graph` is for LangGraph Studio."""

from __future__ import annotations

from langgraph.graph import START, StateGraph

from agents.animation.graph import animate
from agents.context import Context
from agents.nodes.answer import answer
from agents.nodes.assess import assess
from agents.nodes.check import check
from agents.nodes.explain import explain
from agents.nodes.hint import hint
from agents.nodes.mend import mend
from agents.nodes.picture import picture
from agents.nodes.route import route
from agents.nodes.solve import solve
from agents.nodes.variant import variant
from agents.state import TutorInput, TutorState

builder = StateGraph(TutorState, context_schema=Context, input_schema=TutorInput)
builder.add_node("route", route)
builder.add_node("solve", solve)
builder.add_node("check", check)
builder.add_node("mend", mend)
builder.add_node("hint", hint)
builder.add_node("assess", assess)
builder.add_node("explain", explain)
builder.add_node("variant", variant)
builder.add_node("picture", picture)
builder.add_node("animate", animate)
builder.add_node("answer", answer)
builder.add_edge(START, "route")
builder.add_edge("animate", "answer")

graph = builder.compile()
