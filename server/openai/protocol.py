"""The shapes of POST /v1/chat/completions and GET /v1/models, and how a request becomes a chat for the graph."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, ConfigDict, Field

from agents.rendering.report import Quality
from agents.state import AnimateBy, Skill
from server.openai.errors import ApiError
from server.openai.pictures import PictureLimits, picture_key, read_data_url

MODELS: dict[str, Skill | None] = {"hisolver": None, **{f"hisolver-{skill}": skill for skill in get_args(Skill)}}
"""Model names and the skill each asks for; None routes by itself."""

IGNORED = (
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "modalities",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "reasoning_effort",
    "seed",
    "service_tier",
    "stop",
    "store",
    "temperature",
    "tool_choice",
    "tools",
    "top_k",
    "top_logprobs",
    "top_p",
    "verbosity",
    "web_search_options",
)
"""Parameters of OpenAI's API that are accepted and change nothing: none of them is passed on to the model."""

MAX_MESSAGES = 1000
MAX_PICTURES = 4
IMAGE_PARTS = ("image_url", "input_image")
Id = Annotated[str, Field(min_length=1, max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class ImageUrl(_Strict):
    url: str


class ContentPart(_Strict):
    """One part of a message: text, or a picture as a data URL."""

    type: str
    text: str | None = None
    image_url: ImageUrl | str | None = None


class Message(_Strict):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None


class StreamOptions(_Strict):
    include_usage: bool | None = None


class HisolverOptions(_Strict):
    """Ours: `thread_id` names the chat to go on with, `hint_level` the rung that is asked for (1 to 4), `quality` that of an animation: l, m or h
    for 480p15, 720p30 or 1080p60; `animate_by` "code" has the coder write the whole scene, where a request would otherwise be drawn from parametric
    beats."""

    thread_id: Id | None = None
    hint_level: Annotated[int, Field(ge=1, le=4)] | None = None
    animate_by: AnimateBy | None = None
    quality: Quality | None = None


class ResponseFormat(_Strict):
    type: str = "text"


class ChatCompletionRequest(_Strict):
    """A request. Other parameters of OpenAI's API are accepted and change nothing."""

    model: str
    messages: Annotated[list[Message], Field(min_length=1, max_length=MAX_MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    user: str | None = None
    response_format: ResponseFormat | None = None
    metadata: dict[str, Any] | None = None
    hisolver: HisolverOptions | None = None

    @property
    def thread_id(self) -> str | None:
        """The chat that the client named: `hisolver.thread_id`, else `metadata.thread_id`."""
        if self.hisolver is not None and self.hisolver.thread_id is not None:
            return self.hisolver.thread_id
        named = (self.metadata or {}).get("thread_id")
        if named is None:
            return None
        if not isinstance(named, str) or not 1 <= len(named) <= 200:
            raise ApiError(400, "invalid_value", "metadata.thread_id must be a string of 1 to 200 characters", "metadata.thread_id")
        return named

    def skill(self) -> Skill | None:
        """What the model name asks for. Raises `ApiError` 404."""
        if self.model not in MODELS:
            raise model_not_found(self.model)
        return MODELS[self.model]

    def check_supported(self) -> None:
        """Refuses what would change the answer's meaning if it were ignored. Raises `ApiError` 400."""
        if self.n is not None and self.n != 1:
            raise ApiError(400, "unsupported_value", "n must be 1: one checked answer is given for each request", "n")
        if self.response_format is not None and self.response_format.type != "text":
            raise ApiError(
                400, "unsupported_value", "response_format must be text: structured data is in the `hisolver` field", "response_format"
            )

    def history(self, problem_chars: int, limits: PictureLimits) -> tuple[list[AnyMessage], dict[str, bytes]]:
        """The chat as the graph takes it, tool messages left out, and the pictures of its last message by the keys that stand for them there.
        Earlier pictures were read in their own turn and are keys only. Raises `ApiError` 400."""
        history: list[AnyMessage] = []
        pictures: dict[str, bytes] = {}
        for index, message in enumerate(self.messages):
            param = f"messages[{index}].content"
            text = _text(message, param)
            if message.role == "user":
                if len(text) > problem_chars:
                    told = f"{param} has {len(text)} characters; at most {problem_chars} can be worked on"
                    raise ApiError(400, "context_length_exceeded", told, param)
                last_one = index == len(self.messages) - 1
                images = _images(message, param, limits, pictures if last_one else None)
                history.append(HumanMessage([*([{"type": "text", "text": text}] if text.strip() else []), *images] if images else text))
            elif message.role == "assistant":
                history.append(AIMessage(text))
            elif message.role in ("system", "developer"):
                history.append(SystemMessage(text))
        last = next((message for message in reversed(history) if not isinstance(message, SystemMessage)), None)
        if not isinstance(last, HumanMessage):
            raise ApiError(400, "invalid_value", "the last message must come from the user", "messages")
        if not str(last.content).strip():
            raise ApiError(
                400, "empty_problem", "the last message is empty: write the problem there", f"messages[{len(self.messages) - 1}].content"
            )
        return history, pictures


def model_not_found(name: str) -> ApiError:
    return ApiError(404, "model_not_found", f"there is no model {name[:80]!r} here; there are {', '.join(MODELS)}", "model")


def _text(message: Message, param: str) -> str:
    if message.content is None:
        if message.role == "user":
            raise ApiError(400, "missing_required_parameter", f"{param} is missing", param)
        return ""
    if isinstance(message.content, str):
        return message.content
    texts: list[str] = []
    for number, part in enumerate(message.content):
        if part.type in IMAGE_PARTS:
            continue
        if message.role == "user" and part.type not in ("text", "input_text"):
            told = f"parts of type {part.type[:40]!r} cannot be read here; only text and pictures can"
            raise ApiError(400, "unsupported_content", told, f"{param}[{number}].type")
        if part.text is None and part.type in ("text", "input_text"):
            raise ApiError(400, "missing_required_parameter", f"{param}[{number}].text is missing", f"{param}[{number}].text")
        texts.append(part.text or "")
    return "\n".join(texts)


def _images(message: Message, param: str, limits: PictureLimits, kept: dict[str, bytes] | None) -> list[str | dict[str, Any]]:
    """The message's pictures as parts that hold a key each. With `kept` they are checked, and their bytes put there. Raises `ApiError` 400."""
    found: list[str | dict[str, Any]] = []
    for number, part in enumerate(message.content if isinstance(message.content, list) else ()):
        if part.type not in IMAGE_PARTS:
            continue
        where = f"{param}[{number}].image_url"
        url = part.image_url.url if isinstance(part.image_url, ImageUrl) else part.image_url
        if url is None:
            raise ApiError(400, "missing_required_parameter", f"{where} is missing", where)
        key = picture_key(url)
        if kept is not None:
            if len(kept) == MAX_PICTURES and key not in kept:
                raise ApiError(400, "too_many_images", f"at most {MAX_PICTURES} pictures can be read at once", where)
            kept[key] = read_data_url(url, limits, where)
        found.append({"type": "image_url", "image_url": {"url": key}})
    return found


class Model(BaseModel):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "hisolver"


class ServedAdapterInfo(BaseModel):
    """The LoRA adapter that serves a role."""

    name: str
    version: str
    rank: int


class RoleInfo(BaseModel):
    """What answers behind the skills: the endpoint's name of the model, and its adapter where it has one."""

    model: str
    adapter: ServedAdapterInfo | None


class ModelListExtra(BaseModel):
    roles: dict[str, RoleInfo]


class ModelList(BaseModel):
    object: Literal["list"] = "list"
    data: list[Model]
    hisolver: ModelListExtra


class PromptTokensDetails(BaseModel):
    cached_tokens: int


class CompletionUsage(BaseModel):
    """Tokens over all model calls of the run."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptTokensDetails


class AssistantMessage(BaseModel):
    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class Choice(BaseModel):
    index: int = 0
    message: AssistantMessage
    logprobs: None = None
    finish_reason: Literal["stop", "length"] = "stop"


class ChatCompletion(BaseModel):
    """The response. `hisolver` holds what OpenAI's schema has no place for: skill, thread, solution, hint, animation."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: CompletionUsage
    hisolver: dict[str, Any]
