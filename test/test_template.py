"""What a deployment of template.yaml would be, held against how AWS behaves: moto creates what AWS would refuse."""

import json
import re
import tomllib
from typing import Any

import pytest
import trail
from aws import AWS
from moto.events.models import EventPattern
from stack import ROOT, Stack, source

Template = dict[str, Any]
PATTERN_LIMIT = 2048  # EventBridge's quota: characters of an event pattern
LAMBDA_TIMEOUTS = 6  # Lambda's guide: a queue's visibility timeout is six times the function's, and the batch window


@pytest.fixture(scope="session")
def resources(template: Template) -> dict[str, Any]:
    return template["Resources"]


def of_type(resources: dict[str, Any], *kinds: str) -> dict[str, Any]:
    """The properties of the resources of a type, by logical id."""
    return {name: r.get("Properties", {}) for name, r in resources.items() if r["Type"] in kinds}


def referred(value: Any) -> str:
    """The logical id that a Ref or a GetAtt names."""
    return value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


NO_VALUE = {"Ref": "AWS::NoValue"}


def either(value: Any) -> list[Any]:
    """What a value can be: itself, or both of what an If chooses from but for nothing."""
    if isinstance(value, dict) and "Fn::If" in value:
        return [v for v in value["Fn::If"][1:] if v != NO_VALUE]
    return [value]


def all_of(values: list[Any]) -> list[Any]:
    return [v for value in values for v in either(value)]


def named_in(value: Any) -> set[str]:
    """The logical ids that a Sub names, in both cases of an If."""
    return {name for text in either(value) for name in re.findall(r"\$\{(\w+)(?:\.Arn)?\}", text["Fn::Sub"])}


def targets(rules: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, target) for name, rule in rules.items() for target in rule["Targets"]]


def senders(resources: dict[str, Any], queue: str) -> set[str]:
    """The rules from which a queue's policy lets EventBridge send, named one by one."""
    named = set()
    for policy in of_type(resources, "AWS::SQS::QueuePolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Principal"] == {"Service": "events.amazonaws.com"}
            assert statement["Action"] == "sqs:SendMessage"
            arns = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
            if [referred(q) for q in policy["Queues"]] == [queue] and referred(statement["Resource"]) == queue:
                named |= {referred(arn) for arn in all_of(as_list(arns))}
    return named


# Delivery


def test_every_target_lets_its_rule_in(resources: dict[str, Any]) -> None:
    queues = of_type(resources, "AWS::SQS::Queue")
    permissions = of_type(resources, "AWS::Lambda::Permission").values()
    invokers = {(referred(p["FunctionName"]), referred(p["SourceArn"])) for p in permissions}
    for rule, target in targets(of_type(resources, "AWS::Events::Rule")):
        to = referred(target["Arn"])
        assert rule in senders(resources, to) if to in queues else (to, rule) in invokers


def test_every_dead_letter_queue_lets_its_rule_in(resources: dict[str, Any]) -> None:
    for rule, target in targets(of_type(resources, "AWS::Events::Rule")):
        assert rule in senders(resources, referred(target["DeadLetterConfig"]["Arn"]))


