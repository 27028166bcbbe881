"""The composer: where a person puts a workload together from steps, sets their parameters, loads and saves it."""
