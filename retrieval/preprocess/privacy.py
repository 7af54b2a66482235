"""Secrets, for which a scene is dropped, and personal data, which is taken out of it."""

from __future__ import annotations

import functools
import re
from typing import Any

from retrieval.preprocess.tokens import TOKEN

MARKS = ("key", "token", "secret", "passw", "pwd", "private", "credential", "://", "akia", "asia", "a3t", "abia", "acca")
"""What a line holds, in small letters, that holds a secret which is short; or it holds something long."""
LONG = re.compile(r"[A-Za-z0-9+/_=.:-]{30,}")
OURS = (
    re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    re.compile(r"\bhf_[A-Za-z]{30,}\b"),
    re.compile(r"\bgithub_pat_[A-Za-z0-9_]{40,}\b"),
    re.compile(r"\bsk-(?:ant-|proj-|or-)[A-Za-z0-9_-]{24,}"),
)
ASSIGNED = re.compile(
    r"(?i)\b\w*(?:api_?key|secret|password|passwd|token|auth_?key|private_?key|access_?key|client_?key)\w*[\"']?\]?\s*(?::\s*\w+\s*)?[:=]\s*[rbf]?[\"']([^\"'\s]{8,})[\"']"
)
PLACEHOLDER = re.compile(r"(?i)your|xxx|example|placeholder|changeme|dummy|sample|<|\.\.\.|\*\*\*|^[a-z_ ]+$|\{")
PLUGINS = (
    "aws.AWSKeyDetector", "azure_storage_key.AzureStorageKeyDetector", "basic_auth.BasicAuthDetector", "cloudant.CloudantDetector",
    "discord.DiscordBotTokenDetector", "github_token.GitHubTokenDetector", "gitlab_token.GitLabTokenDetector", "jwt.JwtTokenDetector", "mailchimp.MailchimpDetector",
    "npm.NpmDetector", "openai.OpenAIDetector", "private_key.PrivateKeyDetector", "pypi_token.PypiTokenDetector", "sendgrid.SendGridDetector", "slack.SlackDetector",
    "square_oauth.SquareOAuthDetector", "stripe.StripeDetector", "telegram_token.TelegramBotTokenDetector", "twilio.TwilioKeyDetector",
)  # fmt: skip

EMAIL = re.compile(r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b")
HOME = re.compile(r"(/home/|/Users/|[A-Za-z]:(?:\\\\|\\|/)Users(?:\\\\|\\|/))(?!user\b|Shared\b|Public\b)([^/\\\s\"']+)")
PHONE = re.compile(
    r"(?<![\w.])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){2,4}|\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})(?!\w|\.\d)"
)
MAY_BE_PERSONAL = re.compile(r"@\w+[\w.-]*\.\w|/home/|/Users/|[\\/]Users[\\/]|\+\d{1,3}[ .(-]?\d|\d{3}-\d{4}")
NOBODY = "name@example.com"


def holds_secret(code: str) -> bool:
    """Whether a line holds a key, a token, a password or a private key."""
    return _suspicious(code) and any(map(_line_holds_secret, code.split("\n")))


@functools.lru_cache(maxsize=2**16)
def _line_holds_secret(line: str) -> bool:
    """Remembered, since what scenes share stands in all of them."""
    if not _suspicious(line):
        return False
    if any(pattern.search(line) for pattern in OURS):
        return True
    if any(PLACEHOLDER.search(value) is None for value in ASSIGNED.findall(line)):
        return True
    return any(found for plugin in _plugins() for found in plugin.analyze_string(line))


def _suspicious(text: str) -> bool:
    lowered = text.lower()
    return any(map(lowered.__contains__, MARKS)) or LONG.search(text) is not None


def without_personal_data(code: str) -> str:
    """Addresses and telephone numbers are taken out of comments and docstrings; in other strings an address and a user's name are replaced,
    so that the code stays as long as it works."""
    return TOKEN.sub(_cleaned, code) if holds_personal_data(code) else code


def holds_personal_data(code: str) -> bool:
    """Whether anything in it looks so, wherever it stands."""
    return MAY_BE_PERSONAL.search(code) is not None and any(pattern.search(code) for pattern in (EMAIL, HOME, PHONE))


def cleaned_prose(text: str) -> str:
    """The same for a description."""
    if MAY_BE_PERSONAL.search(text) is None:
        return text
    return " ".join(PHONE.sub("", EMAIL.sub("", HOME.sub(r"\1user", text))).split())


def _cleaned(match: re.Match[str]) -> str:
    text = match[0]
    if match.lastgroup == "comment" or (match.lastgroup == "string" and text.lstrip("rRbBuUfF").startswith(('"""', "'''"))):
        return PHONE.sub("", EMAIL.sub("", HOME.sub(r"\1user", text)))
    if match.lastgroup == "string":
        return EMAIL.sub(NOBODY, HOME.sub(r"\1user", text))
    return text


@functools.cache
def _plugins() -> tuple[Any, ...]:
    import importlib

    found = []
    for name in PLUGINS:
        module, kind = name.split(".")
        found.append(getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), kind)())
    return tuple(found)
