"""How fast the bot is beside the pipeline of `rasa init`, and how its cost grows: `python -m lab.benchmarks`."""