def test_both_failure_places_are_caught(resources: dict[str, Any]) -> None:
    """Delivery fails at a rule or a schedule, processing at a function or its queue."""
    for _, target in targets(of_type(resources, "AWS::Events::Rule")):
        assert target["RetryPolicy"] == {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86400}
    (mapping,) = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    redrive = resources[referred(mapping["EventSourceArn"])]["Properties"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == 5
    caught = {referred(redrive["deadLetterTargetArn"])}
    for name in ("AuditFunctionDaily", "RemediateFunctionDaily"):
        caught.add(referred(resources[name]["Properties"]["Target"]["DeadLetterConfig"]["Arn"]))
    asynchronous = of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
    assert {referred(a["FunctionName"]) for a in asynchronous} == {"AuditFunction", "RemediateFunction"}
    for config in asynchronous:
        assert config["MaximumRetryAttempts"] == 2
        caught.add(referred(config["DestinationConfig"]["OnFailure"]["Destination"]))
    assert caught == of_type(resources, "AWS::SQS::Queue").keys() - {"EventsQueue"}


def test_no_batch_runs_twice_at_a_time(resources: dict[str, Any]) -> None:
    (mapping,) = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    queue = resources[referred(mapping["EventSourceArn"])]["Properties"]
    function = resources[referred(mapping["FunctionName"])]["Properties"]
    window = mapping["MaximumBatchingWindowInSeconds"]
    assert queue["VisibilityTimeout"] >= LAMBDA_TIMEOUTS * function["Timeout"] + window
    assert (mapping["BatchSize"], window, mapping["ScalingConfig"]) == (50, 10, {"MaximumConcurrency": 2})
    assert "FunctionResponseTypes" not in mapping  # a failed batch comes again whole
    assert queue["DelaySeconds"] == 15


def test_schedule_is_daily_in_a_time_zone(resources: dict[str, Any]) -> None:
    schedules = of_type(resources, "AWS::Scheduler::Schedule")
    assert schedules.keys() == {"AuditFunctionDaily", "RemediateFunctionDaily", "WatchFunctionSummaries"}
    for name, minute in (("AuditFunctionDaily", 0), ("RemediateFunctionDaily", 30)):  # an audit has that long
        assert schedules[name]["ScheduleExpression"] == {"Fn::Sub": f"cron({minute} ${{AuditHour}} * * ? *)"}
        assert schedules[name]["ScheduleExpressionTimezone"] == {"Ref": "TimeZone"}
    assert not [s for s in schedules.values() if "Name" in s]  # two stacks may live in one account


def test_summaries_come_soon_after_a_burst(resources: dict[str, Any]) -> None:
    schedule = of_type(resources, "AWS::Scheduler::Schedule")["WatchFunctionSummaries"]
    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
    assert schedule["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    assert "DeadLetterConfig" not in schedule["Target"]  # it would fill with what the next one makes good


# Rules

WIDE = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


def test_states_are_chosen(resources: dict[str, Any]) -> None:
    """The wide state delivers reads, too; where a pattern would let many of them in it must not be set."""
    states = {name: rule["State"] for name, rule in of_type(resources, "AWS::Events::Rule").items()}
    assert states == {
        "IamRule": "ENABLED",
        "SignInRule": "ENABLED",
        "RootRule": "ENABLED",
        "AssumeRootRule": WIDE,
        "TrailRule": "ENABLED",
        "OrganizationsRule": "ENABLED",
        "IamReadsRule": WIDE,
        "RefusedRule": "ENABLED",
        "DeployRule": "ENABLED",
    }


def test_patterns_fit(resources: dict[str, Any]) -> None:
    for name, rule in of_type(resources, "AWS::Events::Rule").items():
        pattern = json.dumps(rule["EventPattern"]).replace('{"Ref": "AWS::StackId"}', "x" * 200)
        assert len(pattern) < PATTERN_LIMIT, name


ALICE = trail.user_identity("alice", "AIDACKCEVSQ6C2EXAMPLE")
ROOT_USER = trail.ROOT_IDENTITY
EVENTS = [
    ("IamRule", trail.record("iam", "CreateAccessKey", ALICE)),
    ("IamRule", trail.record("iam", "CreateAccessKey", ROOT_USER)),
    ("IamRule", trail.record("iam", "AnOperationOfTomorrow", ALICE)),
    (None, trail.record("iam", "GenerateCredentialReport", ALICE)),
    (None, trail.record("iam", "SimulatePrincipalPolicy", ALICE)),
    ("SignInRule", trail.console_login(ALICE, mfa=True)),
    ("SignInRule", trail.console_login(ROOT_USER, mfa=True)),
    (None, trail.record("signin", "CheckMfa", ALICE)),
    ("RootRule", trail.record("signin", "PasswordUpdated", ROOT_USER)),
    ("RootRule", trail.record("s3", "PutBucketPolicy", ROOT_USER)),
    ("RootRule", trail.record("cloudtrail", "StopLogging", ROOT_USER)),
    (None, trail.record("s3", "PutBucketPolicy", ALICE)),
    ("AssumeRootRule", trail.record("sts", "AssumeRoot", ALICE)),
    (None, trail.record("sts", "AssumeRole", ALICE)),
    ("TrailRule", trail.record("cloudtrail", "StopLogging", ALICE)),
    ("TrailRule", trail.record("cloudtrail", "StopLogging", ALICE, errorCode="AccessDenied")),
    (None, trail.record("cloudtrail", "LookupEvents", ALICE)),
    ("OrganizationsRule", trail.record("organizations", "LeaveOrganization", ALICE)),
    ("OrganizationsRule", trail.record("organizations", "DetachPolicy", ALICE, errorCode="AccessDeniedException")),
    ("RootRule", trail.record("organizations", "LeaveOrganization", ROOT_USER)),
    (None, trail.record("organizations", "CreateAccountResult", {"invokedBy": "AWS Internal"}, eventType="AwsServiceEvent")),
    ("IamReadsRule", trail.record("iam", "ListUsers", ALICE, readOnly=True)),
    ("IamReadsRule", trail.record("iam", "ListUsers", ALICE, readOnly=True, errorCode="AccessDenied")),
    (None, trail.record("iam", "ListUsers", ROOT_USER, readOnly=True)),
    ("RefusedRule", trail.record("ec2", "RunInstances", ALICE, errorCode="Client.UnauthorizedOperation")),
    ("RefusedRule", trail.record("lambda", "CreateFunction20150331", ALICE, errorCode="AccessDeniedException")),
    ("RootRule", trail.record("ec2", "RunInstances", ROOT_USER, errorCode="Client.UnauthorizedOperation")),
    (None, trail.record("ec2", "RunInstances", ALICE, errorCode="InsufficientInstanceCapacity")),
    (None, trail.record("s3", "PutObject", ALICE, errorCode="AccessDenied", managementEvent=False, eventCategory="Data")),
    (None, trail.record("ec2", "DescribeInstances", ALICE, errorCode="Client.UnauthorizedOperation", readOnly=True)),
]
DETAIL_TYPES = [
    "AWS API Call via CloudTrail",
    "AWS Console Sign In via CloudTrail",
    "AWS Console Signin via CloudTrail",
]


@pytest.mark.parametrize("detail_type", DETAIL_TYPES)
@pytest.mark.parametrize(("rule", "record"), EVENTS, ids=[f"{e['eventSource']}:{e['eventName']}" for _, e in EVENTS])
def test_an_event_matches_one_rule(resources: dict[str, Any], rule: str | None, record: Any, detail_type: str) -> None:
    source = "aws." + record["eventSource"].removesuffix(".amazonaws.com")
    event = {"source": source, "detail-type": detail_type, "detail": record}
    rules = of_type(resources, "AWS::Events::Rule").items()
    heard = [(name, r) for name, r in rules if r["State"] == WIDE or not record["readOnly"]]
    matched = [name for name, r in heard if EventPattern(None, r["EventPattern"]).matches_event(event)]
    assert matched == ([rule] if rule else [])


@pytest.mark.parametrize("record", [r for rule, r in EVENTS if rule], ids=[r["eventName"] for rule, r in EVENTS if rule])
def test_what_somebody_puts_on_the_bus_matches_no_rule(resources: dict[str, Any], record: Any) -> None:
    """Who may call PutEvents can say everything of an event but that it is from aws.something."""
    event = {"source": "my.app", "detail-type": DETAIL_TYPES[0], "detail": record}
    rules = of_type(resources, "AWS::Events::Rule").items()
    assert not [name for name, r in rules if EventPattern(None, r["EventPattern"]).matches_event(event)]


def test_a_deployment_is_followed_by_an_audit(resources: dict[str, Any]) -> None:
    rule = resources["DeployRule"]["Properties"]
    detail = rule["EventPattern"]["detail"]
    assert detail["stack-id"] == [{"Ref": "AWS::StackId"}]
    assert detail["status-details"]["status"] == ["CREATE_COMPLETE", "UPDATE_COMPLETE"]
    assert referred(rule["Targets"][0]["Arn"]) == "AuditFunction"


# Encryption


def test_everything_kept_or_sent_is_encrypted_with_the_key(resources: dict[str, Any]) -> None:
    key = {"Fn::GetAtt": ["Key", "Arn"]}
    for kind in ("AWS::SNS::Topic", "AWS::SQS::Queue"):
        for name, properties in of_type(resources, kind).items():
            assert properties["KmsMasterKeyId"] == key, name
    assert len(of_type(resources, "AWS::SNS::Topic")) == 3
    assert not [t for t in of_type(resources, "AWS::SNS::Topic").values() if t.get("FifoTopic")]


def test_alarms_and_rules_may_use_the_key(resources: dict[str, Any]) -> None:
    (key,) = of_type(resources, "AWS::KMS::Key").values()
    assert key["EnableKeyRotation"] is True
    allowed = {s["Principal"].get("Service"): s for s in key["KeyPolicy"]["Statement"] if s["Effect"] == "Allow"}
    for service in ("cloudwatch.amazonaws.com", "events.amazonaws.com"):
        assert allowed[service]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert "Condition" not in allowed["events.amazonaws.com"]  # EventBridge's calls carry none of its keys
    limits = allowed["cloudwatch.amazonaws.com"]["Condition"]
    assert limits["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert allowed[None]["Principal"]["AWS"]["Fn::Sub"].endswith(":root")


def test_who_sends_or_publishes_may_use_the_key(resources: dict[str, Any]) -> None:
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        actions = {action for statement in statements(role) for action in as_list(statement["Action"])}
        if actions & {"sns:Publish", "sqs:SendMessage", "sqs:ReceiveMessage"}:
            assert {"kms:Decrypt", "kms:GenerateDataKey"} <= actions, name


def test_only_the_stacks_alarms_publish_as_a_service(resources: dict[str, Any]) -> None:
    (policy,) = of_type(resources, "AWS::SNS::TopicPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert {referred(t) for t in policy["Topics"]} == {"EmailTopic", "ChatTopic"}
    assert (statement["Principal"], statement["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"].endswith(":alarm:${AWS::StackName}-*")


def test_table(template: Template) -> None:
    ledger = template["Resources"]["LedgerTable"]
    table = ledger["Properties"]
    assert [(k["AttributeName"], k["KeyType"]) for k in table["KeySchema"]] == [("pk", "HASH"), ("sk", "RANGE")]
    assert {a["AttributeType"] for a in table["AttributeDefinitions"]} == {"S"}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]}
    for kept in (ledger, template["Resources"]["Key"]):  # a ledger without its key is lost
        assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("Retain", "Retain")


# Permissions

# Actions for which IAM and CloudTrail know no resource.
READS_OF_EVERYTHING = {
    "access-analyzer:ListAnalyzers",
    "account:ListRegions",
    "cloudtrail:DescribeTrails",
    "cloudtrail:LookupEvents",
    "iam:GenerateCredentialReport",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:GetCredentialReport",
    "iam:GetOutboundWebIdentityFederationInfo",
    "iam:GetServiceLastAccessedDetails",
    "iam:ListAccountAliases",
    "iam:ListOpenIDConnectProviders",
    "iam:ListOrganizationsFeatures",
    "iam:ListSAMLProviders",
    "iam:ListServerCertificates",
    "iam:ListServiceSpecificCredentials",
    "iam:ListVirtualMFADevices",
    "organizations:DescribeOrganization",
    "organizations:ListDelegatedAdministrators",
    "organizations:ListPolicies",
    "organizations:ListRoots",
}


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    """All that a role's policies say, what is under a condition, too."""
    return [s for policy in all_of(role.get("Policies", [])) for s in all_of(policy["PolicyDocument"]["Statement"])]


def allowed(role: dict[str, Any]) -> set[str]:
    return {a for s in statements(role) if s["Effect"] == "Allow" for a in as_list(s["Action"])}


def test_actions_are_exact(resources: dict[str, Any]) -> None:
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role, name
        for statement in statements(role):
            actions = as_list(statement["Action"])
            assert not [a for a in actions if "*" in a or "?" in a], name
            assert actions == sorted(actions), name
            assert statement["Resource"] != "*" or set(actions) <= READS_OF_EVERYTHING, name


def test_nobody_writes_to_iam_but_remediate(resources: dict[str, Any]) -> None:
    roles = of_type(resources, "AWS::IAM::Role")
    writes = {
        name: {a for a in allowed(role) if not re.match("iam:(Get|List|Generate)|(?!iam:)", a)}
        for name, role in roles.items()
    }
    assert writes.pop("RemediateRole") == {"iam:AttachUserPolicy", "iam:UpdateAccessKey"}
    assert not any(writes.values())


def test_further_reads_are_off_unless_asked_for(template: Template) -> None:
    assert template["Parameters"]["FurtherReads"]["Default"] == "false"
    assert template["Conditions"]["ReadsFurther"] == {"Fn::Equals": [{"Ref": "FurtherReads"}, "true"]}
    policies = template["Resources"]["AuditRole"]["Properties"]["Policies"]
    (further,) = [p["Fn::If"] for p in policies if "Fn::If" in p]
    assert further[0] == "ReadsFurther"
    assert further[2] == {"Ref": "AWS::NoValue"}


def test_sam_adds_no_role_and_no_policy(template: Template) -> None:
    """A role that SAM makes may read and delete from every queue of the account."""
    kinds = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    assert of_type(template["Resources"], *kinds).keys() == of_type(source()["Resources"], *kinds).keys()
    assert not [r for r in of_type(template["Resources"], "AWS::IAM::Role").values() if "RoleName" in r]


def partitions(role: dict[str, Any]) -> dict[str, set[str]]:
    """By action, the partitions of the ledger that a role may use it on."""
    found: dict[str, set[str]] = {}
    for statement in statements(role):
        if statement["Resource"] == {"Fn::GetAtt": ["LedgerTable", "Arn"]}:
            keys = statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
            for action in as_list(statement["Action"]):
                found.setdefault(action.removeprefix("dynamodb:"), set()).update(k.get("Fn::Sub", k.get("Ref")) for k in keys)
    return found


def test_each_writes_its_own_part_of_the_ledger(resources: dict[str, Any]) -> None:
    """What was found is not for remediate to write, nor what was done for the others."""
    roles = of_type(resources, "AWS::IAM::Role")
    own, streaks = "AWS::AccountId", "${AWS::AccountId}#streaks"
    journal, remediation = "${AWS::AccountId}#journal", "${AWS::AccountId}#remediation"
    assert partitions(roles["AuditRole"]) == {"DeleteItem": {own}, "PutItem": {own}, "Query": {own}}
    assert partitions(roles["WatchRole"]) == {
        "BatchGetItem": {own, journal, streaks},
        "Query": {own, journal, streaks},
        "PutItem": {own, streaks},
        "DeleteItem": {own},
    }
    everything = {own, journal, remediation}
    assert partitions(roles["RemediateRole"]) == {
        "BatchGetItem": everything,
        "Query": everything,
        "PutItem": {journal, remediation},
        "DeleteItem": {remediation},
    }


def test_partition_is_nowhere_assumed() -> None:
    assert "arn:aws:" not in (ROOT / "template.yaml").read_text()


# Functions


def test_functions(resources: dict[str, Any]) -> None:
    functions = of_type(resources, "AWS::Lambda::Function")
    groups = of_type(resources, "AWS::Logs::LogGroup")
    assert functions.keys() == {"AuditFunction", "RemediateFunction", "WatchFunction"}
    own = {
        "AuditFunction": {"EVENT_RULES", "FAILURE_QUEUE_URLS", "FURTHER_EVENTS"},
        "RemediateFunction": {
            "REMEDIATION_CURES",
            "REMEDIATION_MODE",
            "REMEDIATION_PROTECTED_PATH",
            "REMEDIATION_SWITCH",
        },
    }
    for name, function in functions.items():
        assert function["Runtime"] == "provided.al2023"
        assert function["Architectures"] == ["arm64"]
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert groups[referred(function["LoggingConfig"]["LogGroup"])]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        assert function["Environment"]["Variables"].keys() == {
            "LEDGER_TABLE",
            "EMAIL_TOPIC_ARN",
            "CHAT_TOPIC_ARN",
            "FINDINGS_TOPIC_ARN",
            "OWN_ROLE_ARNS",
            "REMEDIATION_ROLE_ARN",
            "DENY_CONSOLE_POLICY_ARN",
            "DENY_WITHOUT_MFA_POLICY_ARN",
            "DENY_ALL_POLICY_ARN",
        } | own.get(name, set())
    roles = {referred(function["Role"]) for function in functions.values()}
    environment = functions["AuditFunction"]["Environment"]["Variables"]
    assert environment["OWN_ROLE_ARNS"]["Fn::If"][0] == "Remediates"
    assert [named_in(text) for text in either(environment["OWN_ROLE_ARNS"])] == [roles, roles - {"RemediateRole"}]
    assert environment["REMEDIATION_ROLE_ARN"] == {"Fn::If": ["Remediates", {"Fn::GetAtt": ["RemediateRole", "Arn"]}, ""]}


def test_audit_looks_at_what_brings_events(resources: dict[str, Any]) -> None:
    """At every rule that feeds the queue, and at every queue of what was given up."""
    environment = resources["AuditFunction"]["Properties"]["Environment"]["Variables"]
    feeding = {r for r, target in targets(of_type(resources, "AWS::Events::Rule")) if referred(target["Arn"]) == "EventsQueue"}
    further, always = either(environment["EVENT_RULES"])
    assert named_in(further) == feeding
    assert named_in(always) == feeding - {"IamReadsRule", "RefusedRule"}
    failures = of_type(resources, "AWS::SQS::Queue").keys() - {"EventsQueue"}
    with_remediation, without = either(environment["FAILURE_QUEUE_URLS"])
    assert named_in(with_remediation) == failures
    assert named_in(without) == failures - {"RemediateFailures"}
    (look,) = [s for s in statements(resources["AuditRole"]["Properties"]) if s["Action"] == "sqs:GetQueueAttributes"]
    assert {referred(arn) for arn in all_of(look["Resource"])} == failures


def test_nobody_can_be_the_smoke_role(resources: dict[str, Any]) -> None:
    role = resources["SmokeRole"]["Properties"]
    assert {s["Effect"] for s in role["AssumeRolePolicyDocument"]["Statement"]} == {"Deny"}
    assert not statements(role)


# Remediation


def test_nothing_of_remediation_is_there_if_it_is_off(template: Template) -> None:
    assert template["Conditions"]["Remediates"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "RemediationMode"}, "off"]}]}
    assert template["Parameters"]["RemediationMode"]["Default"] == "off"
    named = {name for name in template["Resources"] if name.startswith("Remediat")}
    assert {n for n, r in template["Resources"].items() if r.get("Condition") == "Remediates"} == named
    for name, output in template["Outputs"].items():
        spoken_of = {n for n in named if f'"{n}' in json.dumps(output["Value"]) or f"${{{n}" in json.dumps(output["Value"])}
        assert ("Condition" in output) == bool(spoken_of), name


