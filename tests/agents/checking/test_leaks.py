"""The leak gate on hints of known worth: what gives the answer away, and what may be said."""

from __future__ import annotations

import pytest

from agents.checking.leaks import leaks

SCALED = "If $\\frac{2}{3}x - 4 = 6$ and there are 12 boxes, what is the value of $2x + 1$?\n(A) 12\n(B) 31\n(C) 30"
BOOKS = "A shop sells pens at $2 each and books at $7 each. Ann buys 9 items for $33 in total. How many books does she buy?"
EGGS = "A hen lays 16 eggs a day. Mia eats three and gives away four. She sells the rest at $2 each. How many dollars does she make a day?"
HALF = "A tank of 80 liters holds 40 liters. What part of the tank is full?"
QUADRATIC = "What are the solutions of $x^2 - 2x = 3$?"
MEET = "Where do the lines $y = x - 11$ and $2x + y = -2$ meet?"
MESSAGES = "Ann sent $m$ messages each hour for 5 hours, Tim $p$ messages each hour for 4 hours. How many did they send?\n(A) $9mp$\n(B) $5m + 4p$\n(C) $4m + 5p$"
SHARE = "In a class of 40 students, 14 play chess. What percent of the class play chess?"
SLOPE = "A line passes through $(0, 3)$ and $(4, 15)$. What is its slope?"
MEAN = "$$E=\\frac{O+4 M+P}{6}$$ Which of the following gives $P$ in terms of $E$, $O$ and $M$?"
STUDY = "300 people who see poorly were chosen at random, and half of them received treatment $X$. Their eyesight improved. What can be concluded?"
SIGHT = "Treatment $\\mathrm{X}$ is likely to improve the eyesight of people who see poorly."
COINS = "Greta has 110 coins. There are 30 more gold coins than silver coins. How many gold coins does Greta have?"
FUEL = "A car drives 240 miles on 8 gallons. How many miles does it drive on 5 gallons?"


def _leaks(hint: str, answer: str, problem: str, choice: str | None = None, choice_text: str = "") -> list[str]:
    return leaks(hint, {"answer": answer, "choice": choice, "choice_text": choice_text, "problem": problem})


