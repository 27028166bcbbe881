"""The engine's interface for plugins, which import nothing else: `from engine.api import ModelDescriptor, ...`.

Stable: within one API_VERSION names are only added, new fields have defaults, and the meaning of functions and
descriptors does not change. It can be imported by every Python from 3.10 on with only the standard library, because
plugins run in the host, under the run's interpreter. docs/plugins.md explains how to use the names.
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
