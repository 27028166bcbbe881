"""The run bar: model, interpreter and amount of a run, its buttons and its status."""
