"""The Lessons page: what can be taught, and how far each lesson is."""
