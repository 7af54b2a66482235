"""Sentence embeddings by a local sentence-transformers model. Nothing is ever fetched here."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from retrieval.errors import RetrievalError

logger = logging.getLogger(__name__)

MODEL = "all-minilm-l6-v2"
FETCH = f"hisolver weights fetch {MODEL}"
QUERY_CHARS = 4000
"""More than the model reads (256 word pieces); the rest would only be tokenized to be thrown away."""
MANY = 64
"""Texts from which all cores work on them. One text takes milliseconds with one thread, and a second with threads that wait for each other while a language
model generates; an index is built while nobody waits for an answer."""
IDENTITY = ("model.safetensors", "tokenizer.json", "1_Pooling/config.json")


class Embedder:
    """Vectors of length 1, so that a dot product is a cosine similarity. The model is loaded with the first text: some seconds, once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._model: Any = None
        self._lock = threading.Lock()

    def fingerprint(self) -> str:
        """SHA-256 in hex over what decides the vectors. Raises `RetrievalError` when the model is not there."""
        digest = hashlib.sha256()
        try:
            for name in IDENTITY:
                with (self.folder / name).open("rb") as handle:
                    digest.update(hashlib.file_digest(handle, "sha256").digest())
        except OSError as error:
            raise RetrievalError(f"the embedding model is not in {self.folder} ({error.strerror}); fetch it with `{FETCH}`") from error
        return digest.hexdigest()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text. Blocking. Raises `RetrievalError` when the model cannot be loaded."""
        clean = [text[:QUERY_CHARS].encode("utf-8", "replace").decode("utf-8") for text in texts]
        with self._lock:
            if self._model is None:
                self._model = self._load()
            with _threads(len(clean)):
                vectors = self._model.encode(
                    clean, batch_size=32, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
                )
        return [[float(number) for number in vector] for vector in vectors]

    def _load(self) -> Any:
        self.fingerprint()
        # Imported late: torch takes seconds, and most commands never search.
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        try:
            return SentenceTransformer(
                str(self.folder),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise RetrievalError(f"the embedding model in {self.folder} cannot be loaded ({error}); fetch it with `{FETCH}`") from error


@contextmanager
def _threads(texts: int) -> Iterator[None]:
    """Torch's threads for so many texts; one afterwards."""
    import torch

    torch.set_num_threads(len(os.sched_getaffinity(0)) if texts >= MANY else 1)
    try:
        yield
    finally:
        torch.set_num_threads(1)
