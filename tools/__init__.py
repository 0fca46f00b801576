"""Scripts of the checkout: set-up, locks, checks."""
