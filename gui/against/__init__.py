"""A against B anywhere: what the experiment at hand is run against, and one number in large type."""
