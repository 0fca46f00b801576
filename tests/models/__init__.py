"""Tests of the tables: what they hold, and what they refuse."""
