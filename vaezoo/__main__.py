"""`python -m vaezoo` is `vaezoo`."""

import sys

from vaezoo.cli import main

if __name__ == "__main__":
    sys.exit(main())
