"""Pure: runs untrusted Python behind walls. `probe` says which tier this machine offers.

    sandbox = probe()
    outcome = await sandbox.run(python_job("print(6 * 7)"))

`Outcome.status` is "ok" for exit code 0 only, and exit code 0 is all that it means: code inside may end itself with `os._exit(0)` before its work is
done. Who needs a result names a file in `Job.collect` (or a line on stdout) and treats its absence as a failure.
"""

from __future__ import annotations

from agents.sandbox.job import Job, JobLimits, Outcome, OutcomeStatus
from agents.sandbox.probe import probe
from agents.sandbox.python import python_job
from agents.sandbox.running import Tier
from agents.sandbox.warm import WarmSandbox

__all__ = ["Job", "JobLimits", "Outcome", "OutcomeStatus", "Tier", "WarmSandbox", "probe", "python_job"]
