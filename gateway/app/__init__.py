"""The composition root: config to running services; supervisor and workers."""
