"""What the words of a message ask for."""

from __future__ import annotations

import re
from typing import Literal

from agents.state import TurnKind

_HINT = re.compile(
    r"\bhints?\b|\b(?:a|another|some) (?:clue|nudge)\b|\b(?:i'?m|i am|we'?re|still|got|get) (?:\w+ )?stuck\b|^\W*stuck\b|\bwhere (?:do|should|can) i (?:start|begin)\b|\bhow (?:do|should|can) i (?:start|begin)\b"
    r"|\b(?:what(?:'s| is) the|the|give me the) next step\b|\bpoint me\b|\bdon'?t (?:tell|give|show) me the (?:answer|solution)\b|\bwithout (?:giving|telling|spoiling)\b",
    re.IGNORECASE,
)
_VIDEO = re.compile(
    r"\b(?:animat(?:e|ion|ed)|visuali[sz]\w*|illustrat\w+|manim|draw (?:it|this|me|the)|plot (?:it|this)|picture it)\b|\b(?:make|show|create|give|want|see|as)\b[^.?]{0,25}\bvideo\b"
    r"|^\s*(?:plot|draw|sketch|graph|show (?:how|that|why))\b",
    re.IGNORECASE,
)
_SOLUTION = re.compile(
    r"\b(?:(?:full|whole|complete|entire|worked) (?:solution|answer|working)|give up|all (?:the )?steps|work it (?:all )?out|just (?:tell|show) me|(?:tell|show|give|reveal|spoil)(?: me| us)?(?: all)? (?:the |that |its )?(?:\w+ )?(?:answer|solution|result|working|steps)|(?:what(?:'s| is)) the (?:final |right |correct )?(?:answer|solution|result)|(?:want|need|see|have|print|output) (?:the |to see the |to know the )?(?:\w+ )?(?:answer|solution)|solve (?:it|this|that)|how (?:do|would|can) (?:you|i|we) (?:solve|do|work) (?:it|this|that)|the solution,? please|^\W*(?:the )?(?:full )?(?:solution|answer)\W*(?:please)?\W*$|tell me(?: already| now| please)?\W*$)",
    re.IGNORECASE,
)
_SOLVE = re.compile(r"\b(?:solve|solution|the answer|work out)\b", re.IGNORECASE)
_VARIANT = re.compile(
    r"\b(?:another|one more|a (?:new|different|similar|fresh)|more|an? (?:\w+ )?(?:harder|easier|tougher|simpler)) (?:\w+ )?(?:one|problems?|questions?|examples?|exercises?|version)\b(?! (?:hint|step|way|method))"
    r"|\bsimilar (?:problems?|questions?|ones?|exercises?|tasks?)\b|\b(?:one more|another)(?: one)? (?:like|to (?:practi[sc]e|try)|for practi[sc]e)\b|\b(?:more|some|extra) practi[sc]e\b|\bpractice (?:problem|question|one)\b"
    r"|\b(?:harder|easier|tougher|simpler) (?:one|problem|version|question|exercise)\b|\bsame (?:kind|type|sort) of (?:problem|question|exercise|task)\b|\bwith (?:other|different|new) numbers\b|\b(?:like (?:this|that|it)(?: one)?)\b.*\b(?:another|more|new|again|similar)\b"
    r"|\bvariant\b|\b(?:test|quiz) me\b|\b(?:give|make|set|ask|pose|want|try|show)\b[^.?]*\b(?:another|similar|one more|something similar)\b(?! (?:hint|clue|way|explanation|method|step))|^\W*(?:and )?(?:another|one more|next(?: one| problem| question)?|again)\W*(?:please)?\W*$"
    r"|\b(?:something|anything|one) similar\b|\bmake (?:it|one) (?:a (?:bit|little) )?(?:harder|easier)\b",
    re.IGNORECASE,
)
_EXPLAIN = re.compile(
    r"^\W*(?:(?:but|and|so|ok(?:ay)?|wait|hm+|sorry|yes|no|please)[\s,]+)*(?:why|how come|what for|huh)\b|\bexplain\b|\bexplanation\b|\belaborate\b|\bclarify\b|\bwalk me through\b|\bbreak (?:it|that|this|step \w+) down\b|\bin (?:other|simpler|plain|easier|different) (?:words|terms)\b|\brephrase\b"
    r"|\bsay (?:it|that|this|step \w+) (?:\w+ )?(?:differently|again|simpler|another way)\b|\bmore (?:detail|slowly)\b|\b(?:i|we) (?:still |really |just )?(?:don'?t|do not|didn'?t|did not|can'?t|cannot) (?:\w+ )?(?:understand|get|see|follow)\b|\bnot (?:clear|following|getting it)\b|\bunclear\b|\bconfus\w+\b|\bi(?:'m| am) lost\b"
    r"|\b(?:doesn'?t|does not|didn'?t) make (?:any )?sense\b|\bwhat (?:do you mean|does (?:that|this|it|step|the|line)\b[^?]*mean|happen(?:ed|s) (?:in|at|with))|\bwhat(?:'s| is| was) (?:the (?:idea|reason|point|logic)|step|happening)\b|\b(?:how|where) (?:did|do|does|come|could|can|was|is|were) (?:you|we|it|that|this|the|one|step|\$|-?\d)[^?]*\b(?:get|got|gets?|come|came|comes|know|knew|arrive|find|found|go|going|derived?|obtain\w*|from|turn(?:ed)? into|become|became|allowed)\b"
    r"|^\W*(?:and )?(?:what about )?(?:the )?(?:step|line) \d{1,2}\W*$|\bwhy (?:did|do|does|is|are|can|must|should|would) (?:you|we|it|that|this)\b",
    re.IGNORECASE,
)
_DIFFERENTLY = re.compile(
    r"\b(?:different(?:ly)?|simpler|simply|easier|another way|other words|again|rephrase|more (?:detail|slowly|clearly)|plain(?:er)? (?:words|terms|english)|still (?:don'?t|do not)|once more|other way)\b",
    re.IGNORECASE,
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "last": -1, "final": -1}
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_STEP = re.compile(
    r"\b(?:step|line|part|point|move|number|hint)\s*(?:no\.?|number|#)?\s*(\d{1,2}|" + "|".join(_NUMBERS) + r")\b"
    r"|\b(\d{1,2})(?:st|nd|rd|th)\s+(?:step|line|part|one|move)\b|\b(" + "|".join(_ORDINALS) + r")\s+(?:step|line|part|move)\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^\W*(?:yes|yep|yeah|yup|sure|correct|right|exactly|ok(?:ay)?|that'?s (?:right|it|correct)|that is (?:right|correct|it)|looks (?:good|right|correct)|perfect|go ahead|y)\b",
    re.IGNORECASE,
)
_NO = re.compile(r"^\W*(?:no|nope|not (?:quite|right|correct|exactly)|wrong|that'?s (?:not|wrong)|incorrect|n)\b", re.IGNORECASE)
_SWAP = re.compile(
    r"(?:the\s+)?[\"'`$]*(?P<old>-?[\w.,/^+]+)[\"'`$]*\s+(?:is|should be|must be|has to be|is really|is actually|reads)\s+(?:an?\s+|really\s+)?[\"'`$]*(?P<new>-?[\w.,/^+]+)[\"'`$]*"
    r"|[\"'`$]*(?P<new2>-?[\w.,/^+]+)[\"'`$]*\s*,?\s+(?:instead of|not|rather than)\s+(?:an?\s+|the\s+)?[\"'`$]*(?P<old2>-?[\w.,/^+]+)[\"'`$]*",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|great|cool|perfect|nice|wow|ah+|oh+|got it|i see|i understand|understood|makes sense|that helps|good|awesome|all right|alright|thanks|thank you|thx|ty|cheers|bye|goodbye|hello|hi|hey)(?:[\s,.!]+(?:so much|very much|a lot|now|then|again|for (?:the|your) \w+|that|it|all|you|very|much|i|see|there|tutor|thanks|thank|got))*[\s,.!]*)+\W*$",
    re.IGNORECASE,
)


