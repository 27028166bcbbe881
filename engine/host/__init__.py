"""The process that hosts a run's workers, under the chosen interpreter; standard library only, Python 3.10 up."""