CURES = {
    "deactivate-key": ("DeactivateKeys", {"iam:UpdateAccessKey": None}),
    "contain-console": ("ContainConsole", {"iam:AttachUserPolicy": ["DenyConsolePolicy", "DenyWithoutMFAPolicy"]}),
    "quarantine": ("Quarantine", {"iam:UpdateAccessKey": None, "iam:AttachUserPolicy": ["DenyAllPolicy"]}),
}


def requirements(conditions: dict[str, Any], name: str) -> dict[str, str]:
    """What all parameters must be for a condition made of And and Equals alone."""
    (kind, parts), *rest = conditions[name].items()
    assert not rest
    if kind == "Fn::Equals":
        return {parts[0]["Ref"]: parts[1]}
    assert kind == "Fn::And"
    return {k: v for part in parts for k, v in requirements(conditions, part["Condition"]).items()}


def test_a_cure_may_write_where_it_is_on_and_enforced(template: Template) -> None:
    first, *others = template["Resources"]["RemediateRole"]["Properties"]["Policies"]
    allows = [s for s in all_of(first["PolicyDocument"]["Statement"]) if s["Effect"] == "Allow"]
    assert not {a for s in allows for a in as_list(s["Action"])} & {"iam:UpdateAccessKey", "iam:AttachUserPolicy"}
    found = {}
    for policy in others:
        condition, granted, nothing = policy["Fn::If"]
        assert nothing == NO_VALUE
        switch, writes = CURES[granted["PolicyName"]]
        required = {"RemediationMode": "enforce", switch: "true"}
        assert requirements(template["Conditions"], condition) == required
        found[granted["PolicyName"]] = {}
        for statement in granted["PolicyDocument"]["Statement"]:
            limits = statement.get("Condition")
            policies = limits and [referred(arn) for arn in limits["ArnEquals"]["iam:PolicyARN"]]
            found[granted["PolicyName"]][statement["Action"]] = policies
            assert statement["Resource"]["Fn::Sub"].endswith(":user/*")
            assert limits is None or limits.keys() == {"ArnEquals"}
    assert found == {name: writes for name, (_, writes) in CURES.items()}


