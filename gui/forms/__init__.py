"""Forms made from parameters: one field for each kind, wherever a form stands."""
