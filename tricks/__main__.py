"""`python -m tricks`."""

import sys

from tricks.cli import main

sys.exit(main())
