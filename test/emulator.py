"""Lambda on a desk: a built bootstrap under AWS's own runtime interface emulator, which ships inside aws-sam-cli."""

import contextlib
import ctypes
import json
import os
import pathlib
import platform
import random
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from importlib import resources
from typing import Any

from aws import REGION

START_SECONDS = 10
STOP_SECONDS = 5
PORTS = range(20_000, 32_000)  # below those that Linux gives to clients
PR_SET_PDEATHSIG = 1  # Linux, as the emulator itself

_libc = ctypes.CDLL(None)


class FunctionError(Exception):
    """A function answered with an error, or did not answer. Its args: the error's type, its message, the log."""


class Emulator:
    """One instance of a function, warm until it is closed."""

    def __init__(self, bootstrap: pathlib.Path, configuration: dict[str, Any], endpoint: str, **extra: str) -> None:
        address, runtime_api = _free_addresses()
        self.url = f"http://{address}/2015-03-31/functions/function/invocations"
        self.seconds = configuration["Timeout"]
        self.log = tempfile.TemporaryFile()
        flags = ("--runtime-interface-emulator-address", address, "--runtime-api-address", runtime_api)
        self.process = subprocess.Popen(
            [_binary(), *flags, bootstrap],
            env=_environment(configuration, endpoint) | extra,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        try:
            self._wait(address)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Emulator":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def invoke(self, event: Any) -> Any:
        """The function's answer to an event. FunctionError if it is an error."""
        request = urllib.request.Request(self.url, json.dumps(event).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=self.seconds + START_SECONDS) as response:
                body = response.read().decode()
        except urllib.error.HTTPError as failure:  # of the emulator itself
            said = f"{failure}: {failure.read().decode(errors='replace')}"
            raise RuntimeError(f"invoke the function: {said}: {self.logged()}") from None
        try:
            answer = json.loads(body)
        except ValueError:  # the emulator's own words, when the function ran out of time
            raise FunctionError("", body, self.logged()) from None
        if isinstance(answer, dict) and "errorMessage" in answer:
            raise FunctionError(answer.get("errorType", ""), answer["errorMessage"], self.logged())
        return answer

    def logged(self) -> str:
        """What the function and the emulator wrote so far."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def close(self) -> None:
        """Ends the emulator, and with it the function; they are one process group of their own."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                os.killpg(self.process.pid, sign)
                try:
                    self.process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        self.log.close()

    def _wait(self, address: str) -> None:
        host, port = address.split(":")
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection((host, int(port)), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the emulator did not start: {self.logged()}") from None
                time.sleep(0.02)


def _end_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _environment(configuration: dict[str, Any], endpoint: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("AWS_")}
    reserved = {
        "AWS_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(configuration["Timeout"]),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration["MemorySize"]),
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_ENDPOINT_URL": endpoint,
    }
    return own | reserved | configuration["Environment"]["Variables"]


def _binary() -> str:
    machine = {"aarch64": "arm64", "amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    return str(resources.files("samcli") / "local" / "rapid" / f"aws-lambda-rie-{machine}")


def _free_addresses() -> list[str]:
    """Two that nobody listens on, and that no client is given before the emulator listens."""
    free: list[str] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            free.append(f"127.0.0.1:{port}")
        if len(free) == 2:
            break
    return free