def test_other_credentials_are_read_where_users_are_quarantined(template: Template) -> None:
    first, *_ = template["Resources"]["RemediateRole"]["Properties"]["Policies"]
    (conditional,) = [s["Fn::If"] for s in first["PolicyDocument"]["Statement"] if "Fn::If" in s]
    condition, reads, nothing = conditional
    assert requirements(template["Conditions"], condition) == {"Quarantine": "true"}  # in a dry run, too
    assert nothing == NO_VALUE
    assert {a.removeprefix("iam:List") for a in reads["Action"]} == {
        "ServiceSpecificCredentials",
        "SSHPublicKeys",
        "SigningCertificates",
    }
    assert reads["Resource"]["Fn::Sub"].endswith(":user/*")


def test_the_protected_path_is_out_of_reach(template: Template) -> None:
    role = template["Resources"]["RemediateRole"]["Properties"]
    (deny,) = [s for s in statements(role) if s["Effect"] == "Deny"]
    assert set(deny["Action"]) == {a for _, writes in CURES.values() for a in writes}
    assert deny["Resource"]["Fn::Sub"].endswith(":user/${ProtectedPath}*")
    assert "Condition" not in deny
    pattern = template["Parameters"]["ProtectedPath"]["AllowedPattern"]
    assert re.fullmatch(pattern, "break-glass/") and re.fullmatch(pattern, "a/b/")
    for other in ("", "/", "/a/", "a", "a//", "*/", "a*/", "${aws:username}/"):  # nobody, everybody, or another's name
        assert not re.fullmatch(pattern, other), other


