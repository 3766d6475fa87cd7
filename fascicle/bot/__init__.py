"""Rasa's glue: turns, the agent, the action server, conversations, and what they are kept in."""
