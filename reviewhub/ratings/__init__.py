"""The score of a paper: states, formulas, and the one place that computes them."""