@pytest.mark.parametrize(
    ("cures", "want"),
    [
        ({}, ""),
        ({"DeactivateKeys": "true"}, "deactivate-key"),
        ({"ContainConsole": "true", "Quarantine": "true"}, "contain-console,quarantine"),
    ],
)
def test_the_function_is_told_what_is_on(aws: AWS, cures: dict[str, str], want: str) -> None:
    stack = Stack(aws, RemediationMode="dry-run", **cures)
    environment = stack.function("RemediateFunction")["Environment"]["Variables"]
    assert environment["REMEDIATION_MODE"] == stack.outputs["RemediationMode"] == "dry-run"
    assert environment["REMEDIATION_CURES"] == stack.outputs["RemediationCures"] == want
    assert environment["REMEDIATION_PROTECTED_PATH"] == stack.outputs["ProtectedPath"] == "break-glass/"
    assert environment["REMEDIATION_ROLE_ARN"] == stack.outputs["RemediateRoleArn"]
    assert stack.outputs["RemediateRoleArn"] in environment["OWN_ROLE_ARNS"].split(",")
    for variable, output in (("CONSOLE", "Console"), ("WITHOUT_MFA", "WithoutMFA"), ("ALL", "All")):
        assert environment[f"DENY_{variable}_POLICY_ARN"] == stack.outputs[f"Deny{output}PolicyArn"]