LEAKING = [
    # the value itself
    ("So the answer is 31.", "31", SCALED, "B", "31"),
    ("Add 1 to get $2x + 1 = 31$.", "31", SCALED, "B", "31"),
    ("The value is 31.0", "31", SCALED, "B", "31"),
    ("Is it $31$?", "31", SCALED, "B", "31"),
    ("Carry it on: $11b \\leq 33$.", "3", BOOKS, None, ""),
    ("She buys 3 books.", "3", BOOKS, None, ""),
    ("You should find $b = 3$.", "3", BOOKS, None, ""),
    ("b = 3", "3", BOOKS, None, ""),
    ("Mia makes $18 a day.", "18", EGGS, None, ""),
    ("She earns eighteen dollars.", "18", EGGS, None, ""),
    ("The result is 150 miles.", "150", FUEL, None, ""),
    ("One hundred and fifty miles is the distance.", "150", FUEL, None, ""),
    ("So the answer is three.", "3", BOOKS, None, ""),
    ("There are three books in the bag.", "3", BOOKS, None, ""),
    # an answer that says what it counts
    ("Carry it on: $G = S + 30 = 40 + 30 = 70$.", "70 \\text{ gold coins}", COINS, None, ""),
    ("That leaves 70.", "70 gold coins", COINS, None, ""),
    # what a sentence says, in other type or nearly its words
    ("This suggests that treatment $X$ is likely to improve the eyesight of people who see poorly.", SIGHT, STUDY, "A", SIGHT),
    ("So treatment $X$ will likely improve the eyesight of all people who see poorly.", SIGHT, STUDY, "A", SIGHT),
    # an option written out, whichever it is
    ("Carry it on until you have $4m+5p$.", "5m + 4p", MESSAGES, "B", "$5m + 4p$"),
    # an equal form
    ("You will find $62/2$ at the end.", "31", SCALED, "B", "31"),
    ("It equals $\\frac{62}{2}$.", "31", SCALED, "B", "31"),
    ("Half of it remains.", "\\frac{1}{2}", "What part of the tank is full?", None, ""),
    ("One half of the tank is full.", "\\frac{1}{2}", HALF, None, ""),
    ("You get 0.5.", "\\frac{1}{2}", HALF, None, ""),
    ("That is 50%.", "\\frac{1}{2}", HALF, None, ""),
    ("Write it as $\\frac{40}{80}$.", "\\frac{1}{2}", HALF, None, ""),
    ("It comes to 35%.", "35", SHARE, None, ""),
    ("It comes to thirty-five percent.", "35\\%", SHARE, None, ""),
    ("As a decimal that is 0.35.", "35\\%", SHARE, None, ""),
    ("The slope is $\\frac{12}{4}$.", "3", SLOPE, None, ""),
    ("It equals two thirds.", "\\frac{2}{3}", "What is the probability of red?", None, ""),
    ("The side is $\\sqrt{50}$.", "5\\sqrt{2}", "How long is the diagonal of a square with side 5?", None, ""),
    ("Use $2 \\cdot 5 m - 5m + 4p$.", "5m + 4p", MESSAGES, "B", "$5m + 4p$"),
    ("Together that is $4p + 5m$.", "5m + 4p", MESSAGES, "B", "$5m + 4p$"),
    ("They sent 5m + 4p messages.", "5m + 4p", MESSAGES, "B", "$5m + 4p$"),
    # a computation whose value is the answer
    ("Compute $30 + 1$.", "31", SCALED, "B", "31"),
    ("Then $9 \\cdot 2$ dollars.", "18", EGGS, None, ""),
    ("Compute 9 * 2.", "18", EGGS, None, ""),
    ("Multiply 9 by 2.", "18", EGGS, None, ""),
    ("Multiply the $9$ eggs by $2$.", "18", EGGS, None, ""),
    ("Take 9 times 2.", "18", EGGS, None, ""),
    ("Take half of 36.", "18", EGGS, None, ""),
    ("Then $(16 - 3 - 4) \\times 2$ is left to do.", "18", EGGS, None, ""),
    ("Divide 54 by 3 now.", "18", EGGS, None, ""),
    ("Add 10 and 8.", "18", EGGS, None, ""),
    ("Subtract 2 from 20.", "18", EGGS, None, ""),
    ("What is the product of 30 and 5?", "150", FUEL, None, ""),
    ("Find 50% of 300.", "150", FUEL, None, ""),
    ("$30 \\times 5 = ?$", "150", FUEL, None, ""),
    # the last equation
    ("Now you have $5b = 15$.", "3", BOOKS, None, ""),
    ("Now you have 5b = 15.", "3", BOOKS, None, ""),
    ("This becomes $x - 3 = 0$.", "3", "Solve $2x - 1 = 5$ for $x$.", None, ""),
    ("This becomes $\\frac{x}{2} = 4$.", "8", "Solve $\\frac{x}{2} + 1 = 5$ for $x$.", None, ""),
    ("So $b = 33 - 30$.", "3", BOOKS, None, ""),
    ("You reach $18 = 2x$.", "9", "Solve $3x - 4 = x + 14$.", None, ""),
    ("It says $-x = 4$.", "-4", "Solve $3 - x = 7$.", None, ""),
    ("Then $12/x = 4$.", "3", "Solve $\\frac{12}{x} + 1 = 5$.", None, ""),
    ("Now $x^2 = 49$ with $x$ positive.", "7", "A square has area 49 plus 0. How long is its side?", None, ""),
    ("Factor it: $(x - 3)(x + 1) = 0$.", "x = 3, x = -1", QUADRATIC, None, ""),
    # every part
    ("You find $x = 3$ and then $y = -8$.", "(3,-8)", MEET, None, ""),
    ("From $3x = 9$ and $y = 3 - 11$ you can finish.", "(3,-8)", MEET, None, ""),
    ("The solutions are 3 and $x = -1$, so $x = 3$.", "x = 3, x = -1", QUADRATIC, None, ""),
    ("The lines meet at $(3, -8)$.", "(3,-8)", MEET, None, ""),
    ("You find $y = -8$.", "(3,-8)", MEET, "B", "$(3,-8)$"),
    ("Then $x = -2 - \\sqrt{2}$.", "x=-2 \\pm \\sqrt{2}", "What are the solutions to $3 x^{2}+12 x+6=0$?", "B", "$x=-2 \\pm \\sqrt{2}$"),
    ("The terms are $2 x^{2} y$ and $2 x y^{2}$.", "2 x^{2} y+2 x y^{2}", "Which is equivalent to $3x^2 y - (x^2 y - 2xy^2)$?", "C", "$2 x^{2} y+2 x y^{2}$"),
    # the option
    ("Pick option B.", "31", SCALED, "B", "31"),
    ("The right one is (B).", "31", SCALED, "B", "31"),
    ("The answer: B", "31", SCALED, "B", "31"),
    ("Choose letter B", "31", SCALED, "B", "31"),
    ("It cannot be (A) or (C).", "31", SCALED, "B", "31"),
    ("The answer is $B$.", "31", SCALED, "B", "31"),
    ("Note: the phone keeps 70% of its value each year.", "The phone keeps 70% of its value each year.", "What does 0.7 mean?", "C", "The phone keeps 70% of its value each year."),
    # a given number as the result
    ("Then $x = 12$.", "12", SCALED, "A", "12"),
    ("So you get 12.", "12", SCALED, "A", "12"),
]  # fmt: skip


