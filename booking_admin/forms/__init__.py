"""The shape of every input, for pages and programs alike."""
