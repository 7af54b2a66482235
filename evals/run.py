"""`python -m evals.run SUITE...`: measures a running HiSolver server, or the part of HiSolver that a suite takes by itself.

Exit codes: 0 pass, 1 regression (with --fail-on-regression), 2 wrong usage or a broken dataset, 3 infrastructure: something could not be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import fnmatch
import json
import logging
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evals.baseline import Baseline, baseline_path, check_dataset, compare, load_baseline, save_baseline, write_whole
from evals.client import HiSolverClient
from evals.errors import DatasetError, InfrastructureError, UsageError
from evals.report import Report, SuiteReport, markdown, suite_report
from evals.stats import spread_evenly
from evals.suites import SUITES
from evals.suites.base import Item, Suite

PASS, REGRESSION, USAGE, INFRASTRUCTURE = 0, 1, 2, 3
HOME = Path(__file__).resolve().parent
log = logging.getLogger("evals")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m evals.run", description="Measures a running HiSolver server.", epilog=__doc__.split("\n\n")[1]
    )
    made.add_argument("suites", nargs="+", metavar="SUITE", choices=[*SUITES, "all"], help=f"{', '.join(SUITES)}, or all")
    made.add_argument("--base-url", default="http://127.0.0.1:8000", help="the running server (default: %(default)s)")
    made.add_argument("--api-key", default="", help="its key, where it wants one")
    made.add_argument("--limit", type=_positive, metavar="N", help="N items of each suite, spread evenly over the dataset")
    made.add_argument(
        "--sample-id",
        action="append",
        default=[],
        metavar="ID",
        help="only this item; may be repeated, hold several with commas, or be a pattern such as theorem-*",
    )
    made.add_argument("--seed", type=int, help="sent with every request; also shifts which items --limit takes, reproducibly")
    made.add_argument("--epochs", type=_positive, default=1, help="times that each item is asked (default: %(default)s)")
    made.add_argument(
        "--max-concurrency", type=_positive, default=1, metavar="N", help="items at the same time; times mean most with 1 (default)"
    )
    made.add_argument(
        "--retries", type=_natural, default=2, metavar="N", help="further tries after an infrastructure error (default: %(default)s)"
    )
    made.add_argument("--timeout", type=_seconds, default=600.0, metavar="S", help="seconds for one request (default: %(default)g)")
    made.add_argument("--data-dir", type=Path, default=HOME / "datasets", help="folder with the datasets (default: evals/datasets)")
    made.add_argument("--out", type=Path, help="folder for report.json, report.md, logs and frames (default: out/evals/TIME)")
    made.add_argument(
        "--resume", action="store_true", help="go on with the run in --out: what its logs hold is scored again, the rest is asked"
    )
    made.add_argument(
        "--baseline", type=Path, metavar="PATH", help="baseline file, or folder of SUITE.json files (default: evals/baselines)"
    )
    made.add_argument("--update-baseline", action="store_true", help="write this run as the new baseline")
    made.add_argument(
        "--fail-on-regression", action="store_true", help="exit with 1 when a score fell below its baseline by more than 5 points"
    )
    student = made.add_argument_group(
        "student", "a small model that solves the problems of `hints` with and without them; off unless named"
    )
    student.add_argument("--student-url", default="", metavar="URL", help="an OpenAI-compatible endpoint, asked directly (ends in /v1)")
    student.add_argument("--student-key", default="", metavar="KEY", help="its key, where it wants one")
    student.add_argument("--student-model", default="default", metavar="NAME", help="its model (default: %(default)s)")
    student.add_argument(
        "--student-limit",
        type=_positive,
        metavar="N",
        help="it tries the first N problems only: seven attempts each take their time; with --resume it is given the hints of the earlier run",
    )
    made.add_argument("--json", action="store_true", help="print the report as JSON instead of Markdown")
    made.add_argument(
        "--dry-run", action="store_true", help="check the datasets against their scorers and list what would be asked; needs no server"
    )
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code; messages go to standard error, the report to standard output."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    log.setLevel(logging.INFO)
    try:
        return _run(options)
    except UsageError as error:
        log.error("evals: %s", error)
        return USAGE
    except InfrastructureError as error:
        log.error("evals: %s", error)
        return INFRASTRUCTURE
    except OSError as error:
        log.error("evals: %s", error)
        return INFRASTRUCTURE


def _run(options: argparse.Namespace) -> int:
    names = list(dict.fromkeys(SUITES if "all" in options.suites else options.suites))
    if options.resume and options.out is None:
        raise UsageError("--resume needs the folder of the run to go on with: --out")
    suites = [SUITES[name]() for name in names]
    for suite in suites:
        suite.configure(options)
    every = {suite.name: suite.items(options.data_dir) for suite in suites}
    chosen = _choose(every, options)
    suites = [suite for suite in suites if chosen[suite.name]]
    for suite in suites:
        suite.prove(every[suite.name] if options.dry_run else chosen[suite.name])
    if options.dry_run:
        _say(_plan(suites, every, chosen, options))
        return PASS
    baselines = _baselines(suites, options)
    client = HiSolverClient(options.base_url, options.api_key, timeout_s=options.timeout)
    if models := [suite.model for suite in suites if suite.model]:
        asyncio.run(client.check(models))
    return _measure(suites, every, chosen, baselines, client, options)


def _measure(
    suites: Sequence[Suite],
    every: dict[str, list[Item]],
    chosen: dict[str, list[Item]],
    baselines: dict[str, tuple[Path, Baseline | None]],
    client: HiSolverClient,
    options: argparse.Namespace,
) -> int:
    from evals.runner import Options, measure  # inspect-ai takes seconds to import: not for --help and --dry-run

    started = datetime.now(UTC)
    out: Path = (options.out or Path("out") / "evals" / started.strftime("%Y%m%dT%H%M%SZ")).resolve()
    out.mkdir(parents=True, exist_ok=True)
    run = Options(
        out=out,
        epochs=options.epochs,
        seed=options.seed,
        max_concurrency=options.max_concurrency,
        retries=options.retries,
        resume=options.resume,
    )
    asked = any(suite.model for suite in suites)
    report = Report(
        started=started.isoformat(timespec="seconds"),
        base_url=client.base_url if asked else "",
        server=asyncio.run(client.health()) if asked else {},
        settings={name: getattr(options, name) for name in ("limit", "seed", "epochs", "max_concurrency", "retries", "timeout")},
        outcome="",
        suites=[],
    )
    for suite in suites:
        items = chosen[suite.name]
        digest = suite.digest(options.data_dir)
        made_with = {"dataset_sha256": digest, "seed": options.seed, "model": _model(report["server"]), **suite.versions()}
        measured = measure(suite, items, client, replace(run, made_with=made_with))
        found = suite_report(suite, measured, items, digest=digest, dataset_items=len(every[suite.name]), epochs=options.epochs)
        path, baseline = baselines[suite.name]
        if baseline is not None:
            found["baseline"] = compare(found, baseline, path)
        report["suites"].append(found)
        # written after every suite, so that an interrupted run keeps what it has
        report["outcome"] = outcome(report["suites"])
        _write(report, out)
    _say(json.dumps(report, indent=1, ensure_ascii=False) if options.json else markdown(report))
    log.info("evals: report in %s", out)
    code = exit_code(report, fail_on_regression=options.fail_on_regression)
    if options.update_baseline:
        if code == INFRASTRUCTURE:
            log.error("evals: the baseline stays as it is: not every item could be measured")
            return code
        for found in report["suites"]:
            save_baseline(baselines[found["suite"]][0], found, report)
            log.info("evals: %s written", baselines[found["suite"]][0])
    return code


def _model(server: Mapping[str, Any]) -> str:
    """The name of the model behind the server; "" where it does not tell."""
    model = server.get("model")
    return str(model.get("name") or model.get("url") or "") if isinstance(model, dict) else ""


def outcome(suites: Sequence[SuiteReport]) -> str:
    """infrastructure when anything was not measured, else regression when a suite fell below its baseline, else pass."""
    if any(suite["infrastructure_errors"] for suite in suites):
        return "infrastructure"
    return "regression" if any(suite["baseline"] and suite["baseline"]["regression"] for suite in suites) else "pass"


def exit_code(report: Report, *, fail_on_regression: bool) -> int:
    """A regression counts only where it was asked for; what could not be measured always does."""
    return {"infrastructure": INFRASTRUCTURE, "regression": REGRESSION if fail_on_regression else PASS, "pass": PASS}[report["outcome"]]


def _choose(every: dict[str, list[Item]], options: argparse.Namespace) -> dict[str, list[Item]]:
    wanted = [name.strip() for entry in options.sample_id for name in entry.split(",") if name.strip()]
    names = [item.id for items in every.values() for item in items]
    if unknown := [pattern for pattern in wanted if not fnmatch.filter(names, pattern)]:
        raise UsageError(f"no item is called {', '.join(unknown)} in {', '.join(every)}; --dry-run lists the names")
    chosen: dict[str, list[Item]] = {}
    for name, items in every.items():
        items = [item for item in items if not wanted or any(fnmatch.fnmatchcase(item.id, pattern) for pattern in wanted)]
        # the seed turns the even grid by less than one stride
        stride = len(items) / options.limit if options.limit else 1
        offset = random.Random(options.seed).randrange(max(1, int(stride))) if options.seed is not None else 0  # noqa: S311 - a choice of items
        chosen[name] = [items[index] for index in spread_evenly(len(items), options.limit, offset)]
    return chosen


def _baselines(suites: Sequence[Suite], options: argparse.Namespace) -> dict[str, tuple[Path, Baseline | None]]:
    """Where each suite's baseline lies and what it holds. Raises `UsageError` before anything is measured that could not be compared."""
    where: Path = options.baseline or HOME / "baselines"
    if where.suffix == ".json" and len(suites) > 1:
        raise UsageError(f"{where} is one file, but there are {len(suites)} suites: name a folder")
    found: dict[str, tuple[Path, Baseline | None]] = {}
    for suite in suites:
        path = baseline_path(where, suite.name)
        baseline = load_baseline(path, suite.name)
        needed = options.fail_on_regression or options.baseline is not None
        if baseline is None and needed and not options.update_baseline:
            raise UsageError(f"there is no baseline {path}: make one with --update-baseline")
        if baseline is not None:
            try:
                check_dataset(baseline, path, suite.digest(options.data_dir))
            except UsageError:
                if not options.update_baseline:
                    raise
                baseline = None
        found[suite.name] = (path, baseline)
    return found


