"""Pictures in a request: data URLs only. Nothing is ever fetched for a client, and no decoder runs in this process."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from agents.reading.formats import PictureFault, inspect
from server.openai.errors import ApiError

MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp")
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[\w.+-]+)*)(;base64)?,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """Bytes after unpacking, and pixels."""

    size: int
    pixels: int


def picture_key(url: str) -> str:
    """What stands for the picture in the chat's state: a hash of the URL as it was sent, so that a picture keeps its key in later requests."""
    return "sha256:" + hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def read_data_url(url: str, limits: PictureLimits, param: str) -> bytes:
    """The bytes of a still PNG, JPEG or WebP picture. Raises `ApiError` 400 for everything else."""
    head = _DATA_URL.match(url, 0, 300)
    if head is None:
        if re.match(r"\s*data:", url, re.IGNORECASE):
            raise ApiError(400, "invalid_data_url", "the data URL has no readable head: write data:image/png;base64,...", param)
        told = "only data URLs are read (data:image/png;base64,...); addresses of any kind are never fetched"
        raise ApiError(400, "remote_image_refused", told, param)
    media_type = (head[1] or "").lower().replace("image/jpg", "image/jpeg")
    if media_type not in MEDIA_TYPES:
        raise ApiError(400, "unsupported_image", f"pictures must be of type {', '.join(MEDIA_TYPES)}", param)
    if not head[3]:
        raise ApiError(400, "invalid_data_url", "the data URL must be packed as base64", param)
    packed = len(url) - head.end()
    if packed * 3 // 4 > limits.size + 4:
        raise ApiError(400, "image_too_large", f"the picture is larger than {limits.size} bytes", param)
    try:
        data = base64.b64decode(url[head.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise ApiError(400, "invalid_data_url", "the data URL is no valid base64", param) from None
    if len(data) > limits.size:
        raise ApiError(400, "image_too_large", f"the picture is larger than {limits.size} bytes", param)
    try:
        found = inspect(data, limits.pixels)
    except PictureFault as fault:
        raise ApiError(400, fault.code, fault.message, param) from None
    if found.media_type != media_type:
        raise ApiError(400, "unsupported_image", f"the data URL says {media_type}, but the bytes are {found.media_type}", param)
    return data
