"""What is allowed: pure rules without a database, a web request or a clock of their own."""
