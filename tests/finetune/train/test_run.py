"""Runs on the tiny model: begun, killed, stopped, gone on with, out of memory, on a full disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finetune.config import TrainConfig
from finetune.errors import ConfigError, TrainingError
from finetune.train.metrics import read_metrics
from finetune.train.run import Outcome, train

CHILD = Path(__file__).with_name("child.py")
STEPS = 8
"""Of 3 an epoch: 48 examples in 12 rows, 4 a step. The run ends in the third epoch."""


def _config(base: Path, **training: Any) -> TrainConfig:
    values = {
        "steps": STEPS,
        "max_length": 256,
        "batch": 2,
        "accumulation": 2,
        "save_every": 2,
        "evaluate_every": 3,
        "learning_rate": 0.005,
    }
    return TrainConfig.model_validate(
        {
            "base": {"model": str(base)},
            "lora": {"r": 4, "alpha": 8, "dropout": 0.1},
            "training": {**values, **training},
            "tracking": {"to": "none"},
        }
    )


def _train(config: TrainConfig, data: Path, run: Path, **options: Any) -> Outcome:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as in the child, so that sums are in the same order
    try:
        return train(config, data, run, cache=run.parent / "cache", **options)
    finally:
        torch.set_num_threads(threads)


def _child(config: TrainConfig, data: Path, run: Path, *options: str) -> subprocess.Popen[str]:
    file = run.parent / "config.json"
    file.write_text(config.model_dump_json())
    command = [sys.executable, str(CHILD), str(file), str(data), str(run), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _until(child: subprocess.Popen[str], beginning: str) -> list[str]:
    """The lines up to one that begins so."""
    assert child.stdout is not None
    lines = []
    for line in child.stdout:
        lines.append(line.strip())
        if line.startswith(beginning):
            return lines
    assert child.stderr is not None
    raise AssertionError(f"no line began with {beginning!r}: {lines}\n{child.stderr.read()[-3000:]}")


def _losses(run: Path) -> list[tuple[int, float]]:
    return [(row["step"], row["loss"]) for row in read_metrics(run) if "loss" in row]


@pytest.fixture(scope="module")
def undisturbed(tiny_base: Path, tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "undisturbed"
    assert _train(_config(tiny_base), tiny_data, run).finished
    return run


def test_a_run_leaves_what_the_contract_says_and_has_learnt(undisturbed: Path, tiny_base: Path) -> None:
    losses = [loss for _, loss in _losses(undisturbed)]
    assert len(losses) == STEPS and losses[-1] < losses[0] - 0.2
    described = json.loads((undisturbed / "run.json").read_text())
    assert described["config"]["training"]["steps"] == STEPS and described["preflight"]["ok"] and len(described["base"]["sha256"]) == 64
    assert {path.name for path in (undisturbed / "checkpoints").iterdir()} == {"step-000006", "step-000008"}
    assert {path.name for path in (undisturbed / "plots").iterdir()} == {"loss.png", "memory.png", "throughput.png"}
    row = read_metrics(undisturbed)[0]
    assert {"step", "loss", "learning_rate", "tokens", "tokens_per_second", "peak_memory_bytes", "at"} <= row.keys()
    summary = json.loads((undisturbed / "train.summary.json").read_text())
    assert summary["steps"] == STEPS and summary["loss"]["last"] == losses[-1] and summary["halved"] == 0


def test_every_file_of_a_run_is_what_its_name_says_and_none_a_pickle(undisturbed: Path) -> None:
    from safetensors import safe_open

    for path in (path for path in undisturbed.rglob("*") if path.is_file() and path.name != ".lock"):
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as file:
                assert list(file.keys())
        elif path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")
        else:
            assert path.suffix in (".json", ".jsonl"), path
            for text in path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]:
                json.loads(text)


def test_the_adapter_is_read_by_peft_and_changes_the_base(undisturbed: Path, tiny_base: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(tiny_base)
    ids = torch.tensor([[1, 20, 21, 22]])
    with torch.no_grad():
        before = base(ids).logits
        tuned = PeftModel.from_pretrained(base, undisturbed / "adapter")
        assert not torch.allclose(tuned(ids).logits, before, atol=1e-3)
    config = json.loads((undisturbed / "adapter" / "adapter_config.json").read_text())
    assert config["target_modules"] == ["down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj"]
    assert config["base_model_name_or_path"] == str(tiny_base)


@pytest.mark.parametrize("killed_at", [3, 6])
def test_a_run_killed_with_9_goes_on_bit_for_bit(
    tiny_base: Path, tiny_data: Path, undisturbed: Path, tmp_path: Path, killed_at: int
) -> None:
    """Killed within an epoch and at the end of one; evaluation, dropout, the order of the data and the optimizer all go on as if nothing had been."""
    config, run = _config(tiny_base), tmp_path / "run"
    child = _child(config, tiny_data, run)
    _until(child, f"step {killed_at}: loss")
    child.kill()
    child.wait()
    assert not (run / "adapter").exists()
    child = _child(config, tiny_data, run, "--resume")
    lines = _until(child, "finished")
    child.wait()
    assert lines[-1] == f"finished True step {STEPS}" and lines[0].startswith("going on from step")
    assert _losses(run) == _losses(undisturbed)
    held_out = [[row["evaluation_loss"] for row in read_metrics(folder) if "evaluation_loss" in row] for folder in (run, undisturbed)]
    assert held_out[0] == held_out[1]
    assert [row["tokens"] for row in read_metrics(run) if "tokens" in row] == [
        row["tokens"] for row in read_metrics(undisturbed) if "tokens" in row
    ]
    assert (run / "adapter" / "adapter_model.safetensors").read_bytes() == (
        undisturbed / "adapter" / "adapter_model.safetensors"
    ).read_bytes()


def test_a_checkpoint_that_a_kill_left_half_written_is_none(tiny_base: Path, tiny_data: Path, undisturbed: Path, tmp_path: Path) -> None:
    """As it is while it is written: all of its files, cut, under the name of work. The run goes on from the one before, to the same losses."""
    run = tmp_path / "run"
    shutil.copytree(undisturbed, run)
    shutil.rmtree(run / "adapter")
    (run / "train.summary.json").unlink()
    (run / "checkpoints" / "step-000008").rename(run / "checkpoints" / ".step-000008")
    for file in (run / "checkpoints" / ".step-000008").iterdir():
        file.write_bytes(file.read_bytes()[:100])
    told: list[str] = []
    assert _train(_config(tiny_base), tiny_data, run, resume=True, tell=told.append).finished
    assert told[0] == "going on from step 6" and _losses(run) == _losses(undisturbed)
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"step-000006", "step-000008"}


def test_recomputed_activations_change_no_loss(tiny_base: Path, tiny_data: Path, undisturbed: Path, tmp_path: Path) -> None:
    """Gradient checkpointing, which is on by default, against a run without; dropout is drawn anew alike."""
    assert _train(_config(tiny_base, gradient_checkpointing=False), tiny_data, tmp_path / "run").finished
    assert [loss for _, loss in _losses(tmp_path / "run")] == pytest.approx([loss for _, loss in _losses(undisturbed)], abs=1e-4)


def test_bf16_trains_and_leaves_an_adapter(tiny_base: Path, tiny_data: Path, undisturbed: Path, tmp_path: Path) -> None:
    from safetensors import safe_open

    run = tmp_path / "run"
    assert _train(_config(tiny_base, precision="bf16", learning_rate=0.02), tiny_data, run).finished
    losses = [loss for _, loss in _losses(run)]
    assert losses[0] == pytest.approx(_losses(undisturbed)[0][1], abs=0.05) and losses[-1] < losses[0]
    assert json.loads((run / "run.json").read_text())["preflight"]["precision"] == "bf16"
    with safe_open(run / "adapter" / "adapter_model.safetensors", framework="pt") as file:
        assert any(file.get_tensor(name).abs().max() > 0 for name in file.keys() if "lora_B" in name)  # noqa: SIM118 - no dict


def test_ctrl_c_keeps_the_step_at_hand_and_goes_on_from_it(tiny_base: Path, tiny_data: Path, undisturbed: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"

    def tell(line: str) -> None:
        if line.startswith("step 3: loss"):
            os.kill(os.getpid(), signal.SIGINT)

    outcome = _train(_config(tiny_base), tiny_data, run, tell=tell)
    assert not outcome.finished and outcome.stopped_by == signal.SIGINT and 3 <= outcome.step <= 4
    assert max(path.name for path in (run / "checkpoints").iterdir()) == f"step-{outcome.step:06}"
    assert _train(_config(tiny_base), tiny_data, run, resume=True).finished
    assert _losses(run) == _losses(undisturbed)


def test_out_of_memory_halves_the_batch_and_does_no_step_twice(
    tiny_base: Path, tiny_data: Path, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An allocator that refuses batches of more than one row from the fourth step on: what torch says on a CPU."""
    from trl import SFTTrainer

    honest = SFTTrainer.training_step
    done: list[tuple[int, int]] = []

    def refusing(trainer: Any, model: Any, inputs: Any, *rest: Any) -> Any:
        rows = len(inputs["input_ids"])
        if rows > 1 and trainer.state.global_step == 3 and done[-1][0] < 3:
            done.append((3, 0))  # the step is half done when it fails
            return honest(trainer, model, inputs, *rest)
        if rows > 1 and trainer.state.global_step >= 3:
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."
            )
        done.append((trainer.state.global_step, rows))
        return honest(trainer, model, inputs, *rest)

    monkeypatch.setattr(SFTTrainer, "training_step", refusing)
    told: list[str] = []
    run = tmp_path / "run"
    outcome = _train(_config(tiny_base), tiny_data, run, tell=told.append)
    assert outcome.finished and (outcome.summary["batch"], outcome.summary["accumulation"], outcome.summary["halved"]) == (1, 4, 1)
    assert any("out of memory: going on from step 3 with training.batch=1 training.accumulation=4" in line for line in told)
    assert [step for step, _ in _losses(run)] == list(range(1, STEPS + 1))
    assert [row["tokens"] for row in read_metrics(run) if "tokens" in row] == [
        row["tokens"] for row in read_metrics(undisturbed) if "tokens" in row
    ]
    assert done == [(step, 2) for step in range(3) for _ in range(2)] + [(3, 0)] + [(step, 1) for step in range(3, STEPS) for _ in range(4)]


