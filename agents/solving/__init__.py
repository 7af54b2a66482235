"""How a problem is solved: independent paths to an answer, the votes they cast, and what is concluded from them."""
