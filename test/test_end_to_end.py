"""The main job, over moto and the real Lambda runtime: from an account and its events to what people are told."""

from typing import Any

import accounts
import pytest
import trail
from desk import Desk
from emulator import FunctionError
from inbox import Message

COUNTS = {"findings", "new", "resolved", "gaps"}
CHAT_LIMITS = {"title": 250, "description": 8000}  # Amazon Q Developer's custom notifications
SUBJECT_LIMIT = 99  # SNS
MESSAGE_LIMIT = 262_144  # SNS, in bytes
NO_TOPIC = "arn:aws:sns:us-east-1:123456789012:no-such-topic"


class Telling:
    """What was told at once: one e-mail, one chat message, and for programs one for each owner and severity."""

    def __init__(self, messages: list[Message]) -> None:
        self.email, self.chat, *self.findings = messages
        assert [m.topic for m in messages] == ["Email", "Chat"] + ["Findings"] * len(self.findings), messages
        assert self.findings
        routes = [(m.attributes.get("owner"), m.attributes["severity"]) for m in self.findings]
        assert len(set(routes)) == len(routes)

    def all(self, key: str) -> list[dict[str, Any]]:
        """A list that programs get, of all messages together."""
        return [item for message in self.findings for item in message.json[key]]

    def found(self, key: str = "new") -> set[tuple[str, str]]:
        """The findings that programs get: rule and resource."""
        return {(f["rule"], f["resource"]["name"]) for f in self.all(key)}


@pytest.fixture
def faulty(desk: Desk) -> Desk:
    """A faulty account, which was audited and is known, though not whose doing it is.

    CloudTrail's history is asked at its own pace, two calls a second, which would take most of the tests' time.
    """
    accounts.faulty(desk.aws)
    desk.aws.deny("LookupEvents")
    desk.audit()
    desk.aws.denied.clear()
    desk.inbox.read()
    desk.skip_delay()
    return desk


# The nightly audit


def test_first_audit_tells_what_is_wrong_once(desk: Desk) -> None:
    accounts.faulty(desk.aws)
    counts = desk.audit()
    assert counts.keys() >= COUNTS
    told = Telling(desk.inbox.read())
    assert told.found() >= {
        ("root-access-key", "<root_account>"),
        ("root-mfa", "<root_account>"),
        ("user-console-without-mfa", "carol"),
        ("user-console-unused", "dave"),
        ("key-unused", "dave"),
        ("key-rotation", "dave"),
        ("key-rotation", "deploy-bot"),
        ("user-direct-policy", "deploy-bot"),
        ("role-trust-any-principal", "partner-access"),
    }
    assert not {name for _, name in told.found()} & {"alice", "bob", "app"}
    assert counts["new"] == len(told.all("new"))
    assert (counts["resolved"], counts["gaps"]) == (0, 0)


def test_messages_keep_to_their_services_limits(desk: Desk) -> None:
    accounts.faulty(desk.aws)
    desk.audit()
    told = Telling(desk.inbox.read())
    assert told.email.subject.isascii()
    assert 0 < len(told.email.subject) <= SUBJECT_LIMIT
    assert "carol" in told.email.text
    chat = told.chat.json
    assert (chat["version"], chat["source"], chat["content"]["textType"]) == ("1.0", "custom", "client-markdown")
    assert all(len(chat["content"][field]) <= limit for field, limit in CHAT_LIMITS.items())
    for findings in told.findings:
        assert (findings.json["version"], findings.json["kind"]) == (1, "digest")
        assert findings.attributes.keys() >= {"kind", "severity", "account"}
    assert all(len(m.text.encode()) <= MESSAGE_LIMIT for m in (told.email, told.chat, *told.findings))


def test_sound_account_is_not_accused(desk: Desk) -> None:
    accounts.sound(desk.aws)
    counts = desk.audit()
    assert (counts["new"], counts["gaps"]) == (0, 0)


def test_unchanged_account_is_silence(faulty: Desk) -> None:
    assert faulty.audit()["new"] == 0
    assert faulty.inbox.read() == []


def test_mended_user_is_one_resolved(faulty: Desk) -> None:
    faulty.aws.client("iam").detach_user_policy(UserName="deploy-bot", PolicyArn=accounts.READ_ONLY)
    counts = faulty.audit()
    assert (counts["new"], counts["resolved"]) == (0, 1)
    told = Telling(faulty.inbox.read())
    assert told.found("resolved") == {("user-direct-policy", "deploy-bot")}


