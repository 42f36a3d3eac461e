"""What AWS's own tool makes of the project, without a network, an account or a home."""

import os
import pathlib
import re
import subprocess
import sys

from stack import ROOT


def run(*command: str | pathlib.Path, **environment: str) -> subprocess.CompletedProcess[str]:
    tools = pathlib.Path(sys.executable).parent
    environment = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"} | environment
    for name in ("GOCACHE", "GOMODCACHE", "GOPATH", "GOFLAGS", "GOPROXY"):
        found = subprocess.run(["go", "env", name], capture_output=True, text=True, check=True).stdout.strip()
        environment.setdefault(name, found)
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )


def test_validate(tmp_path: pathlib.Path) -> None:
    done = run("sam", "validate", "--lint", HOME=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("is a valid SAM Template")
    assert done.stderr == ""


def test_build_is_what_the_tests_ran(tmp_path: pathlib.Path) -> None:
    """Byte for byte: what sam build calls differs from make build in the architecture alone."""
    built = tmp_path / "sam"
    done = run("sam", "build", "--build-dir", built, HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert not re.search("warning|error", done.stdout + done.stderr, re.IGNORECASE), done.stderr
    for name in ("audit", "watch", "remediate"):
        ours = tmp_path / "lambda" / name / "bootstrap"
        made = run("make", f"BIN={tmp_path}", ours, HOME=str(tmp_path), GOOS="linux", GOARCH="arm64")
        assert made.returncode == 0, made.stderr
        sams = built / f"{name.capitalize()}Function" / "bootstrap"
        assert sams.read_bytes() == ours.read_bytes()
