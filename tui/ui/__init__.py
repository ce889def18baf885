"""Everything that Textual draws: widgets show views and post messages, screens turn them into intents."""
