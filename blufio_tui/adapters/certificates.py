"""The trusted certificates, with a clear error if the environment names unusable ones."""

import os
import ssl
import stat
from collections.abc import Callable
from pathlib import Path

from blufio_tui.core.errors import ConfigError


def trusted_certificates() -> ssl.SSLContext:
    """The system's, or those that `SSL_CERT_FILE` or `SSL_CERT_DIR` name. Slow: not on the event loop.

    Raises:
        ConfigError: one of the variables, or `SSLKEYLOGFILE`, cannot be used; the message names it.
    """
    from httpcore2 import default_ssl_context

    _check("SSL_CERT_FILE", stat.S_ISREG, "a plain file")
    if not os.environ.get("SSL_CERT_FILE"):
        _check("SSL_CERT_DIR", stat.S_ISDIR, "a folder")
    if (log := os.environ.get("SSLKEYLOGFILE")) and Path(log).exists():
        _check("SSLKEYLOGFILE", stat.S_ISREG, "a plain file")
    try:
        return default_ssl_context()
    except ssl.SSLError as error:
        raise _unusable("SSL_CERT_FILE", f"it holds no certificates ({error.reason or error})") from None
    except OSError as error:
        named = "SSLKEYLOGFILE" if error.filename else "SSL_CERT_FILE"
        raise _unusable(named, error.strerror or str(error)) from None


def _check(variable: str, fits: Callable[[int], bool], what: str) -> None:
    """Refuse anything but regular files, since reading a pipe could block forever.

    Raises:
        ConfigError: the variable names nothing, or something else.
    """
    path = os.environ.get(variable)
    if not path:
        return
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as error:
        raise _unusable(variable, getattr(error, "strerror", None) or str(error)) from None
    if not fits(status.st_mode):
        raise _unusable(variable, f"it is not {what}")


def _unusable(variable: str, why: str) -> ConfigError:
    return ConfigError(f"{variable}={os.environ.get(variable, '')} cannot be used: {why}; correct or unset it")
