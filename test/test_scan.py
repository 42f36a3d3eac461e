"""The CLI over moto: a live scan, and an offline one of what the AWS CLI would have printed, find the same."""

import base64
import json
import os
import pathlib
import subprocess
from datetime import datetime
from typing import Any

import accounts
from aws import AWS, REGION, ago

PROGRAM = pathlib.Path(__file__).parent.parent / "bin" / "iamvigil"
FINDINGS = 3  # exit status
SECONDS = 60


def scan(aws: AWS, *args: str) -> dict[str, Any]:
    """The JSON of a scan."""
    ran = subprocess.run(
        [PROGRAM, "scan", "--format=json", *args],
        env=os.environ | {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_REGION": REGION},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (FINDINGS, b""), ran
    return json.loads(ran.stdout)


def save(folder: pathlib.Path, file: str, *answers: dict[str, Any]) -> None:
    """Answers as the AWS CLI prints them, one after the other."""

    def plain(value: Any) -> str:
        return value.isoformat() if isinstance(value, datetime) else base64.b64encode(value).decode()

    for answer in answers:
        answer.pop("ResponseMetadata", None)
    (folder / file).write_text("\n".join(json.dumps(a, default=plain, indent=4) for a in answers))


def dump(aws: AWS, folder: pathlib.Path) -> None:
    """The account as a folder of AWS CLI outputs. The CLI joins pages, and decodes documents as boto3 does."""
    iam = aws.client("iam")
    details = iam.get_paginator("get_account_authorization_details")
    save(folder, "account-authorization-details.json", details.paginate().build_full_result())
    save(folder, "account-summary.json", iam.get_account_summary())
    save(folder, "account-password-policy.json", iam.get_account_password_policy())
    save(folder, "account-aliases.json", iam.list_account_aliases())
    devices = iam.get_paginator("list_virtual_mfa_devices")
    save(folder, "virtual-mfa-devices.json", devices.paginate().build_full_result())
    names = [user["UserName"] for user in iam.list_users()["Users"]]
    save(folder, "mfa-devices.json", *(iam.list_mfa_devices(UserName=name) for name in names))
    save(folder, "access-keys.json", *(iam.list_access_keys(UserName=name) for name in names))
    save(folder, "server-certificates.json", iam.list_server_certificates())
    save(folder, "saml-providers.json", iam.list_saml_providers())
    save(folder, "open-id-connect-providers.json", iam.list_open_id_connect_providers())
    save(folder, "service-specific-credentials.json", iam.list_service_specific_credentials(AllUsers=True))
    save(folder, "analyzers.json", aws.client("accessanalyzer").list_analyzers())
    save(folder, "organization.json", {})
    contact = aws.client("account").get_alternate_contact(AlternateContactType="SECURITY")
    save(folder, "alternate-contact.json", contact)
    iam.generate_credential_report()
    (folder / "credential-report.csv").write_bytes(iam.get_credential_report()["Content"])


def compared(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings, without the time of their evidence, of which a folder knows nothing."""
    for finding in report["findings"]:
        del finding["evidence"]["as_of"]
    return report["findings"]


def test_live_and_offline_agree_to_the_last_finding(aws: AWS, tmp_path: pathlib.Path) -> None:
    accounts.faulty(aws)
    accounts.user(aws, "erin", days=500, keys=[(500, None), (3, 1)], policy=accounts.ADMINISTRATOR)
    now = f"--now={ago(0).isoformat()}"
    dump(aws, tmp_path)
    live, offline = scan(aws, now), scan(aws, now, str(tmp_path))
    assert len(live["findings"]) > 10
    assert compared(live) == compared(offline)
    assert live["gaps"] == []
    assert {gap["fact"] for gap in offline["gaps"]} == {"analyzer-findings", "trails"}
    unseen = {"analyzer-findings": 1, "trail-management-events": 1}
    assert live["passed"] == offline["passed"] | unseen
