"""What makes two scenes the same or nearly so: a form without layout, comments and docstrings, and the hashes of token shingles."""

from __future__ import annotations

import dis
import functools
import hashlib
import warnings
import zlib
from types import CodeType
from typing import Any

from retrieval.preprocess.needs import NotAlone

NOP = dis.opmap["NOP"]
_LAYOUT = [zlib.crc32(sign) for sign in (b",", b"(", b")", b";", b"\\")]
SHINGLE = 5
PERMUTATIONS = 128


def compiled(code: str) -> CodeType:
    """Raises `NotAlone` (`unprintable`) where it does not compile."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(code, "", "exec", dont_inherit=True, optimize=2)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotAlone("unprintable") from None


def normal_form(code: str) -> str:
    """A hash of what Python makes of the code: equal for modules whose syntax trees are equal but for docstrings, whatever their layout and comments.

    Raises `NotAlone` (`unprintable`) where it does not compile.
    """
    digest = hashlib.sha256()
    _feed(digest, compiled(code))
    return digest.hexdigest()[:32]


def hashes_of(tokens: list[str]) -> Any:
    """A 32-bit hash of each token, in order, as a NumPy array; how a string is quoted makes no difference."""
    import numpy as np

    if len(_HASHES) > MOST_HASHES:
        _HASHES.clear()
    return np.fromiter(map(_HASHES.__getitem__, tokens), dtype=np.uint32, count=len(tokens))


def coarse_form(hashes: Any) -> str:
    """A hash that modules of equal normal form share, nearly always, and few others: the tokens without commas and brackets. Far quicker."""
    import numpy as np

    return hashlib.sha256(hashes[~np.isin(hashes, _LAYOUT)].astype("<u4").tobytes()).hexdigest()[:32]


def _feed(digest: Any, code: CodeType) -> None:
    import numpy as np

    # A docstring that is gone and a line that does nothing leave a NOP.
    instructions = np.frombuffer(code.co_code, dtype="<u2")
    digest.update(instructions[instructions & 0xFF != NOP].tobytes())
    # Python 3.13 puts a class's line among its constants.
    line = code.co_firstlineno if "__firstlineno__" in code.co_names else None
    plain = [_constant(value) for value in code.co_consts if not isinstance(value, CodeType) and (line is None or value != line)]
    parts = (
        code.co_name,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_flags,
        code.co_argcount,
        code.co_kwonlyargcount,
        plain,
    )
    digest.update(repr(parts).encode("utf-8", "surrogatepass"))
    for value in code.co_consts:
        if isinstance(value, CodeType):
            _feed(digest, value)


def _constant(value: object) -> str:
    # A set's order changes from process to process.
    return f"frozenset({sorted(map(repr, value))})" if isinstance(value, frozenset) else repr(value)


def shingles_of(hashes: Any) -> bytes:
    """The distinct hashes of every `SHINGLE` tokens in a row, sorted, as little-endian unsigned 32-bit numbers."""
    import numpy as np

    width = min(SHINGLE, len(hashes))
    total = np.zeros(max(len(hashes) - width + 1, 0), dtype=np.uint32)
    for offset in range(width):
        # An odd factor a place, so that the order counts.
        total = total * np.uint32(0x9E3779B1) + hashes[offset : offset + len(total)]
    return np.unique(total).astype("<u4").tobytes()


class _Hashes(dict[str, int]):
    """CRC-32 of each token that came by."""

    def __missing__(self, token: str) -> int:
        text = token.lstrip("rRuU").strip("'\"") if token[-1] in "'\"" else token
        self[token] = value = zlib.crc32(text.encode("utf-8", "surrogatepass"))
        return value


_HASHES = _Hashes()
MOST_HASHES = 200_000


def signature_of(shingles: bytes) -> bytes:
    """The MinHash of the shingles, as little-endian unsigned 32-bit numbers."""
    import numpy as np

    found = _empty().copy()
    found.update_batch(np.frombuffer(shingles, dtype="<u4"))
    return bytes(found.hashvalues.astype("<u4").tobytes())


@functools.cache
def _empty() -> Any:
    from datasketch import MinHash

    return MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=int, scheme="affine32")
