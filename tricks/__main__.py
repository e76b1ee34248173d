"""`python -m tricks`."""

import sys

from tricks.cli.main import main

sys.exit(main())