def test_the_switch_is_on_until_somebody_turns_it(aws: AWS) -> None:
    stack = Stack(aws, RemediationMode="enforce")
    name = stack.outputs["RemediationSwitchName"]
    assert stack.function("RemediateFunction")["Environment"]["Variables"]["REMEDIATION_SWITCH"] == name
    parameter = aws.client("ssm").get_parameter(Name=name)["Parameter"]
    assert (parameter["Type"], parameter["Value"]) == ("String", "on")
    command = f"--name {name} --value off --overwrite"
    (described,) = aws.client("ssm").describe_parameters()["Parameters"]
    assert command in described["Description"]
    assert command in stack.outputs["StopRemediation"]


# Metrics


def test_metrics_are_of_the_log_record(resources: dict[str, Any]) -> None:
    for name, metric in of_type(resources, "AWS::Logs::MetricFilter").items():
        function = referred(metric["LogGroupName"]).removesuffix("Logs").lower()
        assert metric["FilterPattern"] == f'{{ $.message = "{function} done" }}', name
        (transformation,) = metric["MetricTransformations"]
        assert transformation["MetricNamespace"] == {"Ref": "AWS::StackName"}, name
        assert transformation["MetricName"] == name
        assert transformation["MetricValue"].startswith("$.counts."), name


