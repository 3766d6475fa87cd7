"""Fascicle: a chatbot that answers from articles and shows the passage it cites."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""Folder of the project."""
