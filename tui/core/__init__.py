"""What every layer stands on: cells, clock, problems, settings. Imports nothing of Cupola."""
