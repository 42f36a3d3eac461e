"""Promises of the files that no compiler reads."""

import re

import yaml
from stack import ROOT

PINNED = re.compile(r"^[\w-]+/[\w-]+@[0-9a-f]{40}$")


def test_ci_runs_the_tests_and_nothing_less() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert lines[-1] == "exec make test"
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    assert {"run": "make test"} in jobs["test"]["steps"]


def test_workflow_trusts_little() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        used = [step for step in job["steps"] if "uses" in step]
        assert all(PINNED.match(step["uses"]) for step in used)
        checkouts = [step for step in used if step["uses"].startswith("actions/checkout@")]
        assert checkouts
        assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_python_tools_are_pinned() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert all(re.match(r"^(#.*|[\w.-]+==[\w.]+)?$", line) for line in lines)


def test_every_target_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    explained = set(re.findall(r"^([a-z]+):.* ## \S", makefile, re.MULTILINE))
    assert explained == set(phony.split()) - {"FORCE"}
