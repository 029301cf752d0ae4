"""The catalogue of scenarios: data first, one folder a scenario."""
