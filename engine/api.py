"""What plugins import, and nothing else of the engine: `from engine.api import ModelDescriptor, ModelCard, ...`.

Stable: within one API_VERSION names are only added, fields only get added with a default, and what a function or a
descriptor means stays. Importable under every Python from 3.10 on, with the standard library alone, for a plugin runs
in the host, under whatever interpreter a run asks for. docs/plugins.md tells how the names are used.
"""

from __future__ import annotations

from typing import Final

from engine.models import ModelDescriptor, start_method_parameter
from engine.workload.catalogue import ModelCard, StepCard
from engine.workload.draw import DISTRIBUTIONS, draw
from engine.workload.errors import ExperimentError
from engine.workload.item import Item, NamedItem
from engine.workload.parameter import Kind, Parameter, Value
from engine.workload.steps import Bound, BoundAsync, StepContext, StepDescriptor

API_VERSION: Final = 1

__all__ = [
    "API_VERSION",
    "DISTRIBUTIONS",
    "Bound",
    "BoundAsync",
    "ExperimentError",
    "Item",
    "Kind",
    "ModelCard",
    "ModelDescriptor",
    "NamedItem",
    "Parameter",
    "StepCard",
    "StepContext",
    "StepDescriptor",
    "Value",
    "draw",
    "start_method_parameter",
]
