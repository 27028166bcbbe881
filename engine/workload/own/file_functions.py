"""Lists the functions of a Python file by its syntax tree, and makes steps of them; nothing of it is ever run."""

from __future__ import annotations

import ast
import io
import keyword
import os
import tokenize
from dataclasses import dataclass

from engine.workload.source_check import AROUND, OwnFunction, OwnFunctions, SourceError, own_functions, parse

_MOST_BYTES = 2_000_000
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.If, ast.Try)
_ASSIGNS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Pass, ast.Delete)


@dataclass(frozen=True)
class FileFunction:
    """A function at the top of a file: what it takes as it stands there, and why it can be no task ("": it can)."""

    name: str
    line: int
    arguments: str
    is_async: bool
    problem: str


@dataclass(frozen=True)
class PythonFile:
    """A file's source and functions; `around` are those that a run calls around its tasks.

    `top_level` are the lines of statements that run whenever the source is executed. `copy_problem` and
    `import_problem` say why the source cannot be copied, or the file not be imported ("": it can).
    """

    path: str
    source: str
    functions: tuple[FileFunction, ...]
    around: tuple[str, ...]
    top_level: tuple[int, ...]
    copy_problem: str
    import_problem: str


def read_python_file(path: str) -> PythonFile:
    """Read a file and its functions. Raises SourceError where it is no Python, and OSError where it cannot be read."""
    with open(path, "rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise SourceError(f"is larger than {_MOST_BYTES // 1_000_000} MB")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        source = io.TextIOWrapper(io.BytesIO(data), encoding).read().removeprefix("\ufeff")
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise SourceError(f"cannot be read as text: {error}") from None
    body = parse(source).body
    found = {node.name: node for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    functions = tuple(_function(node, source) for node in found.values() if node.name not in AROUND)
    around = tuple(name for name in AROUND if name in found)
    lines = tuple(node.lineno for node in body if not isinstance(node, (*_DEFINES, *_ASSIGNS)) and not _is_text(node))
    relative = any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(ast.Module(body, [])))
    copy_problem = "it imports relatively, from its package" if relative else ""
    return PythonFile(path, source, functions, around, lines, copy_problem, _import_problem(path))


def copied(file: PythonFile, function: str) -> dict[str, str]:
    """Return the values of a step that carries the file's source."""
    return {"source": file.source, "function": function, "import_from": ""}


def imported(file: PythonFile, function: str) -> dict[str, str]:
    """Return the values of a step that imports the file when it runs, and calls its function."""
    root, module = _place(file.path)
    own = own_functions(file.source, function)
    alias = "_" + module.rpartition(".")[2]
    calls = [_wrapper(each, alias) for each in _called(own)]
    about = f"# Calls what {os.path.basename(file.path)} defines when the run begins."
    # A name of ours: the module may be called as its function is.
    source = "\n\n\n".join([f"{about}\nimport {module} as {alias}", *calls]) + "\n"
    return {"source": source, "function": function, "import_from": root}


def _called(own: OwnFunctions) -> list[OwnFunction]:
    return [*(each for each in own.around.values() if each.name != "finish"), own.task] + (
        [own.around["finish"]] if "finish" in own.around else []
    )


def _wrapper(function: OwnFunction, module: str) -> str:
    names = ", ".join(("item", "state")[: function.takes])
    call = f"{module}.{function.name}({names})"
    if function.is_async:
        return f"async def {function.name}({names}):\n    return await {call}"
    return f"def {function.name}({names}):\n    return {call}"


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, source: str) -> FileFunction:
    problem = ""
    try:
        own_functions(source, node.name)
    except SourceError as error:
        problem = error.text
    arguments = ast.unparse(node.args)
    return FileFunction(node.name, node.lineno, arguments, isinstance(node, ast.AsyncFunctionDef), problem)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _place(path: str) -> tuple[str, str]:
    """Return what a step imports from, and the module's name there: of a package, its outermost folder's parent."""
    full = os.path.abspath(path)
    folder, name = os.path.split(full)
    names = [os.path.splitext(name)[0]]
    while os.path.isfile(os.path.join(folder, "__init__.py")) and os.path.dirname(folder) != folder:
        folder, above = os.path.split(folder)
        names.insert(0, above)
    if len(names) == 1:
        return full, names[0]
    return folder, ".".join(names if names[-1] != "__init__" else names[:-1])


def _import_problem(path: str) -> str:
    if not path.endswith(".py"):
        return "its name does not end in .py"
    for name in _place(path)[1].split("."):
        if not name.isidentifier() or keyword.iskeyword(name):
            return f"{name} is no name that Python can import"
    return ""
