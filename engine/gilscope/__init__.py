"""The installed package: scripts and notebooks import `gilscope.api`, and `python -m gilscope` is the command."""
