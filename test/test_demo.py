"""make demo's program: it shows what it promises, in time, and leaves nothing running, however it ends."""

import os
import pathlib
import signal
import subprocess
import sys
import time
import uuid

import pytest
from stack import ROOT

SECONDS = 90
MARK = "AWS_EXECUTION_ENV"  # the emulator hands what begins with AWS_ on to the function


def start(mark: str) -> subprocess.Popen[str]:
    command = [sys.executable, ROOT / "test" / "demo.py"]
    environment = os.environ | {MARK: mark}
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def running(mark: str) -> list[pathlib.Path]:
    """The processes that carry the mark."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (process / "environ").read_bytes() and (process / "cmdline").read_bytes():
                found.append(process)
        except OSError:  # it ended meanwhile, or is not ours
            continue
    return found


def test_shows_the_intruder() -> None:
    mark = uuid.uuid4().hex
    demo = start(mark)
    output, _ = demo.communicate(timeout=SECONDS)
    assert demo.returncode == 0
    night, _, intruder = output.partition("An intruder")
    assert all(rule in night for rule in ("root-access-key", "user-console-without-mfa", "role-trust-any-principal"))
    assert "No message." in night
    assert all(word in intruder for word in ("deploy-bot", "carol", "administrator-attached"))
    assert running(mark) == []


@pytest.mark.parametrize(
    ("sign", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_stopped_leaves_nothing(sign: signal.Signals, status: int) -> None:
    """Stopped while the function runs, which is when it would be left behind."""
    mark = uuid.uuid4().hex
    demo = start(mark)
    deadline = time.monotonic() + SECONDS
    while len(running(mark)) < 2:  # the demo itself, and the emulator
        assert time.monotonic() < deadline
        assert demo.poll() is None
        time.sleep(0.05)
    demo.send_signal(sign)
    demo.communicate(timeout=SECONDS)
    assert demo.returncode == status
    while running(mark):  # of a demo that was killed, until its emulator has noticed
        assert time.monotonic() < deadline
        time.sleep(0.05)
