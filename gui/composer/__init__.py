"""The composer: where a person puts a workload together from steps, sets their parameters, loads and saves it."""

from __future__ import annotations

from gui.composer.composer import Composer

__all__ = ["Composer"]
