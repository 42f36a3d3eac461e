"""The account of the demo and the tests: real faults, each put there by hand."""

import json
from datetime import UTC, datetime
from typing import Any

import trail
from aws import AWS, PARTITION, Key, ago

ADMINISTRATOR = f"arn:{PARTITION}:iam::aws:policy/AdministratorAccess"
READ_ONLY = f"arn:{PARTITION}:iam::aws:policy/ReadOnlyAccess"
SUPPORT = f"arn:{PARTITION}:iam::aws:policy/AWSSupportAccess"
STRONG_PASSWORDS = {
    "MinimumPasswordLength": 14,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    "PasswordReusePrevention": 24,
    "MaxPasswordAge": 90,
}


def sound(aws: AWS) -> None:
    """An account of two people and a role, in which nothing is wrong that money does not buy."""
    iam = aws.client("iam")
    iam.create_account_alias(AccountAlias="acme-prod")
    iam.update_account_password_policy(**STRONG_PASSWORDS)
    _trail(aws)
    aws.client("account").put_alternate_contact(
        AlternateContactType="SECURITY", Name="Security", Title="Team", EmailAddress="security@acme.example", PhoneNumber="+15550100"
    )
    iam.create_saml_provider(Name="people", SAMLMetadataDocument="<EntityDescriptor/>" * 100)
    iam.create_group(GroupName="engineers")
    iam.attach_group_policy(GroupName="engineers", PolicyArn=READ_ONLY)
    for name in ("alice", "bob"):
        user(aws, name, days=400, console=2, mfa=True, group="engineers")
    role(aws, "app", {"Service": "ec2.amazonaws.com"})
    iam.attach_role_policy(RoleName="app", PolicyArn=SUPPORT)


def faulty(aws: AWS) -> None:
    """The same, and what the years have done to it."""
    sound(aws)
    aws.root.mfa = False
    aws.root.keys.append(Key(ago(900), used=ago(20)))
    user(aws, "carol", days=300, console=1, group="engineers")  # no MFA
    user(aws, "dave", days=700, console=210, mfa=True, keys=[(700, 200)], group="engineers")  # left long ago
    user(aws, "deploy-bot", days=800, keys=[(800, 0.1)], group="engineers", policy=READ_ONLY)  # an old key, a policy of its own
    role(aws, "partner-access", {"AWS": "*"})  # anybody's


def user(
    aws: AWS,
    name: str,
    days: float,
    console: float | None = None,
    mfa: bool = False,
    keys: list[tuple[float, float | None]] | None = None,
    group: str = "",
    policy: str = "",
) -> None:
    """A user so many days old. Console: he has a password, used so many days ago. Keys: their age and last use."""
    iam = aws.client("iam")
    iam.create_user(UserName=name)
    if console is not None:
        iam.create_login_profile(UserName=name, Password="correct-Horse-7-battery")
    if mfa:
        enable_mfa(aws, name)
    now = datetime.now(UTC)  # for all keys, so that those of one age are of one second
    for age, used in keys or []:
        aws.age_key(iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"], age, used, now)
    if group:
        iam.add_user_to_group(UserName=name, GroupName=group)
    if policy:
        iam.attach_user_policy(UserName=name, PolicyArn=policy)
    aws.age_user(name, days, console)


def enable_mfa(aws: AWS, name: str) -> None:
    iam = aws.client("iam")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    iam.enable_mfa_device(
        UserName=name, SerialNumber=device["SerialNumber"], AuthenticationCode1="123456", AuthenticationCode2="654321"
    )


def role(aws: AWS, name: str, principal: dict[str, Any]) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))


def intruder(aws: AWS, actor: str = "deploy-bot", victim: str = "carol") -> list[dict[str, Any]]:
    """Somebody holds the actor's key: makes one for the victim, and makes the victim an administrator.

    The records that CloudTrail writes of it.
    """
    iam = aws.client("iam")
    (held,) = iam.list_access_keys(UserName=actor)["AccessKeyMetadata"]
    identity = trail.user_identity(actor, iam.get_user(UserName=actor)["User"]["UserId"], held["AccessKeyId"])
    key = iam.create_access_key(UserName=victim)["AccessKey"]
    iam.attach_user_policy(UserName=victim, PolicyArn=ADMINISTRATOR)
    told = {"accessKeyId": key["AccessKeyId"], "status": "Active", "userName": victim}
    return [
        trail.record(
            "iam",
            "CreateAccessKey",
            identity,
            seconds_ago=95,
            requestParameters={"userName": victim},
            responseElements={"accessKey": told},
        ),
        trail.record(
            "iam",
            "AttachUserPolicy",
            identity,
            seconds_ago=80,
            requestParameters={"userName": victim, "policyArn": ADMINISTRATOR},
        ),
    ]


def _trail(aws: AWS) -> None:
    aws.client("s3").create_bucket(Bucket="trail")
    trails = aws.client("cloudtrail")
    trails.create_trail(Name="everything", S3BucketName="trail", IsMultiRegionTrail=True)
    everything = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
    trails.put_event_selectors(TrailName="everything", EventSelectors=[everything])  # AWS's default, not moto's
    trails.start_logging(Name="everything")
