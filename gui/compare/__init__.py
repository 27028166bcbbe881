"""The Compare page: the choice of axes, and the chart and the table of results; it runs nothing itself."""
