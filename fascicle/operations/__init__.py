"""For those who run and edit the bot: health, metrics, logs, counts, insights."""
