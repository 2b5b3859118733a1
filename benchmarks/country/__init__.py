"""A synthetic country: offices, their reports of 2008 to 2024, their sites, and what is true.

Everything follows from a seed. The divisions down to counties are real; townships, what organs
there are, and all figures are invented, and every page says so at its foot. The national
form's labels are read from `parsers/layouts`; nothing else of the parser is used here, so that
generator and parser can be wrong only apart from each other. It never fetches anything.
"""
