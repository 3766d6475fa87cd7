"""Rasa components that turn a message into questions: their topics, their aspects, and whether it is an emergency."""
