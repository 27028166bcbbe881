"""The Compare page: axes to pick, a chart and a table that grow, and what they show; it runs nothing itself."""
