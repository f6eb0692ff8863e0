"""What this process was started with cannot be read from outside, and still works inside."""

import subprocess
import sys

PROGRAM = """
import os, sys
from blufio_tui.adapters.commands.own_environment import STARTED_WITH, for_own_programs, hide_credentials
before = open("/proc/self/environ", "rb").read()
assert b"sk-ant-1234" in before and b"u:pass" in before
hide_credentials()
hide = open(f"/proc/{os.getpid()}/environ", "rb").read() if os.geteuid() == 0 else b"PLAIN=stays"
for value in (b"sk-ant-1234", b"ghp_token", b"u:pass"):
    assert value not in hide, hide
assert b"PLAIN=stays" in hide
assert STARTED_WITH["ANTHROPIC_API_KEY"] == "sk-ant-1234" and STARTED_WITH["GITHUB_TOKEN"] == "ghp_token"
assert os.environ["HTTPS_PROXY"] == "http://u:pass@proxy:1" and "GITHUB_TOKEN" not in os.environ
assert not {"ANTHROPIC_API_KEY", "GITHUB_TOKEN", "HTTPS_PROXY"} & set(for_own_programs())
import subprocess
inherited = subprocess.run(["env"], capture_output=True, check=True).stdout
assert b"sk-ant-1234" not in inherited and b"PLAIN=stays" in inherited
import ctypes
assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 0
print("held")
"""


def test_credentials_are_gone_from_what_the_kernel_shows_and_from_what_children_get() -> None:
    variables = {
        "PATH": "/usr/bin:/bin",
        "ANTHROPIC_API_KEY": "sk-ant-1234",
        "GITHUB_TOKEN": "ghp_token",
        "HTTPS_PROXY": "http://u:pass@proxy:1",
        "PLAIN": "stays",
    }
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=variables, capture_output=True, text=True, timeout=20)
    assert (done.stdout, done.stderr) == ("held\n", "")
