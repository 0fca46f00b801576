"""Verbs: what is done to bookings, seats, queues and money; objects in, objects out, never a commit."""
