"""Data expectations: what landed tables and marts must look like, checked with Great Expectations.

The suites (`expectations.suites`) are plain data, so that listing them costs nothing; Great
Expectations (seconds to import) is loaded only when `expectations.runner` checks something.
Run alone: `python -m expectations run --layer raw|marts`.
"""

import os

# Great Expectations reads this while it is imported. Set it to "true" yourself to send its
# usage statistics.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
