"""`python -m semantic`: ask for metrics, list them, say what a metric can be cut by."""

import sys

from semantic.client import main

sys.exit(main(sys.argv[1:]))
