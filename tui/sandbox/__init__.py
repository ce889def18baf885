"""The embedded platform: the same API, stateful, over SQLite. Imports only core."""
