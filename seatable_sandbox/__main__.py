"""`python -m seatable_sandbox` is `seatable-sandbox`."""

from __future__ import annotations

from .cli import main

if __name__ == "__main__":
    main()
