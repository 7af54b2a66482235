"""The `hisolver` command. Heavy imports stand inside the commands, so that `--help` is quick.

Exit codes: 0 done, 1 the job failed, 2 wrong usage, 3 something around it failed (model, sandbox, disk), 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from agents.errors import ConfigurationError, InputError, TutorError
from server.command import AROUND, FAILED, INTERRUPTED, USAGE, leave, run_job
from server.corpus import collect, label, preprocess, report, searching, validate
from server.finetune import data
from server.finetune import deploy as finetune_deploying
from server.finetune import publish as finetune_publishing
from server.finetune import report as finetune_proof
from server.finetune import train as finetune_training

app = typer.Typer(
    name="hisolver",
    help="A tutor that shows its working: checked solutions, hints that never give the answer away, rendered animations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
EXTRAS = {
    **dict.fromkeys(("datasketch", "detect_secrets", "github", "matplotlib", "pyarrow", "requests"), "corpus"),
    **dict.fromkeys(("dask", "distributed"), "scale"),
    **dict.fromkeys(("accelerate", "datasets", "gguf", "peft", "trackio", "trl"), "finetune"),
}
"""The extra of pyproject.toml that brings a package, for commands that not everybody needs."""
corpus = typer.Typer(help="The scenes that the coder model is shown.", no_args_is_help=True)
weights = typer.Typer(help="The models' weights.", no_args_is_help=True)
finetune = typer.Typer(help="Adapters of your own: data, training, proof, publishing.", no_args_is_help=True)
app.add_typer(corpus, name="corpus")
app.add_typer(weights, name="weights")
app.add_typer(finetune, name="finetune")
for group in (collect, preprocess, validate, label, searching, report):
    group.register(corpus)
data.register(finetune)
finetune_training.register(finetune)
finetune_proof.register(finetune)
finetune_publishing.register(finetune)
finetune_deploying.register(finetune)

Problem = Annotated[str, typer.Argument(metavar="TEXT", help="The problem; - reads standard input.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object and nothing else.")]


def main() -> None:
    """The entry point: one line on standard error for every failure, never a traceback."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command and returns its exit code."""
    try:
        code = app(arguments, standalone_mode=False, prog_name="hisolver")
    except typer.Abort:
        return INTERRUPTED
    except TutorError as error:
        _complain(error.message)
        return exit_code(error)
    except BrokenPipeError:
        # Whoever read our output has gone; closing quietly is what a pipe expects.
        sys.stderr.close()
        return FAILED
    except OSError as error:
        _complain(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        return AROUND
    except TyperException as error:
        if message := error.format_message():
            _complain(f"{message} (try `hisolver --help`)")
        return error.exit_code
    except Exception as error:
        import logging

        missing = (error.name or "") if isinstance(error, ModuleNotFoundError) else ""
        if extra := EXTRAS.get(missing.split(".")[0]):
            _complain(f"this command needs packages that are not installed ({missing}); install them with `scripts/setup.sh {extra}`")
            return AROUND
        logging.getLogger(__name__).debug("unexpected", exc_info=error)
        _complain(f"something went wrong inside HiSolver ({type(error).__name__}); HISOLVER_LOG_LEVEL=DEBUG shows more")
        return AROUND
    return code if isinstance(code, int) else 0


def exit_code(error: TutorError) -> int:
    """2 where the caller must change something, 3 where something around the job must be mended."""
    return USAGE if isinstance(error, (InputError, ConfigurationError)) else AROUND


def _complain(line: str) -> None:
    print(f"hisolver: {' '.join(line.split())}", file=sys.stderr)  # noqa: T201 - this is the command line


@app.command()
def solve(text: Problem, json: AsJson = False) -> None:
    """Solve a problem and check the answer."""
    from server.jobs import read_problem, solve_job

    run_job(solve_job(read_problem(text), as_json=json))


@app.command()
def hint(
    text: Problem,
    level: Annotated[int | None, typer.Option(min=1, max=4, help="The rung of the ladder, from nudge to the last step but one.")] = None,
    json: AsJson = False,
) -> None:
    """Give one hint that does not give the answer away."""
    from server.jobs import hint_job, read_problem

    run_job(hint_job(read_problem(text), level=level, as_json=json))


@app.command()
def animate(
    text: Problem,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="Where it goes: FILE.mp4, FILE.gif, or FILE.png for a still.")
    ] = Path("animation.mp4"),
    quality: Annotated[
        str | None, typer.Option(help="l, m or h: 480p15, 720p30, 1080p60; by default HISOLVER_LIMITS__QUALITY, a draft.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Render an animation of a problem's solution or of a description."""
    from server.jobs import animate_job, read_problem

    run_job(animate_job(read_problem(text), out=out, quality=quality, as_json=json))


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Serve the OpenAI-compatible API and the web page."""
    from server.listen import serve_job

    run_job(serve_job(host, port), log_level="INFO")


@app.command()
def render(
    file: Annotated[str, typer.Argument(metavar="FILE.py", help="A file with a Manim scene; - reads standard input.")],
    scene: Annotated[str | None, typer.Option(help="The scene class; by default the last one of the file.")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="OUT.mp4", help="Where the video goes; by default beside you.")] = None,
    quality: Annotated[str, typer.Option(help="l, m or h: 480p15, 720p30, 1080p60.")] = "l",
    json: AsJson = False,
) -> None:
    """Render one scene in the sandbox and report on it."""
    from server.jobs import render_job

    run_job(render_job(file, scene=scene, out=out, quality=quality, as_json=json))


@app.command("render-worker")
def render_worker(
    scheduler: Annotated[str | None, typer.Argument(metavar="tls://HOST:PORT", help="By default HISOLVER_RENDER_SCHEDULER.")] = None,
    slots: Annotated[int, typer.Option(min=1, max=256, help="Scenes that it renders at the same time.")] = 1,
    health: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Where it tells its health over HTTP, at /health; by default nowhere.")
    ] = None,
) -> None:
    """Render for a Dask scheduler on this or another machine until stopped."""
    from server.renders import render_worker_job

    run_job(render_worker_job(scheduler, slots=slots, health=health), log_level="INFO")


@weights.command("fetch")
def weights_fetch(
    names: Annotated[list[str] | None, typer.Argument(help="Names in weights.toml; by default what the settings need.")] = None,
) -> None:
    """Fetch pinned weights: resumable, checked by SHA-256."""
    from server.setup import fetch_weights

    fetch_weights(names or [])


@weights.command("warm")
def weights_warm() -> None:
    """Let the embedded model read its prompts once, so that the first answer comes as fast as any other."""
    from server.setup import warm_up

    warm_up()


@weights.command("serve")
def weights_serve(
    name: Annotated[str, typer.Argument(help="A name in weights.toml of a chat model.")],
    slots: Annotated[int, typer.Option(min=1, max=64, help="Requests that it works on at the same time.")] = 8,
) -> None:
    """Serve one model by itself over the OpenAI API on loopback: no graph, no checks. For the evals' student, and for comparisons."""
    from server.listen import serve_weights_job

    run_job(serve_weights_job(name, slots))


@app.command()
def doctor(json: AsJson = False) -> None:
    """Tell what is installed, what is missing, and the exact command that mends it."""
    from server.doctor import doctor_report

    leave(doctor_report(as_json=json))


@app.command()
def demo(out: Annotated[Path, typer.Option("-o", "--out", help="Where the video goes.")] = Path("out/demo.mp4")) -> None:
    """Solve one SAT problem, give its first hint, and render its animation."""
    from server.demo import demo_job

    run_job(demo_job(out))


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the server."""
    from server.listen import print_openapi

    print_openapi()


@app.command()
def settings() -> None:
    """Print the table of settings."""
    from server.settings import settings_table

    typer.echo(settings_table(), nl=False)


if __name__ == "__main__":
    main()
