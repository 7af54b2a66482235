from __future__ import annotations

import re
from typing import Any

from server.openai.pictures import MEDIA_TYPES


async def test_the_page_needs_nothing_from_elsewhere(house: Any) -> None:
    page = await house.client.get("/")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    wanted = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert "http://" not in page.text and "https://" not in page.text and len(wanted) >= 4
    for path in wanted:
        response = await house.client.get(path)
        assert response.status_code == 200, path
        kind = "javascript" if path.endswith(".js") else "css"
        assert kind in response.headers["content-type"]


async def test_the_page_takes_pictures_of_the_formats_that_the_server_reads(house: Any) -> None:
    page = (await house.client.get("/")).text
    script = (await house.client.get("/web/app.js")).text
    accepted = re.search(r'type="file" accept="([^"]+)"', page)
    assert accepted is not None and accepted[1].split(",") == list(MEDIA_TYPES)
    assert all(f'"{kind}"' in script for kind in MEDIA_TYPES) and "image_url" in script


async def test_the_fonts_of_the_formulas_are_served(house: Any) -> None:
    sheet = (await house.client.get("/web/katex/katex.min.css")).text
    fonts = set(re.findall(r"url\((fonts/[\w-]+\.woff2)\)", sheet))
    assert len(fonts) >= 15
    for font in fonts:
        assert (await house.client.get(f"/web/katex/{font}")).content[:4] == b"wOF2"


async def test_the_page_cannot_be_framed_or_run_strange_scripts(house: Any) -> None:
    policy = (await house.client.get("/")).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy and "script-src 'self';" in policy


async def test_nothing_but_the_static_files_is_reachable(house: Any) -> None:
    for path in ("/web/../__init__.py", "/web/..%2f__init__.py", "/web/%2e%2e/index.html", "/web/"):
        response = await house.client.get(path)
        assert response.status_code == 404 and response.json()["error"]["code"] == "not_found"
