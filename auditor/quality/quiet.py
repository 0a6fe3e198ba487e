"""No telemetry: said in the environment before Great Expectations is imported, which reads it then."""

import os

os.environ["GX_ANALYTICS_ENABLED"] = "false"
