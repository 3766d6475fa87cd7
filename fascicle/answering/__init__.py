"""What is said: which article and topic, which passage, or that it is not said. Knows nothing of Rasa."""
