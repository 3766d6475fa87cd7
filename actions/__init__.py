"""Custom actions that Rasa calls."""
