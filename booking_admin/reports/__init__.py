"""Questions: read-only, and each asked in one place, so that a number and the list behind it are the same rows."""
