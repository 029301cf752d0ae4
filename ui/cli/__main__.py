"""``python -m ui.cli`` is the command ``counterflow``: how `serve` starts its workers."""

import sys

from ui.cli import main

sys.exit(main())
