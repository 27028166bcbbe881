"""Opens the window: starts the engine's process first, so that it loads while the window is being built."""

from __future__ import annotations

import platform
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from engine.resources_path import resources_path
from gui.session.conductor_process import ConductorProcess

USAGE = "usage: gilscope [FILE.toml]"


def main(argv: Sequence[str]) -> int:
    """Open the window, with the experiment in a file if one is named; return the exit code."""
    if len(argv) > 1 or any(each.startswith("-") for each in argv):
        print(f"{USAGE}\ngilscope: cannot open {' '.join(argv)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the conductor sees its input close, and ends what it started
    application = make_application()
    conductor = ConductorProcess(application)
    conductor.start()
    # Imported only now, while the engine starts: both take about as long.
    from engine.log_file import start_logging
    from gui.settings import Settings
    from gui.uncaught import report_uncaught
    from gui.workbench import Workbench

    start_logging("window").info("the window opens: Python %s, Qt %s", platform.python_version(), qVersion())
    workbench = Workbench(application, conductor, Settings())
    report_uncaught(workbench.show_uncaught)
    workbench.open(Path(argv[0]) if argv else None)
    return application.exec()


def make_application() -> QApplication:
    """Return the application, with its names and its icon."""
    application = QApplication(["gilscope"])
    application.setApplicationName("Gilscope")
    application.setOrganizationName("Gilscope")
    QGuiApplication.setDesktopFileName("gilscope")
    application.setWindowIcon(QIcon(str(resources_path("icons", "gilscope.svg"))))
    return application
