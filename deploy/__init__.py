"""The cluster: several Rasa and action servers behind nginx, with PostgreSQL and Redis, kept up by supervisord."""
