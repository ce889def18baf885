"""What every layer stands on: cells, clock, problems, settings, safe text."""