def test_out_of_memory_at_one_row_says_what_to_set(
    tiny_base: Path, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trl import SFTTrainer

    def refusing(*arguments: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(SFTTrainer, "training_step", refusing)
    with pytest.raises(TrainingError, match=r"training\.max_length"):
        _train(_config(tiny_base), tiny_data, tmp_path / "run")


def test_a_real_limit_of_memory_is_met_by_smaller_batches(tiny_base: Path, tmp_path: Path) -> None:
    """The kernel refuses the address space: 64 rows of 512 tokens do not fit into what is left, a few do."""
    from tests.finetune.tiny import make_dataset

    data = make_dataset(tmp_path / "data", train=800, validation=0, test=0)
    config = _config(tiny_base, steps=1, batch=64, accumulation=1, max_length=512, gradient_checkpointing=False)
    child = _child(config, data, tmp_path / "run", "--more-memory", str(600_000_000))
    lines = _until(child, "finished")
    child.wait()
    summary = json.loads((tmp_path / "run" / "train.summary.json").read_text())
    assert lines[-1] == "finished True step 1" and any(line.startswith("out of memory: going on from step 0") for line in lines)
    assert summary["halved"] >= 1 and summary["batch"] * summary["accumulation"] == 64


def test_a_disk_that_is_full_at_a_checkpoint_leaves_the_last_good_one(
    tiny_base: Path, tiny_data: Path, undisturbed: Path, tmp_path: Path
) -> None:
    config, run = _config(tiny_base), tmp_path / "run"
    child = _child(config, tiny_data, run, "--file-size", "20000", "--after", "3")
    lines = _until(child, "TrainingError")
    child.wait()
    assert (
        "The checkpoint of step 4 could not be written" in lines[-1]
        and "the last good one is step-000002" in lines[-1]
        and "--resume" in lines[-1]
    )
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["step-000002"]
    assert _train(config, tiny_data, run, resume=True).finished
    assert _losses(run) == _losses(undisturbed)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda config: config["lora"].update(r=8), "lora.r"),
        (lambda config: config["training"].update(learning_rate=0.1), "training.learning_rate"),
        (lambda config: config["training"].update(batch=4), "training.batch x training.accumulation"),
    ],
)
def test_a_run_does_not_go_on_otherwise_than_it_began(
    tiny_base: Path, tiny_data: Path, tmp_path: Path, change: Callable[[Any], None], told: str
) -> None:
    run = tmp_path / "run"
    stop = threading.Event()

    def tell(line: str) -> None:
        if line.startswith("step 1:") and not stop.is_set():
            stop.set()
            os.kill(os.getpid(), signal.SIGINT)

    config = _config(tiny_base)
    assert not _train(config, tiny_data, run, tell=tell).finished
    values = config.model_dump()
    change(values)
    with pytest.raises(ConfigError, match=told):
        _train(TrainConfig.model_validate(values), tiny_data, run, resume=True)
    with pytest.raises(ConfigError, match="holds a run already"):
        _train(config, tiny_data, run)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"base": {"sha256": "0"}, "dataset": {}, "config": {}}'])
