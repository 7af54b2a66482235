"""Whether a tuned model is better than its base: both answer the same held-out items, and a gate says what the difference is worth.

`items` reads the held-out examples, `skill` makes the unrelated ones, `ports` names what answers and what judges (`local` and `endpoint` answer), `samples`
keeps each answer as it comes, `measures` and `stats` compare, `gate` decides, `plots` and `page` show. `run` ties them together.
"""
