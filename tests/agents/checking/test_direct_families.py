"""Direct algebra, family by family, on problems of our own making: what must be answered, and what must stay silent."""

from __future__ import annotations

import pytest

from agents.checking.direct import solve_directly
from agents.checking.equality import equal
from agents.checking.values import from_latex

ANSWERED: list[tuple[str, tuple[str, ...], str]] = [
    ("For what value of $k$ does $kx = 3x + 4$ have no solution?", (), "3"),
    (
        "$$\\begin{aligned} 6x - ay &= 9 \\\\ 2x + 5y &= 1 \\end{aligned}$$In the system above, $a$ is a constant. For what value of $a$ does the system have no solution?",
        (),
        "-15",
    ),
    ("The equation $3(x+b) = 3x + 12$, where $b$ is a constant, has infinitely many solutions. What is the value of $b$?", (), "4"),
    (
        "$$x^2 + 6x + c = 0$$In the equation above, $c$ is a constant. If the equation has exactly one real solution, what is the value of $c$?",
        (),
        "9",
    ),
    (
        "If $(px+1)(qx+4)=6x^2+rx+4$ for all values of $x$, and $p+q=5$, what are the two possible values of $r$?",
        ("$11$ and $14$", "$5$ and $6$"),
        "$\\{11,14\\}$",
    ),
    ("The expression $(2x+3)(x-k)$ is equivalent to $2x^2 - 5x - 12$, where $k$ is a constant. What is the value of $k$?", (), "4"),
    ("The sum of $x$ and 5 is 12. What is the value of $x$?", (), "7"),
    ("If $3(a-b) = 21$, what is the value of $a - b$?", (), "7"),
    ("What is the sum of the solutions of $x^2 - 7x + 10 = 0$?", (), "7"),
    ("What is the product of all solutions to $2x^2 - 3x - 9 = 0$?", (), "$-\\frac{9}{2}$"),
    (
        "$$y = x^2 - 4x + 4$$ $$y = 2x - 5$$How many solutions does the system of equations above have?",
        ("Zero", "Exactly one", "Exactly two", "Infinitely many"),
        "1",
    ),
    ("What is the positive solution to $x^2 + 2x - 15 = 0$?", (), "3"),
    ("Solve 4x - 7 = 2x + 9", (), "8"),
    ("Solve for x: 3(x + 2) = 21", (), "5"),
    ("If 5y + 2 = 17, what is the value of 10y?", (), "30"),
    ("If $x^2 = 16$ and $x$ is negative, what is the value of $x + 1$?", (), "-3"),
    ("$2x + 5$ is 3 more than 12. What is the value of $x$?", (), "5"),
    ("If $f(x) = 2x^2 - 1$ and $g(x) = x + 3$, what is the value of $f(g(1))$?", (), "31"),
    ("The function $h$ is defined by $h(x) = ax + 2$, where $a$ is a constant. If $h(3) = 14$, what is the value of $h(5)$?", (), "22"),
    ("If $p(x)=3x-4$ and $p(a)=11$, what is the value of $a$?", (), "5"),
    (
        "\\begin{tabular}{|c|c|}\\hline$x$ & $g(x)$ \\\\\\hline 1 & 4 \\\\\\hline 2 & 7 \\\\\\hline 3 & 1 \\\\\\hline\\end{tabular} The table above shows values of the function $g$. What is $g(g(3))$?",
        (),
        "4",
    ),
    ("The function $q$ is given by $q(x) = (x-2)(x-8)$. What is the $x$-coordinate of the vertex of the graph of $q$?", (), "5"),
    ("What is the remainder when $x^3 - 2x + 5$ is divided by $x - 2$?", (), "9"),
    ("Which of the following is a factor of $x^3 - 4x^2 + x + 6$?", ("$x-1$", "$x-3$", "$x+2$", "$x+3$"), "$x-3$"),
    ("If $x - 3$ is a factor of $2x^2 + kx - 3$, what is the value of $k$?", (), "-5"),
    (
        "For a polynomial $q(x)$, the value of $q(4)$ is $0$. Which of the following must be a factor of $q(x)$?",
        ("$x+4$", "$x-4$", "$x$"),
        "$x-4$",
    ),
    ("What are the zeros of $f(x) = x^2 - x - 12$?", (), "$\\{-3,4\\}$"),
    ("What is the slope of the line that passes through the points $(1, 2)$ and $(4, 11)$?", (), "3"),
    ("What is the slope of a line perpendicular to the line $y = 4x - 1$?", (), "$-\\frac14$"),
    ("Line $\\ell$ has slope 2 and passes through $(3, 5)$. What is the $y$-intercept of line $\\ell$?", (), "-1"),
    (
        "The graph of the function $g$ in the $xy$-plane, where $y = g(x)$, has a $y$-intercept of $c$, where $c$ is a positive constant."
        " Which of the following could define the function $g$?",
        ("$g(x) = 2(c)^x$", "$g(x) = c(5)^x$", "$g(x) = c(x)^5$", "$g(x) = 5(x) c$"),
        "$g(x) = c \\cdot 5^x$",
    ),
    (
        "The graph of a line in the $xy$-plane has an $x$-intercept of 3. Which of the following could be an equation of the line?",
        ("$y = 3x + 1$", "$y = 2x - 6$", "$y = x + 3$"),
        "$y = 2x - 6$",
    ),
    (
        "Which of the following is an equation of the line that is parallel to $y = 3x - 2$ and passes through the point $(1, 7)$?",
        ("$y=3x+4$", "$y=3x+7$", "$y=-3x+10$"),
        "$y=3x+4$",
    ),
    ("What is the $x$-intercept of the line $2x + 5y = 20$?", (), "10"),
    ("The equation of a circle in the $xy$-plane is $x^2 + y^2 - 6x + 4y = 12$. What is the radius of the circle?", (), "5"),
    ("What is the center of the circle $(x+1)^2+(y-3)^2=16$?", (), "$(-1,3)$"),
    (
        "Which of the following is an equation of a circle with center $(2,-1)$ that passes through the point $(5,3)$?",
        ("$(x-2)^2+(y+1)^2=25$", "$(x-2)^2+(y+1)^2=5$", "$(x+2)^2+(y-1)^2=25$"),
        "$(x-2)^2+(y+1)^2=25$",
    ),
    ("The endpoints of a diameter of a circle are $(0,0)$ and $(6,8)$. What is the radius of the circle?", (), "5"),
    ("What is the median of 3, 9, 4, 12, and 7?", (), "7"),
    ("What is the mean of the numbers 4, 8, 15?", (), "9"),
    ("Find the range of the data set 12, 5, 31, 8.", (), "26"),
    ("What is 15% of 80?", (), "12"),
    ("18 is 30% of what number?", (), "60"),
    ("What is the value of $2^3 + 4 \\cdot 5$?", (), "28"),
    ("What percent of 40 is 10?", (), "25"),
    ("In right triangle $ABC$, angle $C$ is a right angle, $AC = 3$, and $BC = 4$. What is the value of $\\sin A$?", (), "$\\frac45$"),
    ("In right triangle $PQR$, $\\angle Q = 90^\\circ$, $PQ=5$ and $PR=13$. What is the length of $QR$?", (), "12"),
    (
        "In right triangle $ABC$, angle $C$ is a right angle. If $\\sin A = \\frac{5}{13}$, what is the value of $\\cos B$?",
        (),
        "$\\frac{5}{13}$",
    ),
    (
        "Which of the following is equivalent to $\\frac{3+2i}{1-i}$? (Note: $i = \\sqrt{-1}$)",
        ("$\\frac{1+5i}{2}$", "$\\frac{5+i}{2}$", "$3-2i$"),
        "$\\frac{1+5i}{2}$",
    ),
    ("Which expression is equivalent to $\\sqrt{50x^4}$?", ("$5x^2\\sqrt{2}$", "$25x^2$", "$10x^2$"), "$5x^2\\sqrt{2}$"),
    ("Which of the following is equivalent to $\\frac{x^2-9}{x+3}$, for $x \\neq -3$?", ("$x-3$", "$x+3$", "$x-9$"), "$x-3$"),
    (
        "If $f(x)=x^2-4$ and $g(x)=x+2$, which of the following is equivalent to $\\frac{f(x)}{g(x)}$ for $x > -2$?",
        ("$x-2$", "$x+2$"),
        "$x-2$",
    ),
    ("Simplify $3x + 2(x - 4)$.", (), "$5x-8$"),
    (
        "The formula $V = \\pi r^2 h$ gives the volume. Which of the following gives $h$ in terms of $V$ and $r$?",
        (),
        "$h=\\frac{V}{\\pi r^2}$",
    ),
    (
        "\\begin{tabular}{|c|c|}\\hline$x$ & $y$ \\\\\\hline 0 & 5 \\\\\\hline 2 & 9 \\\\\\hline\\end{tabular} Which of the following equations represents the relationship in the table?",
        ("$y=2x+5$", "$y=5x+2$", "$y=4x+1$"),
        "$y=2x+5$",
    ),
    ("If $a > b$ and $b > 0$, which of the following must be true?", ("$a^2 > b^2$", "$a < 2b$", "$a - b > 1$"), "$a^2 > b^2$"),
    ("The scores of a class are 80, 90, 70, 80, and 100. What is the mode of the scores?", (), "80"),
    ("Which of the following is a factor of $2x^2 + 7x + 3$?", ("$2x+1$", "$x+1$", "$2x+3$"), "$2x+1$"),
    (
        "Which of the following is equivalent to the sum of $3x^2 - 2x$ and $x^2 + 5$?",
        ("$4x^2-2x+5$", "$4x^2+3x$", "$2x^2-2x-5$"),
        "$4x^2-2x+5$",
    ),
    ("A circle has center $(0,0)$ and radius 3. What is the area of the circle?", (), "$9\\pi$"),
    ("In right triangle $DEF$, angle $E$ is a right angle, $DE=8$, and $EF=6$. What is $\\tan D$?", (), "$\\frac34$"),
    ("If $y = kx$, where $k$ is a constant, and $y = 20$ when $x = 4$, what is the value of $y$ when $x = 7$?", (), "35"),
    ("The graph of the line $y = 2x + b$ passes through the point $(3, 11)$. What is the value of $b$?", (), "5"),
    ("The point $(2, 14)$ lies on the graph of $y = ax^2 + 2$. What is the value of $a$?", (), "3"),
    ("In the equation $w = \\frac{c}{t}$, $c$ is a constant. If $w = 6$ when $t = 4$, what is the value of $w$ when $t = 8$?", (), "3"),
]
CHOSEN = [
    ("For what value of $m$ is $|m+2|-5$ equal to $-6$?", ("-3", "3", "There is no such value of $m$."), "C"),
    (
        "Which of the following ordered pairs $(x,y)$ satisfies $2x - y \\geq 3$? I. $(2,1)$ II. $(0,0)$ III. $(5,1)$",
        ("I only", "I and III only", "II only"),
        "B",
    ),
]
SILENT = [
    "If $3x + 2 = 11$, what is the value of $x$ increased by 5?",
    "If $x + 3 = 7$, what is three times the value of $x$?",
    "If $x = 5$, what is the reciprocal of the value of $x + 1$?",
    "If $f(x) = x^2$, what is the value of $f(3)$ decreased by 2?",
    "If $f(x)=2x+3$, what is $f(4)$ divided by $f(0)$?",
    "Half of $x$ is equal to 6. What is $x$?",
    "A circle with radius 5 is centered at $(1,2)$. What is the $x$-coordinate of the center of the circle after it moves 3 units right?",
    "What is the remainder when $x^{10}$ is divided by $x - 1$ plus 3?",
    "The line $y = 2x + b$ passes through the point $(3, 11)$ and is translated up by 2 units. What is the value of $b$?",
    "If $y = kx$ and $y = 20$ when $x = 4$, by what percent is the value of $k$ greater?",
    "The line $y = ax + b$ passes through the point $(1, 4)$. What is the value of $b$?",
    "Which of the following is an equivalent form of $y = x^2 - 4x - 12$ that displays the coordinates of the vertex as constants?",
    "A train travels 60 miles in 2 hours. How far does it travel in 5 hours?",
    "The graph of $y = x^2$ is shown. What is the value of $x$?",
    "What is the meaning of 75 in $x + y = 75$?",
    "If $x + y = 10$, what is the value of $x$?",
    "",
    "If $x$ is a positive integer and $2x < 9$, what is the greatest value of $x$?",
    "If $3x + 1 = 10$, by how much is $x$ greater than 2?",
    "What is the smallest integer solution of $3x > 10$?",
    "What is the value of $x$ that does not satisfy $x^2 = 4$?",
    "For what value of $k$ does $kx + ky = 4$ have no solution?",
    "If $f(x) = x + 2$, for how many integers $x$ is $f(x) < 5$?",
    "The function $f(x) = x^2$ is translated 3 units to the right to give $g$. What is the value of $g(1)$?",
    "If $f$ is even and $f(3)=5$, what is $f(-3)$?",
    "A line passes through $(1,2)$ and is tangent to the circle $x^2+y^2=1$. What is its slope?",
    "What is the median of 3, 9, 4, 12, and $x$ if the mean is 7?",
    "The mean of 3, 5, and 10 is increased by adding 12. What is the mean of the numbers?",
    "In triangle $ABC$, $AB = 3$, and $BC = 4$. What is $AC$?",
    "What is 15% of 80 more than 20?",
    "If the price of a shirt is increased by 15% of 80, what is it?",
    "A circle has center $(1,2)$ and is tangent to the $x$-axis. What is the radius of the circle?",
    "What is the area of the sector of the circle $x^2+y^2=9$ with central angle $60^\\circ$?",
    "If $x + y = 5$, which of the following must be true?",
    "If $2x + 3 = 7$, what percent of 10 is $x$?",
    "Two numbers $x$ and $y$ satisfy $x + y = 12$. What is the greatest possible value of $xy$?",
    "If $f(x)=3x$ what is the inverse of $f$ at $x = 6$? What is $f(2)$?",
    "The sum of three consecutive integers is $x = 24$. What is the value of the least?",
    "The equation $h = -16t^2 + 64t$ models the height. After how many seconds does it land?",
    "If $x = 4$, how many times greater is $x^2$ than $x$?",
    "What is the average rate of change of $f(x)=x^2$ from $x=1$ to $x=3$?",
    "If $a$ and $b$ are the solutions of $x^2-5x+6=0$ and $a > b$, what is the value of $a - b$?",
    "If $\\sqrt{x} = 5$, what is the remainder when $x$ is divided by 7?",
    "In the equation $y = 3x + 7$, what does 7 represent?",
    "What is the distance between $(1,2)$ and $(4,6)$?",
    "The line $y=2x+1$ is reflected over the $x$-axis. What is the slope of the new line?",
]


def _options(texts: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"letter": "ABCD"[index], "text": text} for index, text in enumerate(texts)]


@pytest.mark.parametrize(("stem", "options", "answer"), ANSWERED)
def test_a_family_of_problems_is_answered(stem: str, options: tuple[str, ...], answer: str) -> None:
    found = solve_directly(stem, _options(options))
    assert found is not None
    assert equal(found.value, from_latex(answer))
    if options and answer in options:
        assert found.letter == "ABCD"[options.index(answer)]


@pytest.mark.parametrize(("stem", "options", "letter"), CHOSEN)
def test_an_option_in_words_is_chosen_where_the_conditions_decide_it(stem: str, options: tuple[str, ...], letter: str) -> None:
    found = solve_directly(stem, _options(options))
    assert found is not None
    assert found.letter == letter


@pytest.mark.parametrize("stem", SILENT)
def test_a_doubtful_reading_stays_silent(stem: str) -> None:
    assert solve_directly(stem, []) is None


def test_an_answer_that_no_option_offers_was_a_misreading() -> None:
    stem = "If $2x + 3 = 11$, what is the value of $x$?"
    assert solve_directly(stem, _options(("4", "5"))) is not None
    assert solve_directly(stem, _options(("6", "5"))) is None
