"""The client: operations are data, one client runs them all. Imports only core."""
