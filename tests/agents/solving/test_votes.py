from __future__ import annotations

from typing import Any

import pytest

from agents.checking.judge import Judgement, Reading
from agents.solving.votes import cast, only_fitting, tally


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
    substituted: dict[str, str] | None = None,
) -> Any:
    judgement = Judgement(readings=readings, equal=equal)
    votes, refuted = cast(candidates, letters or {}, judgement, substituted or {}, has_options=options)
    return tally(votes, judgement, refuted)


def test_steps_and_programs_that_hold_equal_values_agree() -> None:
    candidates = [_candidate("prose"), _candidate("program"), _candidate("program")]
    result = _decide(candidates, {name: _reading("B") for name in "012"}, [("0", "1"), ("0", "2"), ("1", "2")])
    assert (result.winner, result.proof, result.share) == ("B", "program", 1.0)


def test_one_pair_alone_may_share_a_misreading() -> None:
    result = _decide([_candidate("prose"), _candidate("program")], {"0": _reading("B"), "1": _reading("B")}, [("0", "1")])
    assert result.winner == "B" and not result.proof


def test_numbers_tried_by_programs_verify_with_steps_that_name_the_option() -> None:
    tried = {**_candidate("trial"), "letter": "B"}
    assert _decide([tried, tried, _candidate("prose")], {"2": _reading("B")}, []).proof == "trial"
    assert _decide([tried, tried, _candidate("prose")], {"2": _reading("C")}, []).proof == ""
    assert _decide([tried, tried, tried], {}, []).proof == ""


def test_numbers_that_fit_no_option_count_as_doubt() -> None:
    missed = {**_candidate("trial"), "letter": ""}
    result = _decide([missed, missed, _candidate("prose")], {"2": _reading("B")}, [])
    assert result.winner == "B" and not result.proof and result.share < 0.6


def test_the_same_option_by_different_values_is_no_agreement() -> None:
    result = _decide([_candidate("prose"), _candidate("program")], {"0": _reading("B", "closest"), "1": _reading("B", "closest")}, [])
    assert result.winner == "B" and not result.proof


def test_two_proses_agree_with_each_other_but_verify_nothing() -> None:
    assert not _decide([_candidate("prose"), _candidate("prose")], {"0": _reading("B"), "1": _reading("B")}, [("0", "1")]).proof


def test_a_program_that_states_its_answer_verifies_nothing() -> None:
    stated = _candidate("program", "it states the answer instead of computing it")
    assert not _decide([_candidate("prose"), stated], {"0": _reading("B"), "1": _reading("B")}, [("0", "1")]).proof


def test_a_bare_letter_is_outvoted_by_a_computed_option() -> None:
    result = _decide([_candidate("prose"), _candidate("program")], {"1": _reading("C")}, [], letters={0: "A"})
    assert result.winner == "C" and not result.proof


def test_the_formula_that_prose_derived_counts_more_than_the_letter_it_names() -> None:
    candidates = [_candidate("prose"), _candidate("program"), _candidate("program")]
    readings = {"0.0": _reading("B"), "1": _reading("B"), "2": _reading("B")}
    result = _decide(candidates, readings, [("0.0", "1"), ("0.0", "2"), ("1", "2")], letters={0: "A"})
    assert result.winner == "B" and result.proof == "program"


def test_direct_algebra_outweighs_prose_and_program_together() -> None:
    candidates = [_candidate("prose"), _candidate("direct"), _candidate("program")]
    result = _decide(candidates, {"0": _reading("A"), "1": _reading("B"), "2": _reading("A")}, [("0", "2")])
    assert result.winner == "B" and not result.proof


def test_without_options_equal_values_form_one_answer() -> None:
    candidates = [_candidate("prose"), _candidate("program"), _candidate("prose")]
    readings = {name: _reading(None, "") for name in "012"}
    result = _decide(candidates, readings, [("1", "2")], options=False)
    assert (result.winner, [vote.index for vote in result.votes]) == ("1", [1, 2])


def test_nothing_readable_elects_nobody() -> None:
    assert _decide([_candidate("prose")], {"0": Reading(readable=False, latex="", option=None, how="it is no value")}, []).winner is None


