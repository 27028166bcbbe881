"""Writes the source of a script's `Items`, which hands out the tasks' numbers to the workers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ItemsNeeds:
    """What a script's items need.

    `tasks`, `duration_s` and `arrival_per_s` are source (numbers, or names of arguments), None without such a limit or
    rate. `locked`: threads take numbers at the same time, and without a GIL need a lock. `remote`: workers start late,
    and create a file when the first task begins. `item` is the source of an item. `only_one`: the script makes one
    object of the class, as its first action.
    """

    tasks: str | None
    duration_s: str | None
    arrival_per_s: str | None
    is_async: bool
    locked: bool
    remote: bool
    item: str = "number"
    only_one: bool = False

    @property
    def is_small(self) -> bool:
        """Whether class attributes suffice: only one object is made, by a `main` that sets nothing up before."""
        return self.only_one and not (self.remote or self.locked or self.arrival_per_s is not None)

    @property
    def modules(self) -> list[str]:
        """The modules that the text uses."""
        names = ["itertools", "sys", "time"]
        names += ["random"] if self.arrival_per_s is not None else []
        names += ["os", "contextlib"] if self.remote else []
        names += ["threading"] if self.locked else []
        names += ["asyncio"] if self.is_async and self.arrival_per_s is not None else []
        return names

    @property
    def elapsed(self) -> str:
        """Source for the elapsed time, for use inside the class."""
        return "self.elapsed_s()" if self.remote else "time.perf_counter() - self.start_s"


def items_text(needs: ItemsNeeds, arguments: str = "") -> str:
    """Return the class `Items`; `arguments` are further parameters of `__init__`, such as `, tasks: int`."""
    names = [each.split(":")[0].strip() for each in arguments.split(",") if each.strip()]
    opened = needs.arrival_per_s is not None
    base = "AsyncIterator" if needs.is_async else "Iterator"
    if needs.is_small:
        state = "numbers, start_s, shown_s, ended = itertools.count(), time.perf_counter(), 0.0, False"
        lines = [f"class Items({base}[Item]):  # the tasks' numbers, one after the other", f"    {state}", ""]
        return "\n".join([*lines, *_next(needs)])
    lines = [
        f"class Items({base}[Item]):  # the tasks' numbers, one after the other",
        f"    def __init__(self{arguments}) -> None:",
        "        self.numbers, self.shown_s, self.ended = itertools.count(), 0.0, False",
        f"        self.start_s = {'0.0' if needs.remote else 'time.perf_counter()'}",
        *(f"        self.{name} = {name}" for name in names),
        *(["        self.random, self.due_s = random.Random(SEED), 0.0"] if opened else []),
        *(["        self.lock = threading.Lock()"] if needs.locked else []),
        "",
        *(_next(needs)),
        *(_elapsed(needs) if needs.remote else []),
    ]
    return "\n".join(lines)


def _next(needs: ItemsNeeds) -> list[str]:
    stop = "StopAsyncIteration" if needs.is_async else "StopIteration"
    begin = "    async def __anext__(self) -> Item:" if needs.is_async else "    def __next__(self) -> Item:"
    take = [line.replace("StopIteration", stop) for line in _take(needs)]
    if needs.locked:
        take = ["with self.lock:", *(f"    {line}" for line in take)]
    if needs.arrival_per_s is None:
        return [begin, *(f"        {line}" for line in take)]
    # The number and the arrival time are taken together; the lock is released before waiting for the arrival.
    take[-1] = take[-1].replace("return ", "item, due_s = ") + ", self.due_s"
    wait = "await asyncio.sleep" if needs.is_async else "time.sleep"
    rest = [f"{wait}(max(0.0, due_s - ({needs.elapsed})))", "return item"]
    return [begin, *(f"        {line}" for line in [*take, *rest])]


def _take(needs: ItemsNeeds) -> list[str]:
    conditions = ["self.ended"]
    lines = [f"elapsed_s = {needs.elapsed}"]
    moment = "elapsed_s"
    if needs.arrival_per_s is not None:
        lines.append(f"self.due_s += self.random.expovariate(1.0) / {needs.arrival_per_s}")
        moment = "max(elapsed_s, self.due_s)"
    if needs.duration_s is not None:
        conditions.append(f"{moment} >= {needs.duration_s}")
    lines += [f"if {' or '.join(conditions)}:", "    raise StopIteration", "number = next(self.numbers)"]
    if needs.tasks is not None:
        lines += [f"if number >= {needs.tasks}:", "    raise StopIteration"]
    return [
        *lines,
        "if elapsed_s >= self.shown_s + 1.0:",
        "    self.shown_s = elapsed_s",
        '    print(f"{elapsed_s:.0f} s: {number} tasks", file=sys.stderr)',
        f"return {needs.item}",
    ]


def _elapsed(needs: ItemsNeeds) -> list[str]:
    return [
        "",
        "    def elapsed_s(self) -> float:",
        "        if not self.start_s:  # processes take a while to start; the first task leaves a file",
        "            with contextlib.suppress(FileNotFoundError):",
        '                self.start_s = os.stat("begun").st_mtime',
        "        return time.time() - self.start_s if self.start_s else 0.0",
    ]
