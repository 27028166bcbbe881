"""The Lessons page: the list of lessons, and how far each has been taught."""
