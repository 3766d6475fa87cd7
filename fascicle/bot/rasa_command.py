"""Rasa's own commands, quiet: `python -m fascicle.bot.rasa_command train` is `rasa train` without its dependencies' warnings."""

from __future__ import annotations

from fascicle import environment


def main() -> None:
    """Run Rasa's command line with our settings."""
    environment.prepare()
    import sanic.app  # noqa: F401  Sanic turns deprecation warnings on when it is imported

    environment.hide_warnings()
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    main()