# Alarms


def alarms_on(resources: dict[str, Any], metric: str) -> set[str]:
    """The resources on which there is an alarm of a metric."""
    alarms = of_type(resources, "AWS::CloudWatch::Alarm").values()
    return {referred(a["Dimensions"][0]["Value"]) for a in alarms if a.get("MetricName") == metric}


def test_what_fails_is_told(resources: dict[str, Any]) -> None:
    functions = of_type(resources, "AWS::Lambda::Function").keys()
    rules = of_type(resources, "AWS::Events::Rule").keys()
    (mapping,) = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    events = referred(mapping["EventSourceArn"])
    assert alarms_on(resources, "Errors") == functions
    assert alarms_on(resources, "Throttles") == functions
    assert alarms_on(resources, "FailedInvocations") == rules
    assert alarms_on(resources, "ApproximateAgeOfOldestMessage") == {events}
    dead_letters = of_type(resources, "AWS::SQS::Queue").keys() - {events}
    assert alarms_on(resources, "ApproximateNumberOfMessagesVisible") == dead_letters
    assert alarms_on(resources, "NumberOfNotificationsFailed") == of_type(resources, "AWS::SNS::Topic").keys()


@pytest.mark.parametrize("name", ["Audit", "Remediate"])
def test_silence_is_told(resources: dict[str, Any], name: str) -> None:
    """No successful run for 26 hours, of which each without any counts as one without success."""
    alarm = resources[f"{name}Missing"]["Properties"]
    metrics = {metric["Id"]: metric for metric in alarm["Metrics"]}
    (shown,) = [i for i, m in metrics.items() if m.get("ReturnData", True)]
    assert metrics[shown]["Expression"] == "FILL(success, 0)"
    assert metrics["success"]["Expression"] == "invocations - FILL(errors, 0)"
    for part, metric in (("invocations", "Invocations"), ("errors", "Errors")):
        stat = metrics[part]["MetricStat"]
        assert (stat["Metric"]["MetricName"], stat["Period"], stat["Stat"]) == (metric, 3600, "Sum")
        assert referred(stat["Metric"]["Dimensions"][0]["Value"]) == f"{name}Function"
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (26, 26)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"


