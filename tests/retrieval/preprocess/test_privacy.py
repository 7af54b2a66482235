"""Secrets drop a scene; personal data is taken out of it; neither takes honest scenes along."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from retrieval.preprocess.privacy import holds_secret, without_personal_data
from retrieval.preprocess.repository import Result
from retrieval.records import SceneRecord

PARTS = {
    "aws": ("AKIA", "IOSFODNN7ABCDEFG"),
    "github": ("ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
    "private key": ("-----BEGIN RSA ", "PRIVATE KEY-----"),
    "google": ("AIza", "SyA1234567890abcdefghijklmnopqrstuv"),
    "slack": ("xoxb-", "123456789012-123456789012-abcdefabcdefabcdefabcdef"),
    "jwt": ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.", "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"),
    "basic auth": ("https://someone:", "hunter2hunter2@example.org/x"),
}


@pytest.mark.parametrize("kind", PARTS)
def test_a_scene_that_holds_a_secret_is_dropped_and_counted(preprocessed: Callable[..., Result], kind: str):
    secret = "".join(PARTS[kind])
    result = preprocessed({
        "a.py": f"""
        from manim import *
        KEY = "{secret}"

        class Leaks(Scene):
            def construct(self):
                self.add(Text(KEY))

        class Clean(Scene):
            def construct(self):
                self.add(Dot())
        """
    })  # fmt: skip
    assert [scene.record.scene for scene in result.scenes] == ["Clean"]
    assert result.dropped == {"secret": 1}


@pytest.mark.parametrize("line", ["api_key = 'q8Zr5tYw2Lp0'", 'PASSWORD: str = "correct-horse"', "config['auth_token'] = '0a1b2c3d4e5f'"])
def test_what_is_called_a_secret_is_one(line: str):
    assert holds_secret(line)


@pytest.mark.parametrize(
    "line",
    [
        "token = Circle()", "api_key = 'YOUR_API_KEY'", "secret = Text('the secret of the primes')", "password = os.environ['PASSWORD']",
        "tokens = 'a b c'.split()", "url = 'https://www.example.org/a/very/long/path/to/a/page.html'", "x = 3.14159265358979323846264338327950288",
        "self.play(TransformMatchingShapes(public_key, private_key_shape))",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_secret_is_none(line: str):
    assert not holds_secret(line)


def test_the_installed_manims_own_scenes_hold_no_secret():
    from retrieval.sources import manim_docs

    assert [record.source for record in manim_docs.collect() if holds_secret(record.code)] == []


def test_addresses_telephone_numbers_and_home_folders_go(scenes: Callable[..., dict[str, SceneRecord]]):
    record = scenes({
        "a.py": '''
        from manim import *

        # Questions to jane.doe@example.org or +49 30 1234567
        class Mine(Scene):
            """By Jane (jane@doe.net, 555-123-4567), kept in /home/janedoe/videos."""
            def construct(self):
                self.add(ImageMobject("/Users/janedoe/pictures/cat.png"), Text("mail: jane@doe.net"))
                self.add(MathTex("555-123-4567"))  # C:\\\\Users\\\\janedoe\\\\x
        '''
    })["Mine"]  # fmt: skip
    for text in (record.code, record.description):
        assert "jane.doe" not in text and "jane@" not in text and "janedoe" not in text and "1234567" not in text
    assert "/Users/user/pictures/cat.png" in record.code and "name@example.com" in record.code
    assert 'MathTex("555-123-4567")' in record.code
    assert "personal data removed" in record.migrated


def test_code_that_looks_like_an_address_stays():
    code = "class A:\n    @property\n    def b(self):\n        return a@b.T + 3.14 - 2  # 1-2-3\n"
    assert without_personal_data(code) == code
