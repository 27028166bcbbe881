"""A model and a step for Gilscope, as an example of what others can add."""
