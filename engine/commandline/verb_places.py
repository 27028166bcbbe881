"""Which verbs there are, and in which module each is, without importing any of them."""

from __future__ import annotations

from typing import Final

# Where each verb is: a module of engine.commandline, and the name of its `Verb` in it.
VERBS: Final = {
    "run": ("run", "VERB"),
    "compare": ("compare", "VERB"),
    "watch": ("watching.watch", "VERB"),
    "models": ("offers", "MODELS"),
    "steps": ("offers", "STEPS"),
    "interpreters": ("offers", "INTERPRETERS"),
    "lessons": ("lessons", "VERB"),
    "history": ("history", "VERB"),
    "export": ("export", "VERB"),
    "script": ("script", "VERB"),
    "doctor": ("doctor", "VERB"),
    "completion": ("installing.completion", "VERB"),
    "desktop": ("installing.desktop", "VERB"),
}
