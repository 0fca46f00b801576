"""How fast is it? One file per question; each measures against a baseline in the same run."""
