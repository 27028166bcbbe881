"""You are the scheduler: two Python workers stepped line by line, and the search for an order that goes wrong."""
