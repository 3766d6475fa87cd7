"""Scores the bot on question sets, compares it with Rasa's stock pipeline, and checks the training data."""
