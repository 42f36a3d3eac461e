"""What CloudTrail would tell of a call, put on the event bus for the stack's own rules to match."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from aws import ACCOUNT, AWS, PARTITION, REGION


def user_identity(name: str, unique_id: str, key_id: str = "AKIAIOSFODNN7EXAMPLE") -> dict[str, Any]:
    """An IAM user who signs with an access key."""
    return {
        "type": "IAMUser",
        "principalId": unique_id,
        "arn": f"arn:{PARTITION}:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": key_id,
        "userName": name,
    }


def role_identity(role_arn: str, session: str) -> dict[str, Any]:
    """A session of a role."""
    name = role_arn.rsplit("/", 1)[-1]
    issuer = {
        "type": "Role",
        "principalId": "AROAIOSFODNN7EXAMPLE",
        "arn": role_arn,
        "accountId": ACCOUNT,
        "userName": name,
    }
    return {
        "type": "AssumedRole",
        "principalId": f"AROAIOSFODNN7EXAMPLE:{session}",
        "arn": f"arn:{PARTITION}:sts::{ACCOUNT}:assumed-role/{name}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": issuer,
            "attributes": {"creationDate": "2026-01-01T00:00:00Z", "mfaAuthenticated": "false"},
        },
    }


ROOT_IDENTITY: dict[str, Any] = {
    "type": "Root",
    "principalId": ACCOUNT,
    "arn": f"arn:{PARTITION}:iam::{ACCOUNT}:root",
    "accountId": ACCOUNT,
    "accessKeyId": "",
}


def record(service: str, name: str, identity: dict[str, Any], seconds_ago: int = 0, **fields: Any) -> dict[str, Any]:
    """A CloudTrail record of a write that succeeded; fields add to it or replace what it has."""
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": (datetime.now(UTC) - timedelta(seconds=seconds_ago)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.45",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": None,
        "responseElements": None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    } | fields


def console_login(identity: dict[str, Any], mfa: bool, **fields: Any) -> dict[str, Any]:
    """A CloudTrail record of a sign-in that succeeded."""
    told = {
        "responseElements": {"ConsoleLogin": "Success"},
        "additionalEventData": {"LoginTo": "https://console.aws.amazon.com/", "MFAUsed": "Yes" if mfa else "No"},
        "eventType": "AwsConsoleSignIn",
    }
    return record("signin", "ConsoleLogin", identity, **told | fields)


def deliver(aws: AWS, *records: dict[str, Any], detail_type: str = "AWS API Call via CloudTrail") -> None:
    """Puts records into CloudTrail's history and on the default event bus. (AWS itself reserves the sources aws.*.)"""
    events = aws.client("events")
    aws.history += records
    for one in records:
        source = "aws." + one["eventSource"].removesuffix(".amazonaws.com")
        answer = events.put_events(Entries=[{"Source": source, "DetailType": detail_type, "Detail": json.dumps(one)}])
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"put the event {one['eventName']}: {answer['Entries']}")
