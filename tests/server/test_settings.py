from __future__ import annotations

from pathlib import Path

import pytest

from agents.errors import ConfigurationError
from server.settings import load_settings, settings_table


def test_the_committed_table_of_settings_is_the_one_that_the_code_prints() -> None:
    committed = Path(__file__).parents[2] / "docs" / "settings.md"
    assert committed.read_text(encoding="utf-8") == settings_table(), "run `make settings`"


def test_a_wrong_value_is_named_by_its_variable_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISOLVER_PORT", "secret-value")
    with pytest.raises(ConfigurationError, match="HISOLVER_PORT") as caught:
        load_settings()
    assert "secret-value" not in caught.value.message


def test_strangers_are_refused_without_keys() -> None:
    with pytest.raises(ConfigurationError, match="HISOLVER_API_KEYS"):
        load_settings(host="0.0.0.0").check_exposure()
    load_settings(host="127.0.0.1").check_exposure()


def test_a_limit_is_set_by_its_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISOLVER_LIMITS__SOLVE_ATTEMPTS", "7")
    assert load_settings().limits.solve_attempts == 7
