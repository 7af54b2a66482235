"""Image parts over HTTP: what is taken, what is refused and with which words, and what reaches the graph."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image


def png(size: tuple[int, int] = (40, 30), kind: str = "PNG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "white").save(made, kind)
    return made.getvalue()


def data_url(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def part(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, "detail": "high"}}


REFUSED = [
    ("https://example.org/problem.png", "remote_image_refused"),
    ("http://127.1/problem.png", "remote_image_refused"),
    ("", "remote_image_refused"),
    ("data:image/png;base64,", "empty_image"),
    ("data:image/png;base64,%%%%", "invalid_data_url"),
    ("data:image/png,abc", "invalid_data_url"),
    ("data:;;;", "invalid_data_url"),
    (data_url(b"<svg/>", "image/svg+xml"), "unsupported_image"),
    (data_url(png(kind="JPEG"), "image/png"), "unsupported_image"),
    (data_url(png(kind="GIF"), "image/png"), "unsupported_image"),
    (data_url(png()[:-20]), "invalid_image"),
    (data_url(png((300, 300))), "image_too_large"),
    (data_url(png() + b"\0" * 9000), "image_too_large"),
]


@pytest.mark.parametrize(("url", "code"), REFUSED)
async def test_a_picture_that_cannot_be_taken_is_a_400_that_says_why(open_house: Any, url: str, code: str) -> None:
    house = await open_house(picture_pixels=80_000, picture_bytes=8192)
    response = await house.chat([{"type": "text", "text": "What is x?"}, part(url)])
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, code, "messages[0].content[1].image_url")
    assert error["type"] == "invalid_request_error" and len(error["message"]) < 300 and "base64,i" not in error["message"]
    assert house.model.calls == 0


async def test_too_many_pictures_are_refused(house: Any) -> None:
    response = await house.chat([part(data_url(png((30 + n, 30)))) for n in range(9)])
    assert (response.status_code, response.json()["error"]["code"]) == (400, "too_many_images")


async def test_a_picture_without_words_is_a_message(house: Any) -> None:
    response = await house.chat([part(data_url(png()))])
    assert response.status_code == 200
    heard = response.json()["hisolver"]["solution"]["verification"]["detail"]
    assert "sha256:" in heard and "base64" not in heard


async def test_a_picture_keeps_its_chat_and_is_not_read_again(house: Any) -> None:
    first = await house.chat([part(data_url(png()))])
    history = [
        {"role": "user", "content": [part(data_url(png()))]},
        {"role": "assistant", "content": first.json()["choices"][0]["message"]["content"]},
        {"role": "user", "content": "yes"},
    ]
    second = await house.chat(messages=history)
    assert second.json()["hisolver"]["thread_id"] == first.json()["hisolver"]["thread_id"]


async def test_a_broken_picture_further_up_does_not_stop_the_chat(house: Any) -> None:
    history = [
        {"role": "user", "content": [{"type": "text", "text": "What is x?"}, part("https://example.org/x.png")]},
        {"role": "assistant", "content": "I cannot take that."},
        {"role": "user", "content": "What is 2x if x = 3?"},
    ]
    assert (await house.chat(messages=history)).status_code == 200
