"""The web page: static files of ours, no build step, nothing fetched from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent


def mount_web(app: FastAPI) -> None:
    """Serves the page at `/` and its files under `/web`."""

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(FOLDER / "index.html", media_type="text/html; charset=utf-8", headers={"cache-control": "no-cache"})

    app.mount("/web", StaticFiles(directory=FOLDER / "static"), name="web")
