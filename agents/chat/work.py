"""What the learner has already: the answer they propose, and the lines of their own work."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.checking.problem import parse_problem

_WORK = re.compile(
    r"(?:^|(?<=[\n.?!:),;]))[ \t]*(?:here(?:'s| is| are)|this is|these are|look at|check|see)?[ \t]*"
    r"(?:my (?:own )?(?:work(?:ing|ings)?|attempt|solution|try|steps?|reasoning|calculations?)(?: (?:so far|is|was|are))?|what i (?:did|have|tried)(?: so far| is| was)?"
    r"|(?:so far )?i (?:did|tried|wrote|have|calculated)(?: this)?(?: so far)?|(?:can you |could you |please )*(?:check|correct|look at) (?:this|it|my work)(?: please)?|is this (?:right|correct))[ \t]*[?.]?[ \t]*[:\n]\s*",
    re.IGNORECASE,
)
_VALUE_END = re.compile(
    r"(?:\s*,)?\s+(?:because|since|as i|by|but|for|from|so i|and (?:my|he|she|they|the|i|you)|instead|rather|when i|after)\b.*$|(?:\s*,|\s*[-–])?\s*(?:is|isn't|was)\s+(?:that|it|this|my|the)\b.*$"
    r"|(?:\s*,)?\s*(?:be )?(?:right|correct|okay|ok|true|wrong|yes|no|am i|did i|is (?:that|this|it))\b.*$|(?:\s*,)?\s*(?:as|for) (?:the|my|an?) answer\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_REASON = re.compile(r"\b(?:because|since|as)\b(.*)$", re.IGNORECASE | re.DOTALL)
_VALUE = r"(?P<value>(?:\$|-?\d|[-+]?\\|(?:(?-i:\(?[A-H]\)?)|\(?[b-h]\)?)(?=[\s?.!,]|$)|[a-z]\s*[=<>]|\(?-|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|zero|option|choice)\b).*)"
_I = r"(?:i(?:'ve| have|'d| would)?(?: also| just| only| still| now)?)"
_CUES = (
    # "is my answer 4 right", "is the answer 4", "is it B", "is 4 correct", "would it be 4"
    rf"\b(?:is|isn't|was|would|could|should|shouldn't|wouldn't|might|will|can)\s+(?:my (?:final )?(?:answer|result|solution)(?: of)?|the (?:right |correct |final )?(?:answer|result|solution)|it|that|this)\s+(?:not |be |really |just |then |maybe |equal to |equals? )*{_VALUE}",
    rf"^\W*(?:so |and |ok(?:ay)?,? |hm+,? |then )*(?:is|are|would|could)\s+{_VALUE}(?=\s+(?:be )?(?:right|correct|ok|okay|true|the (?:right|correct|final)? ?(?:answer|solution|result)|a solution|it)\b)",
    rf"\b{_I}\s+(?:got|get|found|obtain(?:ed)?|think|thought|believe|guess(?:ed)?|say|said|chose|choose|pick(?:ed)?|selected|calculated|computed|end(?:ed)? up with|came up with|come to|came to|answered|put|have|reckon|concluded?)\s+(?:that )?(?:it(?:'s| is| was| must be| should be)?|the answer(?:'s| is| was)?|my answer is|x is)?\s*(?:answer |option |choice )?(?:to be |is )?{_VALUE}",
    rf"\bmy (?:final )?(?:answer|result|solution)\s*(?:is|was|would be|=|:|to (?:it|this) is)\s*{_VALUE}",
    rf"\bthe (?:right |correct |real |final |true )?(?:answer|result|solution)\s*(?:is|must be|should be|has to be|=|:)\s*(?:clearly |definitely |surely |obviously )?{_VALUE}",
    rf"\bit(?:'s| is| must be| should be| has to be)\s+(?:clearly |definitely |surely |obviously |really |still |just )*{_VALUE}",
    rf"\b(?:i'm|i am|we're)\s+(?:sure|certain|convinced|positive|confident)\s+(?:that )?(?:it(?:'s| is)|the answer is|about)?\s*{_VALUE}",
    rf"\bwhy\s+(?:isn't|is it not|wasn't|not|can't)\s+(?:it|the answer)?\s*(?:be |simply |just )*{_VALUE}",
    rf"^\W*(?:so|then|ok(?:ay)?|hm+|maybe|perhaps|probably|answer|now|also|well|finally)[\s,:]+(?:the answer is |it'?s? |is it )?{_VALUE}",
)
_CLAIMS = tuple(re.compile(cue, re.IGNORECASE | re.DOTALL) for cue in _CUES)
_BARE = re.compile(
    r"^\W{0,3}(?:(?:option|choice|answer)\s+)?(?:\$?\(?[A-H]\)?\$?|\$?\\?\$?-?\d[\d,]*(?:\.\d+)?(?:\s*/\s*\d+)?\s*\\?%?\$?|\$?[a-z]\s*=\s*-?[\d\\][^=?]{0,30}|\$?-?\\frac\{[^{}]+\}\{[^{}]+\}\$?)"
    r"(?:\s+[a-z]{2,12}){0,2}\s*[?.!]*\s*$"
)
_ABOUT_WORK = re.compile(
    r"\b(?:am i (?:right|correct|wrong)|did i (?:do|get|make|solve)|(?:is|was) (?:that|this|it|my (?:answer|work|solution|result|reasoning|method)) (?:right|correct|ok|okay|good|wrong|true)|check (?:my|this|it)\b|correct my|where (?:did|do) i go wrong|what did i do wrong|my (?:answer|result|solution) is (?:right|correct)|(?:grade|mark|review|verify) my|i (?:am|'m) (?:right|correct|sure|certain)|you(?:'re| are) wrong|i disagree|i(?:'m| am) (?:still )?(?:sure|certain|convinced) (?:i|that|my)|who(?:'s| is) (?:right|correct)|(?:^|,\s*)(?:right|correct)\?)",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^\W*(?:please\b|now\b|(?:can|could|may|will) (?:i|you)\b|give me\b|i (?:need|want|would like)\b).*\b(?:hint|help|clue|nudge)\b",
    re.IGNORECASE,
)
_LINE = re.compile(r"[=<>≤≥]|\\[lg]eq?\b")
_MATTERS = re.compile(
    r"[\d$=?\\]|\b(?:what|how|find|solve|which|determine|calculate|compute|simplify|evaluate|prove|value of)\b", re.IGNORECASE
)
_FIRST_PERSON = re.compile(r"\b(?:i|my|i'm)\b", re.IGNORECASE)
_TASK_WORD = re.compile(r"\b(?:what|how|find|solve|which|determine|calculate|compute|simplify|evaluate|prove|value of)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Work:
    """`rest` is the message without the learner's work and claim; `judge` whether the words ask for a judgement of them."""

    rest: str
    claim: str = ""
    attempt: str = ""
    judge: bool = False


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?!])\s+|\n+", text) if part.strip()]