def intent(text: str) -> TurnKind | None:
    """What the words of a remark about the current problem ask for; None where they say nothing of the kind. A proposed answer is read in `work`."""
    asks_for_more = bool(_VARIANT.search(text))
    if asks_for_more and not re.search(r"\bhints?\b|\bexplain\b|\bexplanation\b|\bway\b", text, re.IGNORECASE):
        return "variant"
    if (
        re.search(r"\b(?:explain|understand|mean|meant|why|confus\w+|unclear)\b", text, re.IGNORECASE)
        and _EXPLAIN.search(text)
        and not _VIDEO.search(text)
    ):
        return "explain"
    if _HINT.search(text):
        return "hint"
    if _VIDEO.search(text):
        return "animate"
    if _SOLUTION.search(text):
        return "solve"
    if _EXPLAIN.search(text):
        return "explain"
    return "solve" if _SOLVE.search(text) else None


def opening_intent(text: str) -> TurnKind | None:
    """What a message that holds a problem asks for. Its own words ("solve the equation", "a video shop") ask for nothing special."""
    if _HINT.search(text):
        return "hint"
    return "animate" if _VIDEO.search(text) else None


def asked_step(text: str) -> int | None:
    """The number of the step that the words name; -1 for the last, None where they name none."""
    mentioned = list(_STEP.finditer(text))
    if not mentioned:
        return None
    # "from step 1 to step 2" is about what step 2 does
    found = mentioned[-1] if re.search(r"\bfrom\b.*\bto\b", text, re.IGNORECASE) else mentioned[0]
    if found[3]:
        return _ORDINALS[found[3].lower()]
    number = (found[1] or found[2]).lower()
    return int(number) if number.isdigit() else _NUMBERS[number]


def wants_other_words(text: str) -> bool:
    """Whether an explanation is asked for in other words than before."""
    return bool(_DIFFERENTLY.search(text))


def difficulty(text: str) -> Literal["same", "harder", "easier"]:
    """How the further problem should compare with this one."""
    if re.search(r"\b(?:harder|tougher|more (?:difficult|challenging)|bigger)\b", text, re.IGNORECASE):
        return "harder"
    return "easier" if re.search(r"\b(?:easier|simpler|less difficult|smaller)\b", text, re.IGNORECASE) else "same"


def is_remark(text: str) -> bool:
    """Thanks, a greeting, "I see": nothing is asked."""
    return bool(_THANKS.match(text))


def confirms(text: str) -> bool | None:
    """Yes, no, or None for words that are neither."""
    if _NO.match(text):
        return False
    return True if _YES.match(text) else None


def corrected(problem: str, words: str) -> str | None:
    """The problem with a misread piece put right ("the 8 is a 3", "3 not 8"); None where the words do not say which piece, or it stands there twice."""
    found = _SWAP.search(re.sub(r"^\W*no\b[\s,.:]*", "", words.strip(), flags=re.IGNORECASE))
    if found is None:
        return None
    old, new = (found["old"] or found["old2"]).rstrip(".,"), (found["new"] or found["new2"]).rstrip(".,")
    places = list(
        re.finditer(rf"(?<![\w.]){re.escape(old)}(?![\d.])" if old[-1:].isdigit() else rf"(?<!\w){re.escape(old)}(?!\w)", problem)
    )
    if len(places) != 1:
        return None
    return problem[: places[0].start()] + new + problem[places[0].end() :]
