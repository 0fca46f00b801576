"""Tests of the rules: no database, no clock but the one they set."""
