"""Prints the OpenAPI document of the server: `python -m app.commands.print_openapi`.

The TypeScript types of the web page are made from it (`make api-types`). The program is no command
of `docchat`. It opens no home, no database and no model, and prints ASCII, whatever the locale.
"""

from __future__ import annotations

import json

from app.main import describe_api


def main() -> None:
    """Print the document as JSON."""
    print(json.dumps(describe_api(), indent=2))


if __name__ == "__main__":
    main()
