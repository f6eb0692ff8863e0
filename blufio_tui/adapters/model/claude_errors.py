"""Classifies failed requests: what happened, whether a retry can help, and what a person can do."""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime

from blufio_tui.adapters.model.claude_stream import MalformedStream, StreamedError
from blufio_tui.adapters.model.refusals import is_about_image, place_in, window_in

_SHOWN = 300
_FEW = 2
_MANY = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """
    Attributes:
        kind: the `ProviderError.kind`.
        what: what happened, a clause without a full stop.
        advice: what a person can do, a sentence.
        retries: how many retries may help.
        after: seconds the server asked to wait, 0 if it did not say.
        detail: the server's own words.
        window: tokens that fit, where it said so; else 0.
        place: the message and the block of a refused picture, where it said so.
    """

    kind: str
    what: str
    advice: str
    retries: int = 0
    after: float = 0.0
    detail: str = ""
    window: int = 0
    place: tuple[int, int] | None = None

    @property
    def message(self) -> str:
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.what}{detail}{'' if detail.endswith(('.', '!', '?')) else '.'} {self.advice}"


class StreamCut(Exception):
    """The connection ended before the reply was whole."""


class StreamStalled(Exception):
    """Nothing arrived for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"nothing arrived for {seconds:g} s")


class NotAStream(Exception):
    """The address answered with something else."""


READING_FAILURES = (StreamCut, StreamStalled, NotAStream, MalformedStream, StreamedError)

_WAIT = "Nothing is lost. Try again later."
_CONNECTION_ADVICE = "Check the network and model.base_url, then try again."


def failure_of(error: Exception, *, url: str, model: str, proxy: str = "") -> Failure:
    """Judge an exception of the SDK, of the HTTP client or of reading the stream.

    Args:
        url: where the request was sent.
        proxy: through which proxy, without its password; "" for none.
    """
    match error:
        case StreamedError():
            return _streamed(error, model)
        case StreamCut():
            return Failure("connection", "The connection was cut in the middle of the reply", _CONNECTION_ADVICE, _MANY)
        case StreamStalled(seconds=seconds):
            what = f"The model sent nothing for {seconds:g} s"
            return Failure("timeout", what, "Try again, or use another model.", _FEW)
        case MalformedStream():
            what = f"The reply from {url} was malformed"
            return Failure("protocol", what, "Check that it speaks the Messages API.", _FEW, detail=_line(error))
        case NotAStream():
            what = f"{url} does not speak the streaming Messages API"
            return Failure("protocol", what, "Check model.base_url.", detail=_line(error))
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _proxy_wants_password(proxy) if status == 407 and proxy else _status(status, error, url, model)
    return _through_proxy(error, url, proxy) if proxy else _connection(error, url)


def _status(status: int, error: Exception, url: str, model: str) -> Failure:
    headers = getattr(getattr(error, "response", None), "headers", {})
    said = _said(error)
    if 300 <= status < 400:
        return _redirected(status, url, headers.get("location", ""))
    failure = _by_status(status, said, _error_type(error), _error_code(error), url, model)
    if failure.kind == "context_overflow":
        failure = replace(failure, window=window_in(said, getattr(error, "body", None)))
    if failure.retries and headers.get("x-should-retry") == "false":
        return replace(failure, retries=0)
    return replace(failure, after=_retry_after(headers))


def _by_status(status: int, said: str, error_type: str, code: str, url: str, model: str) -> Failure:
    if status == 529 or error_type == "overloaded_error":
        return Failure("overloaded", f"The model is overloaded ({status})", _WAIT, _MANY)
    match status:
        case 400 | 422:
            return _refused(status, said)
        case 401:
            advice = "Set ANTHROPIC_API_KEY to a valid key, or connect again."
            return Failure("authentication", "The API key was not accepted (401)", advice, detail=said)
        case 402:
            return _billing(402, said)
        case 403:
            advice = "Use another key or another model."
            return Failure("permission", f"This key may not use {model} (403)", advice, detail=said)
        case 404:
            advice = "Choose another model with /model, or check model.base_url."
            return Failure("not_found", f"There is no model {model!r} at {url} (404)", advice, detail=said)
        case 413:
            advice = "Send fewer or smaller attachments, or start a /new session."
            return Failure("too_large", "The request is too large (413)", advice, detail=said)
        case 429:
            return _limited(said, code)
        case 408 | 409:
            return Failure("timeout", f"The server gave up on the request ({status})", _WAIT, _MANY, detail=said)
    if status >= 500:
        retries = 0 if status == 501 else _MANY
        return Failure("server", f"The server failed ({status})", _WAIT, retries, detail=said)
    return Failure("http", f"The server answered {status}", "Check model.base_url.", detail=said)


def _redirected(status: int, url: str, location: str) -> Failure:
    """Redirects are not followed: the key and the conversation go only to the configured address."""
    wanted = f" to {_shortened(location)}" if location else ""
    advice = "Nothing was sent there. If that is the right server, set model.base_url to it."
    return Failure("redirect", f"{url} wanted to send the request on{wanted} ({status})", advice)


_OVERFLOW = (
    "too long",
    "context window",
    "context limit",
    "context size",
    "context length",
    "exceed context",
    "maximum model length",
    "max_model_len",
)


def _refused(status: int, said: str) -> Failure:
    lowered = said.lower()
    if "credit balance" in lowered or "usage limit" in lowered:
        return _billing(status, said)
    if any(words in lowered for words in _OVERFLOW):
        advice = "Start a /new session, or choose a model with a larger window: /model."
        what = f"The conversation does not fit the model's window ({status})"
        return Failure("context_overflow", what, advice, detail=said, window=window_in(said))
    if is_about_image(lowered):
        advice = "Send it smaller, or as PNG, JPEG, GIF or WebP."
        return Failure("image", f"The server refused a picture ({status})", advice, detail=said, place=place_in(said))
    advice = "Try another model, go back with /rewind, or start a /new session."
    return Failure("invalid_request", f"The server refused the request ({status})", advice, detail=said)


def _billing(status: int, said: str) -> Failure:
    advice = "Retrying will not help: check the plan, the credit and the spending limit of this key's account."
    return Failure("billing", f"The account cannot pay for the request ({status})", advice, detail=said)


def _limited(said: str, code: str) -> Failure:
    if code == "enforced_spend_limit_reached":
        return _billing(429, said)
    return Failure("rate_limit", "The rate limit of this key is reached (429)", _WAIT, _MANY, detail=said)


_STREAMED_STATUS = {
    "overloaded_error": 529,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 408,
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
}


def _streamed(error: StreamedError, model: str) -> Failure:
    """An error that came in the stream has no status of its own; what is not known may be asked again."""
    status = _STREAMED_STATUS.get(error.error_type, 500)
    return _by_status(status, _shortened(str(error)), error.error_type, "", "the server", model)


_PROXY_ADVICE = "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or name the server in NO_PROXY."


def _proxy_wants_password(proxy: str) -> Failure:
    advice = "Put user name and password into its address: http://NAME:PASSWORD@HOST:PORT."
    return Failure("proxy", f"The proxy {proxy} wants a user name and a password (407)", advice)


def _through_proxy(error: Exception, url: str, proxy: str) -> Failure:
    """Only the proxy is connected to, and only its name is resolved here: what fails there is not the server's."""
    causes = list(_causes(error))
    names = {type(cause).__name__ for cause in causes}
    if "ProxyError" in names:
        refusal = next(str(cause) for cause in causes if type(cause).__name__ == "ProxyError")
        if refusal.startswith("407"):
            return _proxy_wants_password(proxy)
        what = f"The proxy {proxy} did not connect to {url}"
        return Failure("proxy", what, _PROXY_ADVICE, _FEW, detail=_shortened(refusal))
    if names & {"ConnectError", "ConnectTimeout"}:
        if any(isinstance(cause, ssl.SSLError) for cause in causes) and url.startswith("https:"):
            return _connection(error, url)
        advice = f"Start it. {_PROXY_ADVICE}"
        return Failure("proxy", f"The proxy {proxy} cannot be reached{_why(causes)}", advice, _FEW)
    failure = _connection(error, url)
    return replace(failure, what=f"{failure.what}, through the proxy {proxy}")