def test_a_damaged_run_is_told_as_that(tiny_base: Path, tiny_data: Path, tmp_path: Path, content: str) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text(content)
    with pytest.raises(TrainingError, match=r"run\.json .*begin in another folder"):
        _train(_config(tiny_base), tiny_data, run, resume=True)


def test_a_finished_run_is_not_trained_again(tiny_base: Path, tiny_data: Path, undisturbed: Path) -> None:
    before = (undisturbed / "metrics.jsonl").stat().st_mtime_ns
    assert _train(_config(tiny_base), tiny_data, undisturbed, resume=True).summary["steps"] == STEPS
    assert (undisturbed / "metrics.jsonl").stat().st_mtime_ns == before


def test_a_finished_run_is_not_taken_for_another(tiny_base: Path, tiny_data: Path, undisturbed: Path) -> None:
    with pytest.raises(ConfigError, match=r"lora\.r|learning_rate"):
        _train(_config(tiny_base, learning_rate=0.01), tiny_data, undisturbed, resume=True)


def test_a_run_for_other_data_or_settings_is_put_aside_and_another_begun(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    from tests.finetune.tiny import make_dataset

    run, told = tmp_path / "run", list[str]()
    config = _config(tiny_base, steps=1)
    assert _train(config, tiny_data, run, anew_if_changed=True).finished
    first = (run / "run.json").read_bytes()
    assert _train(config, tiny_data, run, anew_if_changed=True, tell=told.append).finished
    assert (run / "run.json").read_bytes() == first and told == []
    assert _train(_config(tiny_base, steps=2), tiny_data, run, anew_if_changed=True, tell=told.append).summary["steps"] == 2
    assert (tmp_path / "run.before-1" / "run.json").read_bytes() == first and "run.before-1" in told[0]
    assert (tmp_path / "run.before-1" / "adapter").is_dir()
    other = make_dataset(tmp_path / "other", train=32)
    assert _train(_config(tiny_base, steps=2), other, run, anew_if_changed=True).finished
    assert (tmp_path / "run.before-2").is_dir()


def test_a_run_goes_on_wherever_its_data_set_lies(tiny_base: Path, tiny_data: Path, undisturbed: Path, tmp_path: Path) -> None:
    """It was trained on another machine and copied here."""
    import shutil

    data = shutil.copytree(tiny_data, tmp_path / "elsewhere")
    run = shutil.copytree(undisturbed, tmp_path / "run")
    assert _train(_config(tiny_base), data, run, anew_if_changed=True).summary["steps"] == STEPS
    assert not (tmp_path / "run.before-1").exists()


def test_two_trainings_do_not_share_a_folder(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    import fcntl

    run = tmp_path / "run"
    run.mkdir()
    with (run / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(TrainingError, match="Another process trains"):
            _train(_config(tiny_base), tiny_data, run)


def test_a_loss_that_is_no_number_stops_the_run(tiny_base: Path, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trl import SFTTrainer

    honest = SFTTrainer.training_step
    monkeypatch.setattr(SFTTrainer, "training_step", lambda trainer, *rest: honest(trainer, *rest) * float("nan"))
    with pytest.raises(TrainingError, match=r"diverged.*training\.learning_rate"):
        _train(_config(tiny_base), tiny_data, tmp_path / "run")


def test_trackio_gets_every_step(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    """In a process of its own, since trackio reads its folder once."""
    values = _config(tiny_base, steps=3).model_dump()
    values["tracking"] = {"to": "trackio", "project": "tiny"}
    file = tmp_path / "config.json"
    file.write_text(json.dumps(values))
    environment = {**os.environ, "TRACKIO_DIR": str(tmp_path / "trackio")}
    command = [sys.executable, str(CHILD), str(file), str(tiny_data), str(tmp_path / "run")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=250)
    assert "finished True" in done.stdout, done.stderr[-2000:]
    assert "Run finished" not in done.stdout, "what a tracker says would stand within `--json`"
    import sqlite3

    database = next((tmp_path / "trackio").glob("tiny*.db"))
    for _ in range(50):
        with sqlite3.connect(database) as connection:
            rows = connection.execute("SELECT step, metrics FROM metrics ORDER BY step").fetchall()
        if len(rows) >= 4:
            break
        time.sleep(0.1)
    assert {step for step, _ in rows} == {1, 2, 3}


def test_two_processes_learn_what_one_does(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    """DDP over gloo: half the rows in each, the same rows a step, the same losses up to the order of sums; and what it needs to go on, of both."""
    values = _config(tiny_base).model_dump()
    values["lora"]["dropout"] = 0.0
    alone = TrainConfig.model_validate(values)
    values["training"]["batch"] = 1
    assert _train(alone, tiny_data, tmp_path / "alone").finished
    file = tmp_path / "config.json"
    file.write_text(json.dumps(values))
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", str(CHILD)]
    done = subprocess.run([*launch, str(file), str(tiny_data), str(tmp_path / "both")], capture_output=True, text=True, timeout=280)
    assert done.stdout.count("finished True step 8") == 2, done.stderr[-3000:]
    assert [step for step, _ in _losses(tmp_path / "both")] == list(range(1, STEPS + 1))
    assert [loss for _, loss in _losses(tmp_path / "both")] == pytest.approx([loss for _, loss in _losses(tmp_path / "alone")], abs=2e-3)
    names = {path.name for path in (tmp_path / "both" / "checkpoints" / "step-000008").iterdir()}
    assert {"rng-0.safetensors", "rng-1.safetensors", "optimizer.safetensors"} <= names
    assert (tmp_path / "both" / "adapter" / "adapter_model.safetensors").is_file()


def test_what_is_trained_in_bf16_is_proved_as_it_will_serve(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    run = tmp_path / "run"
    _train(_config(tiny_base, precision="bf16", steps=2), tiny_data, run)
    served = load_file(run / "adapter" / "adapter_model.safetensors")
    kept = load_file(run / "checkpoints" / "step-000002" / "adapter_model.safetensors")
    assert {str(tensor.dtype) for tensor in served.values()} == {"torch.bfloat16"}
    assert {str(tensor.dtype) for tensor in kept.values()} == {"torch.float32"}
    assert all((served[name].float() - kept[name]).abs().max() <= kept[name].abs().max() / 128 for name in kept)


def test_what_is_freed_goes_back_to_the_system() -> None:
    """Tensors of 1 MB, every second one freed: no larger one fits into the gaps, so what an allocator keeps of them is lost."""
    program = (
        "import psutil, torch\n"
        "from finetune.train.device import give_back_what_is_freed\n"
        "give_back_what_is_freed()\n"
        "large = torch.ones(8_000_000); del large\n"  # lets the threshold grow where it may
        "before = psutil.Process().memory_info().rss\n"
        "many = [torch.ones(250_000) for _ in range(400)]\n"
        "del many[::2]\n"
        "print((psutil.Process().memory_info().rss - before) / 1e6)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert float(done.stdout) < 250  # of 400 MB, half of them freed
