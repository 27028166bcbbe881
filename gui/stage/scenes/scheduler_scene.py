"""You are the scheduler: the class says which of two real workers runs its next line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeyEvent

from engine.lessons.scheduler.messages import (
    ChanceCounted,
    CountChance,
    FindOrder,
    OrdersRun,
    SchedulerAnswer,
    SchedulerState,
    StartProgram,
    StepWorker,
)
from engine.lessons.scheduler.programs import WORKERS
from gui.stage.player import LessonPlayer
from gui.stage.scenes.scene_widget import SceneView
from gui.stage.scenes.scheduler_board import SchedulerBoard
from gui.stage.scenes.scheduler_process import SchedulerProcess
from gui.stage.stage_button import StageControl

REPLAY_MS: Final = 900
CHANCE_RUNS: Final = 2_000


class SchedulerView(SceneView):
    """Keys A and B step a worker, F finds an order that goes wrong and replays it, R starts again."""

    title_share = 0.1
    text_share = 0.06

    def __init__(self, scene: Any, player: LessonPlayer) -> None:
        super().__init__(scene, player)
        self.board = SchedulerBoard()
        self.body.addWidget(self.board, 1)
        self.process = SchedulerProcess(self)
        self.process.answered.connect(self._on_answer)
        self.process.problem.connect(self._on_problem)
        self.state: SchedulerState | None = None
        self._replay: list[int] = []
        self._timer = QTimer(self)
        self._timer.setInterval(REPLAY_MS)
        self._timer.timeout.connect(self._replay_next)
        self.process.ask(StartProgram(scene.program))

    def controls(self) -> list[StageControl]:
        """Return a control for each worker, and one that looks for an order."""
        runnable = self.state.runnable if self.state is not None else ()
        workers = [
            StageControl(f"{name} goes on", partial(self.step, place), name, place in runnable)
            for place, name in enumerate(WORKERS)
        ]
        return [*workers, StageControl("Find an order", self.find_order, "F")]

    def step(self, place: int) -> None:
        """Let a worker run its next line."""
        self._timer.stop()
        if self.state is not None and place in self.state.runnable:
            self.process.ask(StepWorker(place))

    def find_order(self) -> None:
        """Try every order; replay the shortest that goes wrong, and count how often free runs go wrong by chance."""
        self._timer.stop()
        self.process.ask(FindOrder())

    def begin_anew(self) -> None:
        """Put both workers back before their first lines."""
        self._timer.stop()
        self.board.found = self.board.chance = ""
        self.process.ask(StartProgram(self.scene.program))

    def take_key(self, event: QKeyEvent) -> bool:
        """Handle A, B, F and R."""
        keys: dict[str, Callable[[], None]] = {
            "a": partial(self.step, 0),
            "b": partial(self.step, 1),
            "f": self.find_order,
            "r": self.begin_anew,
        }
        call = keys.get(event.text().lower())
        if call is not None:
            call()
        return call is not None

    def close_scene(self) -> None:
        """End the process."""
        self._timer.stop()
        self.process.close()

    def _on_answer(self, answer: SchedulerAnswer) -> None:
        if isinstance(answer, OrdersRun):
            self._on_found(answer)
        elif isinstance(answer, ChanceCounted):
            self.board.chance = f"By chance: {answer.wrong} of {answer.runs:,} free runs went wrong."
        elif isinstance(answer, SchedulerState):
            self.state = answer
            self.board.show_state(answer)
        self.board.update()
        self.player.changed.emit()

    def _on_found(self, answer: OrdersRun) -> None:
        orders, order = answer.orders, answer.order
        if order is None:
            self.board.found = f"All {orders} orders were run: none goes wrong."
        else:
            self.board.found = f"{answer.wrong} of {orders} orders go wrong. The shortest: {_words(order)}"
            self._replay = list(order)
            self.process.ask(StartProgram(self.scene.program))
            self._timer.start()
        self.process.ask(CountChance(CHANCE_RUNS))

    def _replay_next(self) -> None:
        if not self._replay:
            self._timer.stop()
            return
        self.process.ask(StepWorker(self._replay.pop(0)))

    def _on_problem(self, words: str) -> None:
        self.board.found = words
        self.board.update()


def _words(order: Iterable[int]) -> str:
    return " ".join(WORKERS[place] for place in order)
