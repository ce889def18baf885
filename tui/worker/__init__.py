"""The scheduler of all I/O: lanes, scopes, pollers. Imports only core."""