HARMLESS = [
    ("Set it up: $2 + 7b + 9 \\leq 33$.", "3", BOOKS, None, ""),
    ("Ann sends $5m$ in all. What about Tim?", "5m + 4p", MESSAGES, "B", "$5m + 4p$"),
    ("You are given $E=\\frac{O+4 M+P}{6}$. Which of these do you need?", "P=6 E-O-4 M", MEAN, "D", "P=6 E-O-4 M"),
    ("The study took people who see poorly. For whom can it speak, then?", SIGHT, STUDY, "A", SIGHT),
    ("Half of those who were chosen received treatment $X$, and their eyesight improved.", SIGHT, STUDY, "A", SIGHT),
    ("What is asked for, and what is given?", "31", SCALED, "B", "31"),
    ("Add 4 to both sides of $\\frac{2}{3}x - 4 = 6$ first.", "31", SCALED, "B", "31"),
    ("Multiply both sides by 3. What does that leave on the left?", "31", SCALED, "B", "31"),
    ("You need $2x$ before you can say what $2x + 1$ is.", "31", SCALED, "B", "31"),
    ("A better start is to clear the fraction.", "12", SCALED, "A", "12"),
    ("There are 12 boxes in all.", "12", SCALED, "A", "12"),
    ("Write $p + b = 9$ for the items and $2p + 7b = 33$ for the money.", "3", BOOKS, None, ""),
    ("After substituting you have $2(9 - b) + 7b = 33$.", "3", BOOKS, None, ""),
    ("Collect terms: $18 + 5b = 33$. What comes next?", "3", BOOKS, None, ""),
    ("Pens cost $2 each and books cost $7 each.", "3", BOOKS, None, ""),
    ("There are three facts here; which two do you need?", "3", BOOKS, None, ""),
    ("Write $p + b = 9$.", "9", BOOKS.replace("books does", "things does"), None, ""),
    ("First find how many eggs are left: $16 - 3 - 4$.", "18", EGGS, None, ""),
    ("Each egg brings $2.", "18", EGGS, None, ""),
    ("Nine eggs are left. What does one bring?", "18", EGGS, None, ""),
    ("Two equations are enough for two unknowns.", "2", "Solve $3x + 1 = 7$ for $x$.", None, ""),
    ("Start from $3x + 1 = 7$.", "2", "Solve $3x + 1 = 7$ for $x$.", None, ""),
    ("You know that $x + 3 = 10$.", "7", "If $x + 3 = 10$, what is $x$?", None, ""),
    ("Look at $\\frac{3}{4} + \\frac{1}{8}$: which denominator do both share?", "\\frac{7}{8}", "What is $\\frac{3}{4} + \\frac{1}{8}$?", None, ""),
    ("Move everything to one side: $x^2 - 2x - 3 = 0$.", "x = 3, x = -1", QUADRATIC, None, ""),
    ("Put $y = x - 11$ into the second equation.", "(3,-8)", MEET, None, ""),
    ("Substituting gives $2x + x - 11 = -2$.", "(3,-8)", MEET, None, ""),
    ("Messages of Ann: $m$ each hour. How many hours?", "5m + 4p", MESSAGES, "B", "$5m + 4p$"),
    ("Ann's share is $5m$. What is Tim's?", "5m + 4p", MESSAGES, "B", "$5m + 4p$"),
    ("Compare 14 with the whole class of 40.", "35", SHARE, None, ""),
    ("A percent is a part of 100.", "35", SHARE, None, ""),
    ("Slope is rise over run: $m = \\frac{y_2 - y_1}{x_2 - x_1}$.", "3", "A line passes through $(1, 5)$ and $(4, 14)$. What is its slope?", None, ""),
    ("How far does the car go on 1 gallon? Use $240$ and $8$.", "150", FUEL, None, ""),
    ("The distance for one gallon is $240 \\div 8$.", "150", FUEL, None, ""),
    ("Which of the options (A), (B) and (C) can you rule out by estimating? Try each.", "18", EGGS, None, ""),
    ("Try step by step - do not rush.", "31", SCALED, "B", "31"),
    ("Solve $2x = 30$ before you answer what is asked.", "31", SCALED, "B", "31"),
    ("Plot $f(b)$ for a few values.", "31", SCALED, "B", "31"),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "answer", "problem", "choice", "choice_text"), LEAKING)