def test_direct_algebra_verifies_with_anything_that_came_to_the_same_apart_from_it() -> None:
    direct = {"0": _reading("B"), "1": _reading("B")}
    assert _decide([_candidate("direct"), _candidate("prose")], direct, []).proof == "algebra"
    assert _decide([_candidate("direct"), _candidate("program")], direct, []).proof == "algebra"
    assert _decide([_candidate("direct"), _candidate("prose")], {"0": _reading("B")}, [], letters={1: "B"}).proof == "algebra"


def test_direct_algebra_alone_verifies_nothing_not_even_with_a_substitution_into_the_same_formulas() -> None:
    result = _decide([_candidate("direct")], {"0": _reading("B")}, [], substituted={"0": "satisfies"})
    assert (result.winner, result.proof) == ("B", "")


def test_an_answer_that_breaks_a_condition_of_the_problem_has_no_vote() -> None:
    readings = {"0": _reading("A"), "1": _reading("A"), "2": _reading("B")}
    result = _decide([_candidate("prose")] * 3, readings, [], substituted={"0": "violates", "1": "violates"})
    assert (result.winner, result.refuted) == ("B", (0, 1))


def test_where_every_answer_breaks_a_condition_nobody_wins() -> None:
    result = _decide([_candidate("prose")], {"0": _reading("A")}, [], substituted={"0": "violates"})
    assert (result.winner, result.refuted) == (None, (0,))


def test_steps_whose_answer_satisfies_the_problems_conditions_are_verified_unless_others_outweigh_them() -> None:
    assert _decide([_candidate("prose")], {"0": _reading("A")}, [], substituted={"0": "satisfies"}).proof == "substitution"
    candidates = [_candidate("prose"), *[_candidate("program")] * 3]
    readings = {"0": _reading("A"), **{str(index): _reading("B") for index in (1, 2, 3)}}
    assert _decide(candidates, readings, [], substituted={"0": "satisfies"}).proof == ""


def test_an_option_that_prose_only_names_is_put_into_the_conditions_too() -> None:
    assert _decide([_candidate("prose")], {}, [], letters={0: "C"}, substituted={"(C)": "violates"}).winner is None


def test_one_letter_beside_a_program_is_chance_and_two_are_agreement() -> None:
    readings = {"0": _reading("B")}
    assert _decide([_candidate("program"), _candidate("prose")], readings, [], letters={1: "B"}).proof == ""
    assert _decide([_candidate("program"), *[_candidate("prose")] * 2], readings, [], letters={1: "B", 2: "B"}).proof == "program"


def test_one_late_letter_among_others_confirms_no_algebra() -> None:
    candidates = [_candidate("direct"), *[_candidate("prose")] * 3]
    readings = {"0": _reading("B")}
    assert _decide(candidates, readings, [], letters={1: "A", 2: "C", 3: "B"}).proof == ""
    assert _decide(candidates, readings, [], letters={1: "B", 2: "C", 3: "A"}).proof == "algebra"
    assert _decide(candidates, readings, [], letters={1: "A", 2: "B", 3: "B"}).proof == "algebra"


def test_values_that_are_no_option_count_as_doubt() -> None:
    readings = {"0": _reading(None, "no option fits"), "1": _reading(None, "no option fits"), "2": _reading("A")}
    candidates = [_candidate("prose"), _candidate("program"), _candidate("program"), *[_candidate("prose")] * 4]
    result = _decide(candidates, readings, [], letters={3: "A", 4: "C", 5: "A", 6: "C"})
    assert (result.winner, result.proof) == ("A", "")
    assert _decide([_candidate("prose")], {"0": _reading(None, "no option fits")}, []).winner is None


def test_letters_confirm_a_program_only_where_most_of_them_do() -> None:
    candidates = [_candidate("program"), *[_candidate("prose")] * 4]
    assert _decide(candidates, {"0": _reading("A")}, [], letters={1: "C", 2: "A", 3: "A", 4: "C"}).proof == ""
    assert _decide(candidates, {"0": _reading("A")}, [], letters={1: "C", 2: "A", 3: "A", 4: "A"}).proof == "program"


