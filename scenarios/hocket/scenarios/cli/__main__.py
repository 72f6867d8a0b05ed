"""``python -m hocket.scenarios.cli`` is the ``hocket`` command."""

from hocket.scenarios.cli import main

if __name__ == "__main__":
    main()