def test_deleted_role_is_resolved(faulty: Desk) -> None:
    faulty.aws.client("iam").delete_role(RoleName="partner-access")
    assert faulty.audit()["resolved"] == 1
    told = Telling(faulty.inbox.read())
    assert told.found("resolved") == {("role-trust-any-principal", "partner-access")}


def test_report_that_may_not_be_read_resolves_nothing(faulty: Desk) -> None:
    faulty.aws.deny("GenerateCredentialReport", "GetCredentialReport")
    counts = faulty.audit()
    assert (counts["new"], counts["resolved"]) == (0, 0)
    assert counts["gaps"] > 0


def test_small_pages_show_the_same_account(faulty: Desk) -> None:
    faulty.aws.page_size = 2
    counts = faulty.audit()
    assert (counts["new"], counts["resolved"], counts["gaps"]) == (0, 0, 0)


def test_root_without_credentials_is_in_order(desk: Desk) -> None:
    """Centrally managed root: no password, no keys, and so no MFA either."""
    accounts.sound(desk.aws)
    desk.aws.root.password = desk.aws.root.mfa = False
    counts = desk.audit()
    assert not {m for m in desk.inbox.read() if "root-mfa" in m.text}
    assert counts["gaps"] == 0


# Events


def test_intruder_is_named(faulty: Desk) -> None:
    trail.deliver(faulty.aws, *accounts.intruder(faulty.aws, actor="deploy-bot", victim="carol"))
    faulty.watch()
    told = Telling(faulty.inbox.read())
    assert ("administrator-attached", "carol") in told.found()
    for findings in told.findings:
        assert findings.json["kind"] == "event"
        assert findings.json["actor"]["arn"].endswith(":user/deploy-bot")
        assert findings.json["actor"]["ip"] == "203.0.113.45"
    assert "deploy-bot" in told.email.text
    assert "203.0.113.45" in told.email.text
    assert "deploy-bot" in told.chat.json["content"]["description"]


def test_duplicates_are_one_message(faulty: Desk) -> None:
    """EventBridge and SQS both deliver at least once: in one batch, and again after it."""
    events = accounts.intruder(faulty.aws)
    trail.deliver(faulty.aws, *events, *events)
    faulty.watch()
    Telling(faulty.inbox.read())
    trail.deliver(faulty.aws, *events)
    faulty.watch()
    assert faulty.inbox.read() == []


def test_night_after_an_event_is_silent(faulty: Desk) -> None:
    trail.deliver(faulty.aws, *accounts.intruder(faulty.aws))
    faulty.watch()
    faulty.inbox.read()
    faulty.aws.forget_report()
    assert faulty.audit()["new"] == 1
    # What only a look at the whole account can tell: there is one administrator now, and no second.
    assert {rule for rule, _ in Telling(faulty.inbox.read()).found()} == {"administrators-too-few"}


def test_mended_by_an_event(faulty: Desk) -> None:
    iam = faulty.aws.client("iam")
    iam.detach_user_policy(UserName="deploy-bot", PolicyArn=accounts.READ_ONLY)
    alice = trail.user_identity("alice", iam.get_user(UserName="alice")["User"]["UserId"])
    request = {"userName": "deploy-bot", "policyArn": accounts.READ_ONLY}
    trail.deliver(faulty.aws, trail.record("iam", "DetachUserPolicy", alice, requestParameters=request))
    faulty.watch()
    told = Telling(faulty.inbox.read())
    assert told.found("resolved") == {("user-direct-policy", "deploy-bot")}
    assert told.found() == set()


def test_mfa_seen_live_outlives_the_older_report(faulty: Desk) -> None:
    """AWS shows a report for four hours, whatever happened since."""
    accounts.enable_mfa(faulty.aws, "carol")
    carol = trail.user_identity("carol", faulty.aws.client("iam").get_user(UserName="carol")["User"]["UserId"])
    request = {"userName": "carol", "serialNumber": "arn:aws:iam::123456789012:mfa/carol"}
    trail.deliver(faulty.aws, trail.record("iam", "EnableMFADevice", carol, requestParameters=request))
    faulty.watch()
    assert Telling(faulty.inbox.read()).found("resolved") == {("user-console-without-mfa", "carol")}
    assert faulty.audit()["new"] == 0
    assert faulty.inbox.read() == []