def tidy_claim(text: str) -> str:
    """The value alone: without the question or the reason behind it. Dollars stay only where they belong to the whole."""
    value = _VALUE_END.sub("", " " + text.strip())
    value = re.split(r"(?<!\d)[.!?](?:\s|$)|[?!]|\.\s|\.$|;|\n", value.strip(), maxsplit=1)[0].strip().strip(",:").strip()
    value = re.sub(r"\s+be$", "", value)
    value = re.sub(r"^(?:option|choice)\s+", "", value, flags=re.IGNORECASE)
    if value.count("$") == 2 and value.startswith("$") and value.endswith("$"):
        value = value[1:-1].strip()
    elif value.count("$") == 1 and not value.startswith("$"):
        value = value.replace("$", "")
    if letter := re.fullmatch(r"\(?([A-Ha-h])\)?", value):
        return letter[1].upper() if value != letter[1].lower() else value
    return value


def find_claim(sentence: str) -> str:
    """The answer that the sentence proposes; "" where it proposes none."""
    for cue in _CLAIMS:
        if (found := cue.search(sentence)) and (value := tidy_claim(found["value"])) and len(value) <= 120:
            return value
    return tidy_claim(sentence.strip().rstrip("?.! ")) if _BARE.match(sentence.strip()) else ""


