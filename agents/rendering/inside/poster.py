"""One frame of a video as PNG, decoded inside the sandbox: the video came out of a scene that a model wrote."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    """Reads `{"at_s": ...}`; writes the frame of `video.mp4` at that time, or its last one, to `poster.png`."""
    import av

    at = float(json.load(sys.stdin)["at_s"])
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
        target.width, target.height, target.pix_fmt = chosen.width, chosen.height, "rgb24"
        picture = chosen.reformat(format="rgb24")
        picture.pts = None
        for packet in [*target.encode(picture), *target.encode(None)]:
            out.mux(packet)
    if not Path("poster.png").stat().st_size:
        raise SystemExit("the frame could not be written")
