"""The doors: each module turns one kind of request into use cases, and answers it."""
