"""Remediation over moto and the real Lambda runtime: nights go by, keys are warned of, deactivated and given back."""

import json
import os
import pathlib
import pty
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import accounts
import pytest
import trail
from aws import ACCOUNT, AWS, PARTITION, REGION
from desk import Desk
from inbox import Message

PROGRAM = pathlib.Path(__file__).parent.parent / "bin" / "iamvigil"
SECONDS = 60
UNUSED_ACTS, ROTATION_ACTS = 2, 3  # nights after the first
CONFIGURATION = f"""
version: 1
remediation:
  ask: "#iam-help"
  cures:
    deactivate-key:
      enabled: true
      rules:
        key-unused: {{warn: 0, final: 1, act: {UNUSED_ACTS}}}
        key-rotation: {{warn: 0, final: 1, act: {ROTATION_ACTS}}}
    contain-console:
      enabled: true
      rules:
        user-console-unused: {{warn: 0, final: 1, act: 2}}
    quarantine: {{enabled: true}}
exemptions:
  - rule: [key-rotation, key-unused]
    resource: eve
    reason: The appliance cannot change its key.
    owner: ann@example.com
    expires: EXPIRES
"""


@pytest.fixture
def armed(aws: AWS, tmp_path: pathlib.Path) -> Iterator[Callable[..., Desk]]:
    """Makes a stack that remediates, once the account has its past."""
    made: list[Desk] = []
    configuration = tmp_path / "config.yaml"
    configuration.write_text(CONFIGURATION.replace("EXPIRES", str((aws.now() + timedelta(days=200)).date())))

    def make(mode: str = "enforce", **cures: str) -> Desk:
        desk = Desk(aws, NotificationEmail="security@example.com", RemediationMode=mode, **cures)
        desk.environment["CONFIG_FILE"] = str(configuration)
        desk.skip_delay()
        made.append(desk)
        return desk

    yield make
    for desk in made:
        desk.__exit__()


class Night:
    """What one night's remediation counted, told and wrote into the journal."""

    def __init__(self, desk: Desk, between: Callable[[], None] = lambda: None) -> None:
        desk.aws.forget_report()
        desk.audit()
        desk.inbox.read()
        between()
        before = len(journal(desk))
        self.counts = desk.remediate()
        self.messages = desk.inbox.read()
        self.written = journal(desk)[before:]
        self.steps = [step for message in self.messages if message.topic == "Findings" for step in message.json["steps"]]

    def told(self) -> set[tuple[str, str, bool]]:
        return {(step["what"], step["target"], step["would"]) for step in self.steps}

    def mail(self) -> Message:
        (mail,) = [message for message in self.messages if message.topic == "Email"]
        return mail


def journal(desk: Desk) -> list[dict[str, Any]]:
    """The journal's items, in the order in which they were written."""
    found = desk.aws.client("dynamodb").query(
        TableName=desk.stack.outputs["LedgerTableName"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"{ACCOUNT}#journal"}},
    )
    return sorted(found["Items"], key=lambda item: (int(item["at"]["N"]), item["sk"]["S"]))


def keys(aws: AWS, user: str) -> dict[str, str]:
    """The status of each of a user's keys."""
    listed = aws.client("iam").list_access_keys(UserName=user)["AccessKeyMetadata"]
    return {key["AccessKeyId"]: key["Status"] for key in listed}


