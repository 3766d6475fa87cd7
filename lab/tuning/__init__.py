"""Tunes the sentence encoder to see emergencies: `make tune`. Needs PyTorch, in an environment of its own, for half an hour."""
