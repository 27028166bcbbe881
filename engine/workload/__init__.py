"""What to run, and nothing about how: experiments, their files, parameters and steps."""
