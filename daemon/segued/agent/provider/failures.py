"""Why a model did not answer, said so that a person can act on it."""

from __future__ import annotations

from pydantic_ai import exceptions as pai

from segued.agent.provider.models import NotAStream
from segued.agent.target import ModelFailure, Target

_LONGEST_REASON = 300
_PASSING_STATUSES = (408, 409, 425)


def explain(exc: Exception, target: Target) -> ModelFailure:
    """Return what an exception of pydantic-ai or of an SDK means."""
    model = f"{target.provider}:{target.name}"
    if any(isinstance(cause, NotAStream) for cause in _causes(exc)):
        return _bad_answer(target, "a web page or a document came instead of a stream")
    match exc:
        case TimeoutError() | pai.ModelTimeoutError(phase="read" | "write" | None):
            message = f"{model} was silent for {target.timeout_seconds:g} seconds: retry, or raise timeout_seconds"
            return ModelFailure("model_timeout", message)
        case pai.ModelConnectionError(phase="connect" | "pool"):
            message = f"{target.address} cannot be reached: check base_url, the network, and that the server runs"
            return ModelFailure("model_unreachable", message, may_pass=True)
        case pai.ModelConnectionError():
            return cut_off(target)
        case pai.ModelAPIError(in_stream=False, __cause__=None) if not isinstance(exc, pai.ModelHTTPError):
            return cut_off(target)
        case pai.ModelAPIError():
            return _refusal(exc, target, model)
        case pai.ContentFilterError():
            return no_words("content_filter")
        case pai.UnexpectedModelBehavior():
            ended_at_once = type(exc) is pai.UnexpectedModelBehavior  # its subclasses are the model's own doing
            message = f"{model} gave no answer: {_reason(exc, target)}"
            return ModelFailure("model_empty_answer", message, may_pass=ended_at_once)
        case pai.UserError():
            return ModelFailure("model_rejected", f"{model} cannot be asked this: {_reason(exc, target)}")
        case _:
            return _bad_answer(target, type(exc).__name__)


def no_words(finish_reason: str | None) -> ModelFailure:
    """Return the failure of an answer that ended without text, or that a filter ended."""
    if finish_reason == "content_filter":
        message = "The provider's content filter stopped the answer: ask it in other words"
    else:
        message = "The model ended its answer without a word: retry, or ask it in other words"
    return ModelFailure("model_empty_answer", message)


def _refusal(exc: pai.ModelAPIError, target: Target, model: str) -> ModelFailure:
    """Return what an error that the provider itself sent means."""
    reason = _reason(exc, target)
    match exc:
        case pai.ModelHTTPError(status_code=401 | 403):
            whose = f"the key in {target.key_variable}" if target.key else "a request without a key (set api_key_env)"
            return ModelFailure(
                "model_unauthorized", f"{target.address} refused {whose}: check that it may use {model}"
            )
        case pai.ModelHTTPError(status_code=404):
            message = f"{target.address} knows no model '{target.name}': check the name, and base_url if you set one"
            return ModelFailure("model_not_found", message)
        case pai.ModelQuotaExceededError():
            return ModelFailure("model_quota_exceeded", f"The account behind {model} has no credit left: {reason}")
        case pai.ModelContextWindowExceededError():
            return ModelFailure("model_context_exceeded", f"{model} takes less than it was given: lower context_tokens")
        case pai.ModelRateLimitError():
            return _passing(exc, "model_rate_limited", f"{model} is asked too often: wait{_how_long(exc)}, then retry")
        case pai.ModelUnavailableError() | pai.ModelServerError():
            return _passing(exc, "model_unavailable", f"{model} is overloaded or broken now: retry later ({reason})")
        case pai.ModelHTTPError(status_code=status) if status in _PASSING_STATUSES:
            return _passing(exc, "model_unavailable", f"{model} could not be asked now: retry later ({reason})")
        case pai.ModelHTTPError():
            hint = "; if it knows none, set tools = [] for its agent" if "tools" in reason else ""
            return ModelFailure("model_rejected", f"{model} refused the request ({exc.status_code}): {reason}{hint}")
        case pai.ModelAPIError(in_stream=True):
            return _passing(exc, "model_unavailable", f"{model} broke off with an error: retry ({reason})")
        case _:
            return _bad_answer(target, "it is not JSON")


def _passing(exc: pai.ModelAPIError, code: str, message: str) -> ModelFailure:
    may_pass = not (isinstance(exc, pai.ModelHTTPError) and exc.provider_retry_hint is False)
    return ModelFailure(code, message, may_pass=may_pass, retry_after=exc.retry_after)


def cut_off(target: Target) -> ModelFailure:
    """Return the failure of an answer that did not come to its end."""
    message = f"The connection to {target.address} broke before the answer was whole: retry"
    return ModelFailure("model_stream_cut", message, may_pass=True)


def _bad_answer(target: Target, what: str) -> ModelFailure:
    message = f"What {target.address} answered is not a model's answer ({what}): check base_url and the model's name"
    return ModelFailure("model_bad_answer", message)


def _how_long(exc: pai.ModelAPIError) -> str:
    return f" {exc.retry_after:.0f} seconds" if exc.retry_after else ""


def _reason(exc: pai.AgentRunError | pai.UserError, target: Target) -> str:
    """Return the provider's own words, on one line, without the key."""
    body = exc.body if isinstance(exc, pai.ModelAPIError) else None
    error = body.get("error", body) if isinstance(body, dict) else body
    words = error.get("message") if isinstance(error, dict) else error
    text = " ".join(target.hide_key(str(words or exc)).split())
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"


def _causes(exc: BaseException | None) -> list[BaseException]:
    causes = []
    while exc is not None and exc not in causes:
        causes.append(exc)
        exc = exc.__cause__ or exc.__context__
    return causes
