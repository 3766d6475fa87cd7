"""The web channel: requests, limits, pages, and the built widget."""
