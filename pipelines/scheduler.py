"""The scheduler's settings: kept up with this software, and left alone where somebody has changed them."""

import hashlib
import os

import yaml

from pipelines.extracts.files import write_whole
from pipelines.paths import Paths

SETTINGS = """\
# Written by learning-indicators, and by its later versions again unless you change it. Nothing is reported to
# anyone; one run at a time; a run whose process is gone is marked as failed within a minute.
nux:
  enabled: false
telemetry:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
run_launcher:
  module: pipelines.launching
  class: WatchedLauncher
run_monitoring:
  enabled: true
  poll_interval_seconds: 30
  start_timeout_seconds: 180
  cancel_timeout_seconds: 180
python_logs:
  managed_python_loggers: [learning_indicators]
"""

FORMER = {
    "45b18edd0cb3312b8471cd2ec51b7e60e06b3c9f0f19201eb5a8504f0928f84a",
    "950979020e6852207565c7ff0207d1d50083423d6444877edcacf998fbb93006",
}
"""SHA-256 of what earlier versions wrote: add that of `SETTINGS` whenever you change it."""


def prepare(paths: Paths) -> list[str]:
    """Write the scheduler's settings and say where they are; return what is missing in changed ones."""
    home = paths.scheduler
    home.mkdir(exist_ok=True)
    os.environ["DAGSTER_HOME"] = str(home)
    file = home / "dagster.yaml"
    found = file.read_text("utf-8") if file.exists() else None
    if found is None or hashlib.sha256(found.encode()).hexdigest() in FORMER:
        write_whole(file, SETTINGS)
        return []
    return _missing(found)


def _missing(text: str) -> list[str]:
    """Return the sections without which a killed run holds up the others."""
    try:
        settings = yaml.safe_load(text)
    except yaml.YAMLError:
        # Dagster says what is wrong with it.
        return []
    ours, theirs = yaml.safe_load(SETTINGS), settings if isinstance(settings, dict) else {}
    missing = [] if theirs.get("run_launcher") == ours["run_launcher"] else ["run_launcher"]
    monitoring = theirs.get("run_monitoring")
    if not isinstance(monitoring, dict) or monitoring.get("enabled") is not True:
        missing.append("run_monitoring")
    return missing
