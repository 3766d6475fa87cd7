"""Fascicle: a chatbot that answers from one article and shows the passage it cites."""