def read_work(text: str) -> Work:
    """Takes the learner's own work and claim out of a message. Sentences are taken only from its end: a word problem may say "I got 4 more" itself."""
    if len(bare_lines(text)) > 1:
        # formulas alone: a system to be solved or the learner's work, which only the chat can tell
        return Work(rest=text)
    attempt, rest = "", text
    marks = list(_WORK.finditer(text))
    if marks and text[marks[-1].end() :].strip():
        attempt, rest = text[marks[-1].end() :].strip(), text[: marks[-1].start()].strip()
    judge = bool(attempt and _ABOUT_WORK.search(attempt))
    attempt = _without_questions(attempt)
    claim, tail = "", rest
    for last in reversed(_sentences(rest)):
        asks_about = bool(_ABOUT_WORK.search(last)) and len(last.split()) <= 20
        found = "" if _asks_anew(last) else find_claim(last)
        if not asks_about and not found and (claim or _MATTERS.search(last)):
            break
        tail = tail[: tail.rindex(last)].strip()
        if asks_about or found:
            judge, rest = True, tail
        claim = claim or found
        if (reason := _REASON.search(last)) and _LINE.search(reason[1]) and not attempt:
            attempt = reason[1].strip().rstrip(".")
    if len(parse_problem(rest)["options"]) < len(parse_problem(text)["options"]):
        # what stands before offered options is the problem's own
        return Work(rest=text)
    if rest and not claim and not attempt and not _FIRST_PERSON.search(text[len(rest) :]):
        # "Ann says that 2 + 3 * 4 = 20. Is that right?" is a problem by itself
        return Work(rest=text)
    return Work(rest=rest, claim=claim or last_value(attempt), attempt=attempt, judge=judge)


def _without_questions(attempt: str) -> str:
    """The lines of work without "Is that right?" or "Can I have a hint?" behind them."""
    kept = attempt
    for last in reversed(_sentences(attempt)):
        if _LINE.search(last) or not (_ABOUT_WORK.search(last) or _REQUEST.search(last)):
            break
        kept = kept[: kept.rindex(last)].strip()
    return kept or attempt


def _asks_anew(sentence: str) -> bool:
    """A question with a task of its own, such as "If I got 4 of them, how many are left?"."""
    return bool(_TASK_WORD.search(sentence)) and not re.search(r"\b(?:right|correct)\b", sentence, re.IGNORECASE)


def last_value(attempt: str) -> str:
    """What the last line of the work arrives at: `x = 4`, or a stated answer; "" where it arrives at nothing."""
    lines = [line.strip() for line in attempt.splitlines() if line.strip()]
    if not lines:
        return ""
    if found := find_claim(lines[-1]):
        return found
    solved = re.findall(r"(?<![\w)}])([a-z]\s*=\s*-?(?:\d[\d.,/]*|\\d?frac\{\d+\}\{\d+\}))(?![\w^(+*/\\-])", lines[-1].replace("$", ""))
    return solved[-1].rstrip(".,") if solved else ""


def bare_lines(text: str) -> list[str]:
    """The formulas where the message is nothing but lines of work, for instance `3x = 15` and `x = 5`; otherwise none."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    plain = [re.sub(r"\\[a-z]+|\$", " ", line) for line in lines]
    worded = any(len(re.findall(r"[A-Za-z]{3,}", line)) > 4 or _TASK_WORD.search(line) or "?" in line for line in plain)
    return [] if worded or not lines or not all(_LINE.search(line) for line in lines) else lines


def letters_in(text: str) -> set[str]:
    """The single letters of its formulas, as names of quantities."""
    bare = re.sub(r"\\[a-zA-Z]+", " ", text)
    return set(re.findall(r"(?<![A-Za-z])[a-zA-Z](?![A-Za-z])", bare)) - {"I", "a"} | set(re.findall(r"(?<=\d)[a-z](?![A-Za-z])", bare))