def test_an_unheard_topic_is_told(resources: dict[str, Any]) -> None:
    for topic, condition in (("EmailTopic", "HasEmail"), ("ChatTopic", "HasSlack")):
        alarm = resources[topic.replace("Topic", "Unheard")]
        assert alarm["Condition"] == condition
        stats = [m["MetricStat"]["Metric"] for m in alarm["Properties"]["Metrics"] if "MetricStat" in m]
        assert {s["MetricName"] for s in stats} == {"NumberOfMessagesPublished", "NumberOfNotificationsDelivered"}
        assert {referred(s["Dimensions"][0]["Value"]) for s in stats} == {topic}


def test_every_alarm_is_heard_and_explained(resources: dict[str, Any]) -> None:
    operations = (ROOT / "docs" / "operations.md").read_text()
    for name, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items():
        assert {referred(topic) for topic in alarm["AlarmActions"]} == {"EmailTopic", "ChatTopic"}, name
        assert alarm["AlarmDescription"], name
        assert f"`{name}`" in operations, name


# Options


def test_chat_may_do_nothing(resources: dict[str, Any]) -> None:
    (channel,) = of_type(resources, "AWS::Chatbot::SlackChannelConfiguration").values()
    assert channel["GuardrailPolicies"] == [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AWSDenyAll"}]
    assert not statements(resources[referred(channel["IamRoleArn"])]["Properties"])
    assert {resources[n]["Condition"] for n in ("SlackChannel", "SlackRole")} == {"HasSlack"}


def test_parameters(template: Template) -> None:
    for name, parameter in template["Parameters"].items():
        assert parameter["Description"], name
        default = str(parameter["Default"])  # a stack comes up without a single answer
        assert re.fullmatch(parameter.get("AllowedPattern", ".*"), default), name
        if "AllowedValues" in parameter:
            assert parameter["Default"] in parameter["AllowedValues"], name
        elif parameter["Type"] == "String":
            assert "AllowedPattern" in parameter, name


def test_every_parameter_is_in_a_group(template: Template) -> None:
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(template["Parameters"])


def test_stack_lives_where_the_events_are(template: Template) -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())["default"]
    region = config["global"]["parameters"]["region"]
    (assertion,) = template["Rules"]["RegionOfIamEvents"]["Assertions"]
    regions, deployed_to = assertion["Assert"]["Fn::Contains"]
    assert region == "us-east-1"
    assert region in regions
    assert deployed_to == {"Ref": "AWS::Region"}
    assert config["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"
