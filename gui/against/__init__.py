"""Run against: the choice of a variant of the loaded experiment, and the ratio of both in large figures."""
