"""YAML to Config, put together from dataclasses that each package owns."""
