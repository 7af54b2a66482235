from __future__ import annotations

from typing import Any

from agents.checking.judge import Judgement, Reading
from agents.checking.votes import cast, tally


def _reading(option: str | None, how: str = "equal") -> Reading:
    return Reading(readable=True, latex="x", option=option, how=how)


def _candidate(kind: str, reason: str = "") -> dict[str, str]:
    return {"kind": kind, "reason": reason, "answer": "1", "form": "latex", "text": ""}


def _decide(
    candidates: list[dict[str, str]],
    readings: dict[str, Reading],
    equal: list[tuple[str, str]],
    letters: dict[int, str] | None = None,
    options: bool = True,
) -> Any:
    judgement = Judgement(readings=readings, equal=equal)
    return tally(cast(candidates, letters or {}, judgement, has_options=options), judgement)


def test_prose_and_program_that_hold_equal_values_agree() -> None:
    result = _decide([_candidate("prose"), _candidate("program")], {"0": _reading("B"), "1": _reading("B")}, [("0", "1")])
    assert (result.winner, result.agreed, result.share) == ("B", True, 1.0)


def test_the_same_option_by_different_values_is_no_agreement() -> None:
    result = _decide([_candidate("prose"), _candidate("program")], {"0": _reading("B", "closest"), "1": _reading("B", "closest")}, [])
    assert result.winner == "B" and not result.agreed


def test_two_proses_agree_with_each_other_but_verify_nothing() -> None:
    assert not _decide([_candidate("prose"), _candidate("prose")], {"0": _reading("B"), "1": _reading("B")}, [("0", "1")]).agreed


def test_a_program_that_states_its_answer_verifies_nothing() -> None:
    stated = _candidate("program", "it states the answer instead of computing it")
    assert not _decide([_candidate("prose"), stated], {"0": _reading("B"), "1": _reading("B")}, [("0", "1")]).agreed


def test_a_bare_letter_is_outvoted_by_a_computed_option() -> None:
    result = _decide([_candidate("prose"), _candidate("program")], {"1": _reading("C")}, [], letters={0: "A"})
    assert result.winner == "C" and not result.agreed


def test_the_formula_that_prose_derived_counts_more_than_the_letter_it_names() -> None:
    result = _decide(
        [_candidate("prose"), _candidate("program")], {"0.0": _reading("B"), "1": _reading("B")}, [("0.0", "1")], letters={0: "A"}
    )
    assert result.winner == "B" and result.agreed


def test_direct_algebra_outweighs_prose_and_program_together() -> None:
    candidates = [_candidate("prose"), _candidate("direct"), _candidate("program")]
    result = _decide(candidates, {"0": _reading("A"), "1": _reading("B"), "2": _reading("A")}, [("0", "2")])
    assert result.winner == "B" and not result.agreed


def test_without_options_equal_values_form_one_answer() -> None:
    candidates = [_candidate("prose"), _candidate("program"), _candidate("prose")]
    readings = {name: _reading(None, "") for name in "012"}
    result = _decide(candidates, readings, [("1", "2")], options=False)
    assert result.agreed and [vote.index for vote in result.votes] == [1, 2]


def test_nothing_readable_elects_nobody() -> None:
    assert _decide([_candidate("prose")], {"0": Reading(readable=False, latex="", option=None, how="it is no value")}, []).winner is None
