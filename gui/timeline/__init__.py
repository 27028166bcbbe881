"""The timeline: a lane a worker, from the run's phases."""
