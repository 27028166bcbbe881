"""Gilscope as it is installed: scripts and notebooks import `gilscope.api`, and `python -m gilscope` is the command."""