@pytest.mark.parametrize(
    "detail_type",
    ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail"],
)
def test_root_at_the_console_is_told_once(faulty: Desk, detail_type: str) -> None:
    record = trail.console_login(trail.ROOT_IDENTITY, mfa=True)
    trail.deliver(faulty.aws, record, record, detail_type=detail_type)
    faulty.watch()
    alerts = Telling(faulty.inbox.read()).all("alerts")
    assert [a["rule"] for a in alerts] == ["event-root-use"]


def test_scanners_own_role_writing_is_critical(faulty: Desk) -> None:
    role = faulty.stack.function("AuditFunction")["Role"]
    request = {"userName": "alice", "policyArn": accounts.ADMINISTRATOR}
    session = trail.role_identity(role, "stolen")
    trail.deliver(faulty.aws, trail.record("iam", "AttachUserPolicy", session, requestParameters=request))
    faulty.watch()
    alerts = Telling(faulty.inbox.read()).all("alerts")
    assert [(a["rule"], a["severity"]) for a in alerts] == [("event-scanner-tampering", "critical")]


def test_failed_call_is_no_change(faulty: Desk) -> None:
    alice = trail.user_identity("alice", faulty.aws.client("iam").get_user(UserName="alice")["User"]["UserId"])
    request = {"userName": "alice", "policyArn": accounts.ADMINISTRATOR}
    refused = trail.record("iam", "AttachUserPolicy", alice, requestParameters=request, errorCode="AccessDenied")
    trail.deliver(faulty.aws, refused)
    faulty.watch()
    assert faulty.inbox.read() == []


def test_many_different_refused_calls_are_told_once(faulty: Desk) -> None:
    """However they are parted into batches."""
    alice = trail.user_identity("alice", faulty.aws.client("iam").get_user(UserName="alice")["User"]["UserId"])
    for name in ("CreateUser", "CreateUser", "CreateRole", "CreateGroup", "CreatePolicy", "PutUserPolicy", "PutRolePolicy"):
        refused = trail.record("iam", name, alice, errorCode="AccessDenied")
        trail.deliver(faulty.aws, refused)
        faulty.watch()
    alerts = Telling(faulty.inbox.read()).all("alerts")
    assert [(a["rule"], a["event"]["name"]) for a in alerts] == [("event-unauthorized-calls", "PutUserPolicy")]


def test_unreadable_message_does_not_hold_up_its_batch(faulty: Desk) -> None:
    trail.deliver(faulty.aws, *accounts.intruder(faulty.aws))
    for body in ("not JSON", "[]", "{}"):
        faulty.sqs.send_message(QueueUrl=faulty.events_queue, MessageBody=body)
    faulty.watch()
    Telling(faulty.inbox.read())


def test_event_of_another_account_is_refused(faulty: Desk) -> None:
    events = accounts.intruder(faulty.aws)
    trail.deliver(faulty.aws, *(event | {"recipientAccountId": "210987654321"} for event in events))
    faulty.watch()
    assert faulty.inbox.read() == []


def test_night_names_who_did_what_no_event_told(faulty: Desk) -> None:
    """The event was lost on its way; CloudTrail's history has it."""
    events = accounts.intruder(faulty.aws, actor="deploy-bot", victim="carol")
    faulty.aws.history += events
    faulty.aws.forget_report()
    faulty.audit()
    told = Telling(faulty.inbox.read())
    (administrator,) = [f for f in told.all("new") if f["rule"] == "administrator-attached"]
    assert administrator["by"]["event"] == "AttachUserPolicy"
    assert administrator["by"]["actor"]["name"] == "deploy-bot"
    assert "203.0.113.45" in told.email.text


def test_burst_is_one_mail_now_and_one_when_it_is_over(faulty: Desk) -> None:
    """One actor, batch after batch."""
    iam = faulty.aws.client("iam")
    alice = trail.user_identity("alice", iam.get_user(UserName="alice")["User"]["UserId"])
    topics = []
    for n in range(3):
        iam.create_user(UserName=f"robot-{n}")
        iam.attach_user_policy(UserName=f"robot-{n}", PolicyArn=accounts.READ_ONLY)
        request = {"userName": f"robot-{n}", "policyArn": accounts.READ_ONLY}
        trail.deliver(faulty.aws, trail.record("iam", "AttachUserPolicy", alice, requestParameters=request))
        faulty.watch()
        topics.append([m.topic for m in faulty.inbox.read()])
    assert topics == [["Email", "Chat", "Findings"], ["Chat", "Findings"], ["Chat", "Findings"]]
    assert faulty.tick()["new"] == 0
    assert faulty.inbox.read() == []  # it is not over yet


# Faults of our own