def test_what_gives_the_answer_away_leaks(hint: str, answer: str, problem: str, choice: str | None, choice_text: str) -> None:
    assert _leaks(hint, answer, problem, choice, choice_text)


@pytest.mark.parametrize(("hint", "answer", "problem", "choice", "choice_text"), HARMLESS)
def test_what_only_leads_on_does_not_leak(hint: str, answer: str, problem: str, choice: str | None, choice_text: str) -> None:
    assert _leaks(hint, answer, problem, choice, choice_text) == []


@pytest.mark.parametrize(
    ("hint", "leaking"),
    [
        ("So $|n - 1| = -1$ has no solution.", True),
        ("That is impossible.", True),
        ("No number does that.", True),
        ("An absolute value cannot be negative: is that so here?", False),
        ("Subtract 1 from both sides: $|n - 1| = -1$.", False),
    ],
)
def test_that_there_is_no_answer_is_not_told_in_other_words(hint: str, leaking: bool) -> None:
    problem = "For what value of $n$ is $|n-1|+1$ equal to 0?\n(A) 0\n(B) 1\n(C) 2\n(D) There is no such value of $n$."
    assert bool(_leaks(hint, "There is no such value of $n$.", problem, "D", "There is no such value of $n$.")) is leaking


@pytest.mark.parametrize(
    ("hint", "leaking"),
    [
        (r"Add 6: $9 {\left(a x + b\right)} = 27$.", True),
        ("Add 6: $9ax + 9b = 27$.", True),
        ("Divide: $27 = 9(ax + b)$.", True),
        ("Then $ax + b - 1 = 2$.", True),
        ("Keep it together: $9(ax + b) - 6 = 21$.", False),
        ("For example $9ax + b = 27$.", False),
    ],
)
def test_an_equation_of_what_is_asked_is_read_off_as_one_of_a_letter_is(hint: str, leaking: bool) -> None:
    assert bool(_leaks(hint, "3", "If $9 a x+9 b-6=21$, what is the value of $a x+b$?")) is leaking


def test_what_the_problem_itself_asks_about_may_be_said() -> None:
    hint = "When does such an equation have no real solution?"
    assert _leaks(hint, "none", "Has $|n-1|+1 = 0$ one real solution, or no real solution?") == []
    assert _leaks(hint, "none", "How many real solutions has $|n-1|+1 = 0$?")


@pytest.mark.parametrize(
    ("hint", "reasons"),
    [
        ("There are $60 - 15$ beads for the friends.", ["another way ends with that"]),
        ("She keeps 45 beads.", ["another way ends with that"]),
        ("All beads: $3 \\times 20 = 60$.", []),
        ("Give 15 beads away.", []),
    ],
)
def test_what_another_way_ends_with_is_kept_back_unless_the_problem_prints_it(hint: str, reasons: list[str]) -> None:
    problem = "Ann fills 3 jars with 20 beads each and gives 15 beads away. She shares the rest among 5 friends. How many beads does each friend get?"
    request = {"answer": "9", "choice": None, "choice_text": "", "problem": problem, "others": ["45", "15"]}
    assert leaks(hint, request) == reasons
