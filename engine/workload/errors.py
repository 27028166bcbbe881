"""The error of a request that is invalid or cannot be carried out."""

from __future__ import annotations


class ExperimentError(ValueError):
    """A value in an experiment is wrong.

    `path` is the key as a reader of the file would write it (`workload.steps[1].below`), `problem` says what is
    wrong with it in a few words. `str()` gives both: `workload.steps[1].below: must be at least 2, got -5`.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem

    def __reduce__(self) -> tuple[type[ExperimentError], tuple[str, str]]:
        return (ExperimentError, (self.path, self.problem))


class MissingModuleError(ExperimentError):
    """A source imports a module that this interpreter does not have; `module` is its name."""

    def __init__(self, path: str, problem: str, module: str) -> None:
        super().__init__(path, problem)
        self.module = module