def test_failed_save_loses_nothing(desk: Desk) -> None:
    """Told before remembered: a run that cannot remember says it again, and fails, so that Lambda tries again."""
    accounts.faulty(desk.aws)
    desk.aws.deny("TransactWriteItems", "PutItem")
    with pytest.raises(FunctionError):
        desk.audit()
    desk.inbox.read()
    desk.aws.denied.clear()
    assert desk.audit()["new"] > 0
    Telling(desk.inbox.read())
    desk.audit()
    assert desk.inbox.read() == []


def test_failed_publish_loses_nothing(faulty: Desk) -> None:
    trail.deliver(faulty.aws, *accounts.intruder(faulty.aws))
    batch = faulty.batch()
    faulty.aws.deny("Publish", "PublishBatch")
    with pytest.raises(FunctionError):
        faulty.hand_over(batch)
    faulty.aws.denied.clear()
    faulty.hand_over(batch)  # as SQS does after the visibility timeout
    assert ("administrator-attached", "carol") in Telling(faulty.inbox.read()).found()


@pytest.mark.parametrize(
    ("name", "variable", "value"),
    [
        ("audit", "LEDGER_TABLE", "no-such-table"),
        ("audit", "EMAIL_TOPIC_ARN", NO_TOPIC),
        ("audit", "FINDINGS_TOPIC_ARN", NO_TOPIC),
        ("watch", "LEDGER_TABLE", "no-such-table"),
        ("watch", "CHAT_TOPIC_ARN", NO_TOPIC),
    ],
)
def test_what_is_missing_is_named(desk: Desk, name: str, variable: str, value: str) -> None:
    accounts.faulty(desk.aws)
    desk.skip_delay()
    trail.deliver(desk.aws, *accounts.intruder(desk.aws))
    with desk.fresh(name, **{variable: value}) as function, pytest.raises(FunctionError) as failure:
        function.invoke(desk.batch())  # audit takes any JSON object
    _, message, _ = failure.value.args
    assert value.rsplit(":", 1)[-1] in message


def test_topic_that_is_not_wanted_is_not_published_to(desk: Desk) -> None:
    accounts.faulty(desk.aws)
    with desk.fresh("audit", CHAT_TOPIC_ARN="") as function:
        function.invoke({})
    topics = [m.topic for m in desk.inbox.read()]
    assert topics == ["Email"] + ["Findings"] * (len(topics) - 1)
    assert len(topics) > 1


# Permissions

# Calls that need other permissions than one of their own name: a batch and a transaction those of what they do.
NEEDS = {
    "access-analyzer:ListFindingsV2": {"access-analyzer:ListFindings"},
    "dynamodb:TransactWriteItems": {"dynamodb:PutItem", "dynamodb:DeleteItem"},
    "sns:PublishBatch": {"sns:Publish"},
}

# What AWS's services do in the role's name: Lambda logs, polls the queue and keeps failed runs; SNS, SQS and DynamoDB
# use the key.
ON_BEHALF = {"logs:CreateLogStream", "logs:PutLogEvents", "kms:Decrypt", "kms:GenerateDataKey"}
ON_BEHALF_OF = {
    "audit": ON_BEHALF | {"sqs:SendMessage"},
    "watch": ON_BEHALF | {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
}


def test_functions_are_granted_what_they_call_and_no_more(desk: Desk) -> None:
    accounts.faulty(desk.aws)
    accounts.user(desk.aws, "twin", days=300, keys=[(300, 100), (300, 100)])  # which of the two does the report mean?
    desk.skip_delay()
    desk.audit()
    trail.deliver(
        desk.aws,
        *accounts.intruder(desk.aws),
        trail.record(
            "iam", "DeactivateMFADevice", trail.ROOT_IDENTITY, requestParameters={"userName": "AWS ROOT USER"}
        ),
        trail.record("iam", "DeleteAccountPasswordPolicy", trail.ROOT_IDENTITY),
        trail.record("iam", "UpdateAssumeRolePolicy", trail.ROOT_IDENTITY, requestParameters={"roleName": "partner-access"}),
        trail.record("cloudtrail", "StopLogging", trail.ROOT_IDENTITY, requestParameters={"name": "everything"}),
    )
    desk.watch()
    for name, on_behalf in ON_BEHALF_OF.items():
        needed = {action for call in desk.calls(name) for action in NEEDS.get(call, {call})}
        role = desk.stack.function(f"{name.capitalize()}Function")["Role"]
        assert needed | on_behalf == {action for action, _ in desk.stack.granted(role)}, name