def command(desk: Desk, *args: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the CLI with a person's credentials; typed is what is typed at a terminal, None: there is none."""
    environment = os.environ | desk.environment | {"AWS_ENDPOINT_URL": desk.aws.endpoint, "AWS_REGION": REGION}
    environment["CLOCK"] = desk.aws.now().isoformat()
    master, slave = pty.openpty()
    try:
        if typed is not None:
            os.write(master, typed.encode())
        return subprocess.run(
            [PROGRAM, "remediate", *args],
            env=environment,
            stdin=subprocess.DEVNULL if typed is None else slave,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    finally:
        os.close(master)
        os.close(slave)


def acted(desk: Desk, operation: str, **request: str) -> dict[str, Any]:
    """The record that CloudTrail writes of the acting role's call."""
    identity = trail.role_identity(desk.stack.outputs["RemediateRoleArn"], "remediate")
    at = desk.aws.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    asked = json.loads(journal(desk)[-1]["doc"]["S"])["request_id"]
    return trail.record("iam", operation, identity, requestParameters=request, eventTime=at, requestID=asked)


def test_keys_are_warned_of_and_deactivated_on_the_day(aws: AWS, armed: Callable[..., Desk]) -> None:
    accounts.sound(aws)
    accounts.user(aws, "ann", days=400, keys=[(200, 1), (5, 1)])
    accounts.user(aws, "ben", days=400, keys=[(70, 60)])
    accounts.user(aws, "eve", days=400, keys=[(300, 200)])
    (old, young), (idle,) = keys(aws, "ann"), keys(aws, "ben")
    untouched = keys(aws, "eve")
    desk = armed(DeactivateKeys="true")
    rotated = f"{desk.aws.now() + timedelta(days=ROTATION_ACTS):%Y-%m-%d}"

    first = Night(desk)
    assert first.told() == {("warning", old, False), ("warning", idle, False)}
    for said in (old, idle, rotated, "#iam-help"):
        assert said in first.mail().text
    assert Night(desk).messages == []  # the same night once more

    desk.pass_days(1)
    assert Night(desk).told() == {("final-warning", old, False), ("final-warning", idle, False)}

    desk.pass_days(1)
    unused = Night(desk, between=lambda: aws.age_key(idle, 70, -2.01))  # since the audit looked
    assert unused.told() == {("spared", idle, False)}
    assert "used" in unused.steps[0]["reason"]
    assert keys(aws, "ben") == {idle: "Active"}
    assert keys(aws, "ann") == {old: "Active", young: "Active"}

    desk.pass_days(1)
    last = Night(desk)
    assert last.told() == {("done", old, False)}
    assert len(last.written) == 2  # the intent, and its outcome
    assert keys(aws, "ann") == {old: "Inactive", young: "Active"}
    assert keys(aws, "ben") == {idle: "Active"}
    assert keys(aws, "eve") == untouched
    assert Night(desk).messages == []

    trail.deliver(aws, acted(desk, "UpdateAccessKey", userName="ann", accessKeyId=old, status="Inactive"))
    desk.watch()
    confirmed = desk.inbox.read()
    assert [message.topic for message in confirmed if message.topic == "Email"] == []  # it was told
    assert [alert for message in confirmed if message.topic == "Findings" for alert in message.json["alerts"]] == []

    action = last.steps[0]["action"]
    undone = command(desk, "undo", action)
    assert (undone.returncode, undone.stderr) == (0, ""), undone
    assert keys(aws, "ann") == {old: "Active", young: "Active"}
    assert {step["what"] for m in desk.inbox.read() if m.topic == "Findings" for step in m.json["steps"]} == {"undone"}
    again = command(desk, "undo", action)
    assert again.returncode != 0
    assert "undone" in again.stderr
    listed = command(desk, "list")
    assert action in listed.stdout
    assert "undone" in listed.stdout


def test_dry_run_changes_nothing_and_says_would(aws: AWS, armed: Callable[..., Desk]) -> None:
    accounts.sound(aws)
    accounts.user(aws, "ann", days=400, keys=[(200, 1)])
    (old,) = keys(aws, "ann")
    desk = armed("dry-run", DeactivateKeys="true")
    for _ in range(ROTATION_ACTS):
        Night(desk)
        desk.pass_days(1)
    night = Night(desk)
    assert night.told() == {("done", old, True)}
    assert "would" in night.mail().text
    assert keys(aws, "ann") == {old: "Active"}
    assert not {call for call in desk.calls("remediate") if call.startswith(("iam:Update", "iam:Attach", "iam:Detach"))}


def test_kill_switch_holds_everything(aws: AWS, armed: Callable[..., Desk]) -> None:
    accounts.sound(aws)
    accounts.user(aws, "ann", days=400, keys=[(200, 1)])
    (old,) = keys(aws, "ann")
    desk = armed(DeactivateKeys="true")
    for _ in range(ROTATION_ACTS):
        Night(desk)
        desk.pass_days(1)
    desk.turn_switch("off")
    held = Night(desk)
    assert held.counts["done"] == 0
    assert {n["kind"] for m in held.messages if m.topic == "Findings" for n in m.json["notices"]} == {"switch"}
    assert Night(desk).messages == []  # said once
    desk.turn_switch("on")
    assert Night(desk).told() == {("done", old, False)}


def test_contained_user_stays_at_fault(aws: AWS, armed: Callable[..., Desk]) -> None:
    accounts.sound(aws)
    accounts.user(aws, "dave", days=400, console=100, mfa=True)
    desk = armed(ContainConsole="true")
    for _ in range(2):
        Night(desk)
        desk.pass_days(1)
    assert {what for what, _, _ in Night(desk).told()} == {"done"}
    policy = desk.stack.outputs["DenyConsolePolicyArn"]
    attached = aws.client("iam").list_attached_user_policies(UserName="dave")["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [policy]
    trail.deliver(aws, acted(desk, "AttachUserPolicy", userName="dave", policyArn=policy))
    desk.watch()
    told = [message.json for message in desk.inbox.read() if message.topic == "Findings"]
    assert [alert for message in told for alert in message["alerts"]] == []
    assert Night(desk).messages == []

    aws.age_user("dave", 400, -2.01)  # he signs in
    identity = trail.user_identity("dave", aws.client("iam").get_user(UserName="dave")["User"]["UserId"])
    trail.deliver(aws, trail.console_login(identity, mfa=True, eventTime=desk.aws.now().strftime("%Y-%m-%dT%H:%M:%SZ")))
    desk.watch()
    told = [message.json for message in desk.inbox.read() if message.topic == "Findings"]
    assert "event-contained-user-signed-in" in {alert["rule"] for message in told for alert in message["alerts"]}
    assert [finding for message in told for finding in message["resolved"]] == []


def test_quarantine_by_hand_is_counted(aws: AWS, armed: Callable[..., Desk]) -> None:
    accounts.sound(aws)
    accounts.user(aws, "ann", days=400, console=1, mfa=True, keys=[(20, 1), (5, 1)])
    desk = armed(Quarantine="true")
    desk.audit()
    desk.inbox.read()
    asked = ("apply", "--quarantine", "ann", "--reason", "laptop stolen")
    assert command(desk, *asked).returncode == 2  # no terminal
    assert command(desk, *asked, typed="yes\n").returncode == 1
    assert set(keys(aws, "ann").values()) == {"Active"}
    ran = command(desk, *asked, typed="3\n")
    assert (ran.returncode, ran.stderr) == (0, ""), ran
    assert set(keys(aws, "ann").values()) == {"Inactive"}
    attached = aws.client("iam").list_attached_user_policies(UserName="ann")["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [desk.stack.outputs["DenyAllPolicyArn"]]
    assert len(journal(desk)) == 6


def test_user_of_another_credential_is_not_unused(aws: AWS, armed: Callable[..., Desk]) -> None:
    accounts.sound(aws)
    for name in ("ann", "ben"):
        accounts.user(aws, name, days=400, keys=[(300, 300)])
    credential = {"ServiceSpecificCredentialId": "ACCAEXAMPLE", "ServiceName": "bedrock.amazonaws.com", "Status": "Active"}
    aws.service_credentials["ann"] = [credential | {"UserName": "ann", "CreateDate": aws.now()}]
    desk = armed(Quarantine="true")
    configuration = pathlib.Path(desk.environment["CONFIG_FILE"])
    rules = "{user-unused: {warn: 0, final: 1, act: 2}}"
    configuration.write_text(configuration.read_text().replace("{enabled: true}", f"{{enabled: true, rules: {rules}}}"))
    for _ in range(4):  # the bound of a night leaves the second user to the next
        Night(desk)
        desk.pass_days(1)
    assert set(keys(aws, "ben").values()) == {"Inactive"}
    assert set(keys(aws, "ann").values()) == {"Active"}
    assert aws.client("iam").list_attached_user_policies(UserName="ann")["AttachedPolicies"] == []


@pytest.mark.parametrize("role", ["app", f"arn:{PARTITION}:iam::{ACCOUNT}:role/app"])
def test_roles_are_not_quarantined(aws: AWS, armed: Callable[..., Desk], role: str) -> None:
    accounts.sound(aws)
    desk = armed(Quarantine="true")
    desk.audit()
    ran = command(desk, "plan", "--quarantine", role, "--reason", "x")
    assert ran.returncode == 1
    assert "AWSRevokeOlderSessions" in ran.stderr
