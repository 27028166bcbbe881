"""Checks the source of a person's own functions without running it, and names the line of the first mistake."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

TaskDefinition = ast.FunctionDef | ast.AsyncFunctionDef

TASK = "task"
# The functions that a source may define besides its task, with the argument of each; they may also take none.
AROUND = {
    "prepare": "nothing",
    "argument": "the task's number",
    "setup": "what prepare() returned",
    "teardown": "what setup() returned",
    "finish": "what prepare() returned",
}
_WITH_STATE = ("prepare", "setup")


class SourceError(ValueError):
    """A source from which no task can be made. `line` and `column` count from 1; 0 where there is no such place."""

    def __init__(self, text: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"line {line}: {text}" if line else text)
        self.text = text
        self.line = line
        self.column = column


@dataclass(frozen=True)
class OwnFunction:
    """A function of a source: its name, its line, how many arguments it is called with, and whether it is awaited."""

    name: str
    line: int
    takes: int
    is_async: bool


@dataclass(frozen=True)
class OwnFunctions:
    """The functions of a source that a run calls: its task, and those of AROUND that it defines, by name."""

    task: OwnFunction
    around: dict[str, OwnFunction] = field(default_factory=dict)

    @property
    def alone(self) -> bool:
        """Whether the source defines only a task: it is called with the task's number, and its result is dropped."""
        return not self.around


def task_definition(source: str, function: str = TASK) -> TaskDefinition:
    """Return the last definition of `function` in `source`; an `ast.AsyncFunctionDef` is to be awaited.

    Raises SourceError for the first thing that keeps the source from being run.
    """
    own_functions(source, function)
    return _definitions(source)[function]


def own_functions(source: str, function: str = TASK) -> OwnFunctions:
    """Return the functions of `source` that a run calls. Raises SourceError for the first that it cannot call."""
    found = _definitions(source)
    task = found.get(function)
    if task is None:
        hint = "; write def task(item): or async def task(item):" if function == TASK else ""
        raise SourceError(f"has no function called {function}{hint}")
    with_state = any(name in found for name in _WITH_STATE)
    around = {name: _called(found[name], 0 if name == "prepare" else 1) for name in AROUND if name in found}
    for name in ("argument", "prepare", "finish"):
        if name in around and around[name].is_async:
            raise SourceError(f"{name} runs where nothing awaits it: write def {name}", around[name].line)
    return OwnFunctions(_task_called(task, function, with_state), around)


def is_async_task(source: str, function: str = TASK) -> bool:
    """Whether `source` defines an asynchronous task; False if it defines none."""
    try:
        return isinstance(task_definition(source, function or TASK), ast.AsyncFunctionDef)
    except SourceError:
        return False


def _definitions(source: str) -> dict[str, TaskDefinition]:
    body = parse(source).body
    return {node.name: node for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def _task_called(node: TaskDefinition, name: str, with_state: bool) -> OwnFunction:
    least, most = arguments_of(node)
    takes = min(most, 1)
    if with_state and most >= 2 and (least == 2 or second_is_state(node)):
        takes = 2
    if least > takes:
        given = "one argument, the task's number"
        if with_state:
            given = "at most two arguments: the task's (its number, or what argument() made), and its worker's state"
        raise SourceError(f"{name} takes {given}", node.lineno)
    _refuse_yield(node, name)
    return OwnFunction(name, node.lineno, takes, isinstance(node, ast.AsyncFunctionDef))


def _called(node: TaskDefinition, given: int) -> OwnFunction:
    least, most = arguments_of(node)
    if least > given:
        words = f"at most one argument, {AROUND[node.name]}" if given else "no argument"
        raise SourceError(f"{node.name} takes {words}", node.lineno)
    _refuse_yield(node, node.name)
    return OwnFunction(node.name, node.lineno, min(given, most), isinstance(node, ast.AsyncFunctionDef))


def _refuse_yield(node: TaskDefinition, name: str) -> None:
    place = None if node.decorator_list else next(_yields(node), None)
    if place is not None:
        raise SourceError(f"{name} has a yield: calling it only makes a generator, and runs nothing", place.lineno)


def _yields(definition: TaskDefinition) -> Iterator[ast.expr]:
    """Yield every `yield` of the function itself, not of functions nested in it, in order."""
    left: list[ast.AST] = list(reversed(definition.body))
    while left:
        node = left.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            left.extend(reversed(list(ast.iter_child_nodes(node))))


def parse(source: str) -> ast.Module:
    """Return the syntax tree of a source. Raises SourceError with the line of a syntax error."""
    try:
        with warnings.catch_warnings():
            # An invalid escape sequence is no reason to refuse the source, nor to print a warning here.
            warnings.simplefilter("ignore")
            return ast.parse(source, "<source>")
    except SyntaxError as error:
        last = len(source.splitlines()) or 1
        raise SourceError(error.msg, max(1, min(error.lineno or 1, last)), error.offset or 0) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(str(error) or "is nested too deeply") from None


def arguments_of(node: TaskDefinition) -> tuple[int, int]:
    """Return how many arguments a function needs at least, and takes at most, when it is called by position."""
    arguments = node.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    most = 100 if arguments.vararg is not None else positional
    named = sum(default is None for default in arguments.kw_defaults)
    least = positional - len(arguments.defaults)
    return (most + 1 if named else least), most


def second_is_state(node: TaskDefinition) -> bool:
    """Return whether a function's second argument is called `state`."""
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    return len(names) > 1 and names[1] == "state"
