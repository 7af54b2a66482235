"""One frame of a video as PNG, decoded inside the sandbox: the video came out of a scene that a model wrote."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    """Reads `{"at_s": ..., "width": ...}`; writes the frame of `video.mp4` at that time, or its last one, to `poster.png`, no wider than asked."""
    import av

    request = json.load(sys.stdin)
    at = float(request["at_s"])
    with av.open("video.mp4", format="mp4") as container:
        stream = container.streams.video[0]
        if stream.time_base is not None:
            container.seek(max(0, int(at / float(stream.time_base))), stream=stream, backward=True)
        chosen = None
        for frame in container.decode(stream):
            chosen = frame
            if frame.time is not None and frame.time >= at:
                break
    if chosen is None:
        raise SystemExit("the video holds no frame")
    with av.open("poster.png", mode="w", format="image2", options={"update": "1"}) as out:
        target = out.add_stream("png", rate=1)
        width = min(int(request.get("width") or chosen.width), chosen.width)
        height = max(1, round(chosen.height * width / chosen.width))
        target.width, target.height, target.pix_fmt = width, height, "rgb24"
        picture = chosen.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
        picture.pts = None
        for packet in [*target.encode(picture), *target.encode(None)]:
            out.mux(packet)
    if not Path("poster.png").stat().st_size:
        raise SystemExit("the frame could not be written")
