"""The chat in a terminal: what is typed, how answers look, and one question asked by a script."""
