"""Everything that Textual draws: widgets show views, screens turn messages into intents."""
