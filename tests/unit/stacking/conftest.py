"""Puts this folder on the path, so that its tests can share `stacking_samples` and `stacking_oracle`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
