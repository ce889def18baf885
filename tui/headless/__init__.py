"""The same catalogue without the app: lists, objects, watching and the ledger, for scripts."""
