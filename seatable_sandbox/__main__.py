"""`python -m seatable_sandbox` is `seatable-sandbox`."""

from __future__ import annotations

import sys


def main() -> None:
    """The command; without the extra that it needs, a sentence that names it."""
    try:
        from seatable_sandbox.cli import main as command  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        sys.exit(
            f"seatable-sandbox needs {missing.name}, which is not installed. "
            "Install singer-seatable with its extra: pip install 'singer-seatable[sandbox]', or, "
            "from a checkout, pip install './singer-seatable[sandbox]'."
        )
    command()


if __name__ == "__main__":
    main()