def _plan(suites: Sequence[Suite], every: dict[str, list[Item]], chosen: dict[str, list[Item]], options: argparse.Namespace) -> str:
    plans: list[dict[str, Any]] = [
        {
            "suite": suite.name,
            "model": suite.model,
            "dataset_sha256": suite.digest(options.data_dir),
            "dataset_items": len(every[suite.name]),
            "proof": {"gold": 1, "blank": 0, "scrambled": 0, "items": len(every[suite.name])},
            "asked": [item.id for item in chosen[suite.name]],
            "epochs": options.epochs,
        }
        for suite in suites
    ]
    if options.json:
        return json.dumps({"dry_run": True, "suites": plans}, indent=1)
    lines = []
    for plan in plans:
        lines.append(f"{plan['suite']}: {plan['dataset_items']} items, gold scores 1, blank 0, scrambled 0 on every one of them.")
        lines.append(
            f"  would ask {plan['model'] or 'no server'} about {len(plan['asked'])} of them, {plan['epochs']} time(s) each: {', '.join(plan['asked'])}"
        )
    return "\n".join(lines)


def _write(report: Report, out: Path) -> None:
    write_whole(out / "report.json", json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    write_whole(out / "report.md", markdown(report))


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")


def _positive(text: str) -> int:
    number = _natural(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _natural(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds between 0 and 86400")
    return number


__all__ = ["DatasetError", "exit_code", "main", "outcome", "parser"]

if __name__ == "__main__":
    sys.exit(main())