def test_a_number_left_out_costs_a_program_its_proof_only_where_no_formula_confirms() -> None:
    short = {**_candidate("program"), "left_out": "5"}
    readings = {name: _reading("B") for name in "012"}
    equal = [("0", "1"), ("0", "2"), ("1", "2")]
    assert not _decide([_candidate("prose"), short, short], readings, equal).proof
    assert _decide([_candidate("direct"), short], {"0": _reading("B"), "1": _reading("B")}, [("0", "1")]).proof == "algebra"


def test_what_equals_the_value_for_which_algebra_chose_an_option_confirms_it_where_options_hold_no_value() -> None:
    chosen = {**_candidate("direct"), "letter": "B"}
    readings = {name: _reading(None, "no option fits") for name in "01"}
    agreeing = _decide([chosen, _candidate("program")], readings, [("0", "1")])
    assert (agreeing.winner, agreeing.proof) == ("B", "algebra")
    assert not _decide([chosen, _candidate("program")], readings, []).proof


def _tried(fates: str) -> dict[str, str]:
    return {f"({letter})": {"s": "satisfies", "v": "violates"}[fate] for letter, fate in zip("ABCD", fates, strict=True) if fate != "?"}


@pytest.mark.parametrize(
    ("fates", "only"),
    [("vsvv", "B"), ("ssvv", None), ("vs?v", None), ("?s??", None), ("vvvv", None), ("vvv?", "D"), ("????", None)],
)
def test_an_option_is_the_only_one_that_fits_where_all_others_break_a_condition(fates: str, only: str | None) -> None:
    assert only_fitting("ABCD", _tried(fates)) == only
    assert only_fitting("A", _tried("s???")) is None


def test_algebra_is_confirmed_where_all_options_were_tried_and_its_own_alone_fits() -> None:
    judgement = Judgement(readings={"0": _reading("B"), "1": _reading("A")}, equal=[])
    candidates = [_candidate("direct"), _candidate("prose")]

    def proof(fates: str, candidates: list[dict[str, str]]) -> str:
        substituted = _tried(fates)
        votes, refuted = cast(candidates, {}, judgement, substituted, has_options=True)
        return tally(votes, judgement, refuted, only=only_fitting("ABCD", substituted)).proof

    assert proof("vsvv", candidates) == "options"
    assert proof("vs?v", candidates) == proof("svvv", candidates) == ""
    assert proof("vsvv", [_candidate("prose"), _candidate("prose")]) == "substitution"


def _values(*latex: str) -> tuple[dict[str, Reading], list[tuple[str, str]]]:
    """Readings named by their place, and which of them are equal."""
    readings = {str(place): Reading(readable=True, latex=text, option=None, how="") for place, text in enumerate(latex)}
    equal = [(a, b) for a in readings for b in readings if a < b and readings[a]["latex"] == readings[b]["latex"]]
    return readings, equal


@pytest.mark.parametrize(
    ("said", "winner", "proof"),
    [
        # steps, program, at length, in brief
        (("7", "7", "7", "9"), "0", "program"),
        (("7", "9", "7", "7"), "0", ""),  # no computation among those that agree
        (("7", "7", "9", "7"), "0", ""),  # the long solution weighs most, and it disagrees
        (("7", "8", "9", "10"), "2", ""),  # nobody agrees: the form that is right most often
        (("7", "7", "9", "9"), "2", ""),
    ],
)
def test_four_forms_elect_by_weight_and_verify_with_most_of_it_behind_a_program(said: tuple[str, ...], winner: str, proof: str) -> None:
    candidates = [_candidate(kind) for kind in ("prose", "program", "reason", "brief")]
    result = _decide(candidates, *_values(*said), options=False)
    assert (result.winner, result.proof) == (winner, proof)


def test_later_samples_count_for_less_than_first_answers() -> None:
    readings, equal = _values("7", "9")
    first, later = _candidate("prose"), {**_candidate("prose"), "round": "2"}
    assert _decide([later, first], readings, equal, options=False).winner == "1"
    assert _decide([{**later, "round": "1"}, first], readings, equal, options=False).winner == "0"
