"""The outside world and its formats."""