def _why(causes: list[BaseException]) -> str:
    for cause in causes:
        if isinstance(cause, ConnectionRefusedError):
            return " (connection refused)"
        if isinstance(cause, socket.gaierror):
            return " (its name cannot be resolved)"
        if "Timeout" in type(cause).__name__:
            return " (no answer in time)"
    return ""


def _connection(error: Exception, url: str) -> Failure:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError) or "CERTIFICATE" in str(cause):
            advice = "Check model.base_url and the system's certificates."
            return Failure("tls", f"No secure connection to {url}", advice, detail=_line(cause))
        if isinstance(cause, socket.gaierror) or "name resolution" in str(cause).lower():
            return Failure("dns", f"The name in {url} cannot be resolved", _CONNECTION_ADVICE, _FEW)
        if isinstance(cause, ConnectionRefusedError):
            advice = "Start the server, or check model.base_url."
            return Failure("connection", f"Nothing answers at {url} (connection refused)", advice, _FEW)
    names = {type(cause).__name__ for cause in causes}
    if names & {"UnsupportedProtocol", "InvalidURL", "LocalProtocolError"}:
        return Failure("configuration", f"{url} cannot be used", "Check model.base_url.", detail=_line(causes[-1]))
    if any("Timeout" in name for name in names):
        return Failure("timeout", f"{url} did not answer in time", _CONNECTION_ADVICE, _FEW)
    return Failure("connection", f"The connection to {url} failed", _CONNECTION_ADVICE, _MANY, detail=_line(causes[-1]))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _said(error: Exception) -> str:
    message = getattr(error, "api_message", None)
    if isinstance(message, str):
        return _shortened(message)
    body = getattr(error, "body", None)
    # Anything but the API's own error object is a page of some other server.
    return "" if body is None or isinstance(body, str) else _shortened(str(body))


def _error_type(error: Exception) -> str:
    return str(getattr(error, "type", None) or "")


def _error_code(error: Exception) -> str:
    return str(getattr(error, "error_code", None) or "")


def _retry_after(headers: Mapping[str, str]) -> float:
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        seconds = _seconds(headers.get(name, ""), unit)
        if 0 < seconds < float("inf"):
            return seconds
    return 0.0


def _seconds(value: str, unit: float) -> float:
    """A number, or a date (RFC 9110, 10.2.3), as seconds from now; 0 for anything else."""
    try:
        return float(value) * unit
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - time.time()


def _line(error: BaseException) -> str:
    return _shortened(str(error) or type(error).__name__)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
