"""Running many: jobs, workers, results."""
