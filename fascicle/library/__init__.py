"""What is known: articles, read, checked, and looked up."""
