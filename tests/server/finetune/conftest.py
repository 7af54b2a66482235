from __future__ import annotations

from tests.finetune.export.conftest import tiny_adapter, tiny_base, tiny_gguf

__all__ = ["tiny_adapter", "tiny_base", "tiny_gguf"]
