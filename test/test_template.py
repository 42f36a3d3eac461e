"""What a deployment of template.yaml would be, held against how AWS behaves: moto creates what AWS would refuse."""

import json
import re
import tomllib
from typing import Any

import pytest
import trail
from moto.events.models import EventPattern
from stack import ROOT, source

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
                named |= {referred(arn) for arn in as_list(arns)}
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
    schedule = resources["AuditFunctionDaily"]["Properties"]
    (asynchronous,) = of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
    (mapping,) = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    redrive = resources[referred(mapping["EventSourceArn"])]["Properties"]["RedrivePolicy"]
    queues = of_type(resources, "AWS::SQS::Queue")
    caught = [
        schedule["Target"]["DeadLetterConfig"]["Arn"],
        asynchronous["DestinationConfig"]["OnFailure"]["Destination"],
        redrive["deadLetterTargetArn"],
    ]
    assert len({referred(arn) for arn in caught} & queues.keys()) == 3
    assert redrive["maxReceiveCount"] == 5
    assert asynchronous["MaximumRetryAttempts"] == 2


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
    assert schedules.keys() == {"AuditFunctionDaily", "WatchFunctionSummaries"}
    schedule = schedules["AuditFunctionDaily"]
    assert schedule["ScheduleExpression"] == {"Fn::Sub": "cron(0 ${AuditHour} * * ? *)"}
    assert schedule["ScheduleExpressionTimezone"] == {"Ref": "TimeZone"}
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
    (None, trail.record("cloudtrail", "LookupEvents", ALICE)),
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
    matched = [name for name, r in rules if EventPattern(None, r["EventPattern"]).matches_event(event)]
    assert matched == ([rule] if rule else [])


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
    "cloudtrail:DescribeTrails",
    "cloudtrail:LookupEvents",
    "iam:GenerateCredentialReport",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:GetCredentialReport",
    "iam:ListAccountAliases",
    "iam:ListVirtualMFADevices",
}


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    return [s for policy in role.get("Policies", []) for s in policy["PolicyDocument"]["Statement"]]


def test_actions_are_exact(resources: dict[str, Any]) -> None:
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role, name
        for statement in statements(role):
            actions = as_list(statement["Action"])
            assert not [a for a in actions if "*" in a or "?" in a], name
            assert actions == sorted(actions), name
            assert statement["Resource"] != "*" or set(actions) <= READS_OF_EVERYTHING, name


def test_nobody_writes_to_iam(resources: dict[str, Any]) -> None:
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        for action in {a for s in statements(role) for a in as_list(s["Action"])}:
            assert re.match("iam:(Get|List)|(?!iam:)", action) or action in READS_OF_EVERYTHING, name


def test_sam_adds_no_role_and_no_policy(template: Template) -> None:
    """A role that SAM makes may read and delete from every queue of the account."""
    kinds = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    assert of_type(template["Resources"], *kinds).keys() == of_type(source()["Resources"], *kinds).keys()
    assert not [r for r in of_type(template["Resources"], "AWS::IAM::Role").values() if "RoleName" in r]


def test_partition_is_nowhere_assumed() -> None:
    assert "arn:aws:" not in (ROOT / "template.yaml").read_text()


# Functions


def test_functions(resources: dict[str, Any]) -> None:
    functions = of_type(resources, "AWS::Lambda::Function")
    groups = of_type(resources, "AWS::Logs::LogGroup")
    assert functions.keys() == {"AuditFunction", "WatchFunction"}
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
        } | ({"EVENT_RULES", "FAILURE_QUEUE_URLS"} if name == "AuditFunction" else set())
    roles = {referred(function["Role"]) for function in functions.values()}
    own = functions["AuditFunction"]["Environment"]["Variables"]["OWN_ROLE_ARNS"]["Fn::Sub"]
    assert own == ",".join(f"${{{role}.Arn}}" for role in sorted(roles))


def test_audit_looks_at_what_brings_events(resources: dict[str, Any]) -> None:
    """At every rule that feeds the queue, and at every queue of what was given up."""
    environment = resources["AuditFunction"]["Properties"]["Environment"]["Variables"]
    feeding = {r for r, target in targets(of_type(resources, "AWS::Events::Rule")) if referred(target["Arn"]) == "EventsQueue"}
    assert set(re.findall(r"\$\{(\w+)\}", environment["EVENT_RULES"]["Fn::Sub"])) == feeding
    failures = of_type(resources, "AWS::SQS::Queue").keys() - {"EventsQueue"}
    assert set(re.findall(r"\$\{(\w+)\}", environment["FAILURE_QUEUE_URLS"]["Fn::Sub"])) == failures


def test_nobody_can_be_the_smoke_role(resources: dict[str, Any]) -> None:
    role = resources["SmokeRole"]["Properties"]
    assert {s["Effect"] for s in role["AssumeRolePolicyDocument"]["Statement"]} == {"Deny"}
    assert not statements(role)


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


def test_silence_is_told(resources: dict[str, Any]) -> None:
    """No successful audit for 26 hours, of which each without any counts as one without success."""
    alarm = resources["AuditMissing"]["Properties"]
    metrics = {metric["Id"]: metric for metric in alarm["Metrics"]}
    (shown,) = [i for i, m in metrics.items() if m.get("ReturnData", True)]
    assert metrics[shown]["Expression"] == "FILL(success, 0)"
    assert metrics["success"]["Expression"] == "invocations - FILL(errors, 0)"
    for name, metric in (("invocations", "Invocations"), ("errors", "Errors")):
        stat = metrics[name]["MetricStat"]
        assert (stat["Metric"]["MetricName"], stat["Period"], stat["Stat"]) == (metric, 3600, "Sum")
        assert referred(stat["Metric"]["Dimensions"][0]["Value"]) == "AuditFunction"
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
        if parameter["Type"] == "String":
            assert "AllowedPattern" in parameter, name


def test_stack_lives_where_the_events_are(template: Template) -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())["default"]
    region = config["global"]["parameters"]["region"]
    (assertion,) = template["Rules"]["RegionOfIamEvents"]["Assertions"]
    regions, deployed_to = assertion["Assert"]["Fn::Contains"]
    assert region == "us-east-1"
    assert region in regions
    assert deployed_to == {"Ref": "AWS::Region"}
    assert config["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"
