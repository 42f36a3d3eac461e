"""AWS on a desk: moto's server on a free loopback port, in this process, with what moto lacks.

Added to moto: root's credentials, a credential report with a root row and real dates, pages of
GetAccountAuthorizationDetails, service-specific credentials, IAM Access Analyzer, CloudTrail's LookupEvents, the account
in an event's envelope, AWS::NoValue in a list of a template, the tokens of DynamoDB's transactions, and AWS's answer to a call that
moto does not know (moto's own is 500, which an SDK retries). Nothing here knows iamvigil.
"""

import contextlib
import dataclasses
import json
import logging
import os
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

os.environ.update(
    AWS_ACCESS_KEY_ID="AKIAIOSFODNN7DRIVER0",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_DEFAULT_REGION="us-east-1",
    MOTO_IAM_LOAD_MANAGED_POLICIES="true",
)

# These read the environment above.
import boto3
from moto.cloudformation import parsing as cloudformation_parsing
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.core.responses import ActionResult, BaseResponse
from moto.dynamodb.responses import DynamoHandler
from moto.events.utils import EventTemplateParser
from moto.iam import models as iam_models
from moto.iam.models import AccessKeyLastUsed, IAMBackend, iam_backends
from moto.iam.models import User as MotoUser
from moto.iam.responses import IamResponse
from moto.moto_api._internal import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import ThreadedMotoServer

REGION = "us-east-1"
PARTITION = "aws"
MANAGED_POLICIES = ("AWSSupportAccess", "AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "SecurityAudit")  # of some 1,400
REPORT_KEPT = timedelta(hours=4)  # AWS makes no new credential report as long as it has a younger one
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)


def ago(days: float, now: datetime | None = None) -> datetime:
    """The whole second that is so many days ago; a credential report knows no fractions."""
    return (now or datetime.now(UTC)).replace(microsecond=0) - timedelta(days=days)


def analyzer(name: str, kind: str) -> dict[str, Any]:
    """An active analyzer of IAM Access Analyzer."""
    arn = f"arn:{PARTITION}:access-analyzer:{REGION}:{ACCOUNT}:analyzer/{name}"
    return {"arn": arn, "name": name, "type": kind, "status": "ACTIVE", "createdAt": ago(300).isoformat(), "tags": {}}


@dataclasses.dataclass
class Key:
    """An access key of root's, which moto does not have."""

    created: datetime
    used: datetime | None = None


@dataclasses.dataclass(frozen=True)
class Call:
    """A call that someone made: the access key that signed it, and what it was."""

    key: str
    service: str
    action: str


@dataclasses.dataclass
class Root:
    """The root user's credentials."""

    created: datetime = dataclasses.field(default_factory=lambda: ago(2000))
    password: bool = True
    password_used: datetime | None = None
    mfa: bool = True
    keys: list[Key] = dataclasses.field(default_factory=list)


class AWS:
    """One account in one Region. Close it, or use it as a context."""

    def __init__(self) -> None:
        for name in ("werkzeug", "moto"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self.server.start()
        self.endpoint = "http://{}:{}".format(*self.server.get_host_and_port())
        self._clients: dict[str, Any] = {}
        self.reset()

    def __enter__(self) -> "AWS":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()

    def reset(self) -> None:
        """An empty account, whose root has a password, MFA and no keys."""
        moto_api_backend.reset()
        self.ahead = timedelta()  # how far the account's clock is ahead of the real one
        self.root = Root()
        self.report: tuple[datetime, str] | None = None
        self.calls: list[Call] = []
        self.transactions: dict[str, ActionResult] = {}  # of DynamoDB, by their tokens
        self.denied: set[str] = set()
        self.service_credentials: dict[str, list[dict[str, Any]]] = {}  # as IAM lists them, by user
        self.analyzers = [analyzer("account", "ACCOUNT")]  # as IAM Access Analyzer lists them
        self.analyzer_findings: dict[str, list[dict[str, Any]]] = {}  # active ones, by the analyzer's ARN
        self.history: list[dict[str, Any]] = []  # the CloudTrail records that LookupEvents gives, oldest first
        self.page_size = 1000  # AWS may return fewer than it is asked for
        _serving.aws = self

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(service, endpoint_url=self.endpoint, region_name=REGION)
        return self._clients[service]

    def now(self) -> datetime:
        """What the account's clock shows. It is the one of credential reports alone: moto stamps by the real one."""
        return datetime.now(UTC).replace(microsecond=0) + self.ahead

    @property
    def iam(self) -> IAMBackend:
        """What moto holds of IAM, to give it a past."""
        return iam_backends[ACCOUNT][PARTITION]

    def age_user(self, name: str, days: float, password_used: float | None = None) -> None:
        """Makes a user so many days old, and his password last used so many days ago."""
        user = self.iam.users[name]
        user.create_date = ago(days)
        user.password_last_used = None if password_used is None else ago(password_used)

    def age_key(self, key_id: str, days: float, used: float | None = None, now: datetime | None = None) -> None:
        """Makes an access key so many days old, and last used so many days ago."""
        key = self.iam.access_keys[key_id]
        key.create_date = ago(days, now)
        key.last_used = None if used is None else AccessKeyLastUsed(ago(used, now), "s3", REGION)

    def forget_report(self) -> None:
        """Lets four hours pass for the credential report."""
        self.report = None
        self.iam.credential_report = None

    def deny(self, *actions: str) -> None:
        """Refuses these calls, like GetCredentialReport, to everyone."""
        self.denied.update(actions)

    def credential_report(self) -> tuple[datetime, str]:
        """The report and when it was made."""
        if self.report is None or self.report[0] < self.now() - REPORT_KEPT:
            rows = [COLUMNS, _row(*_root_fields(self.root))]
            rows += [_row(*_user_fields(user)) for user in self.iam.users.values()]
            self.report = self.now(), "\n".join(rows)
        return self.report


class _Serving:
    """Whose account the server in this process shows: moto's own state is one per process, too."""

    aws: AWS


_serving = _Serving()


def _row(*fields: str | bool | datetime | None) -> str:
    def text(field: str | bool | datetime | None) -> str:
        match field:
            case None:
                return "N/A"
            case bool():
                return str(field).lower()
            case datetime():
                return field.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        return field

    return ",".join(text(field) for field in fields)


def _key_fields(created: datetime | None, active: bool, used: datetime | None) -> list[Any]:
    return [active, created, used, REGION if used else None, "s3" if used else None]


def _root_fields(root: Root) -> list[Any]:
    fields: list[Any] = ["<root_account>", f"arn:{PARTITION}:iam::{ACCOUNT}:root", root.created]
    used = root.password_used or ("no_information" if root.password else None)
    fields += [root.password, used, root.created if root.password else None, "not_supported", root.mfa]
    for key in [*root.keys, None, None][:2]:
        fields += _key_fields(key and key.created, key is not None, key and key.used)
    return [*fields, False, None, False, None]


def _user_fields(user: MotoUser) -> list[Any]:
    fields: list[Any] = [user.name, user.arn, user.create_date, user.password is not None]
    if user.password is None:
        fields += [None, None, None]
    else:
        fields += [user.password_last_used or "no_information", user.create_date, None]
    fields.append(bool(user.mfa_devices))
    for key in [*user.access_keys, None, None][:2]:
        if key is None:
            fields += _key_fields(None, False, None)
        else:
            used = key.last_used.timestamp if key.last_used else None
            fields += _key_fields(key.create_date, key.status == "Active", used)
    return [*fields, False, None, False, None]


def _get_credential_report(self: IamResponse) -> ActionResult:
    self.backend.get_credential_report()  # fails where none was asked for
    made, text = _serving.aws.credential_report()
    return ActionResult({"Content": text, "ReportFormat": "text/csv", "GeneratedTime": made})


def _get_account_summary(self: IamResponse) -> ActionResult:
    root = _serving.aws.root
    summary = self.backend.get_account_summary().summary_map | {
        "AccountMFAEnabled": int(root.mfa),
        "AccountPasswordPresent": int(root.password),
        "AccountAccessKeysPresent": int(bool(root.keys)),
        "AccountSigningCertificatesPresent": 0,
    }
    return ActionResult({"SummaryMap": summary})


def _get_account_authorization_details(self: IamResponse) -> ActionResult:
    details = self.backend.get_account_authorization_details(self._get_param("Filter", []))
    for role in details["roles"]:  # those of a stack keep their documents as objects, on which moto stumbles
        role.policies = {name: d if isinstance(d, str) else json.dumps(d) for name, d in role.policies.items()}
    everything = [("UserDetailList", user) for user in details["users"]]
    everything += [("GroupDetailList", group) for group in details["groups"]]
    everything += [("RoleDetailList", role) for role in details["roles"]]
    everything += [("Policies", policy) for policy in details["managed_policies"] if _is_shown(policy)]
    start = int(self._get_param("Marker", 0))
    end = start + min(int(self._get_param("MaxItems", 100)), _serving.aws.page_size)
    page: dict[str, Any] = {"IsTruncated": end < len(everything)}
    if page["IsTruncated"]:
        page["Marker"] = str(end)
    for kind, item in everything[start:end]:
        page.setdefault(kind, []).append(item)
    return ActionResult(page)


def _list_service_specific_credentials(self: IamResponse) -> ActionResult:
    by_user = _serving.aws.service_credentials
    if self._get_bool_param("AllUsers"):
        credentials = [credential for user in self.backend.users for credential in by_user.get(user, [])]
    else:
        credentials = by_user.get(self.backend.get_user(self._get_param("UserName")).name, [])
    return ActionResult({"ServiceSpecificCredentials": credentials, "IsTruncated": False})


def _lookup_events(self: CloudTrailResponse) -> str:
    """Events by one attribute, the newest first. Enough for a desk: all on one page."""
    wanted = {a["AttributeKey"]: a["AttributeValue"] for a in self._get_param("LookupAttributes") or []}
    answers = []
    for record in reversed(_serving.aws.history):
        named = [str(v) for v in (record["requestParameters"] or {}).values()]
        about = {"EventName": [record["eventName"]], "EventId": [record["eventID"]], "ResourceName": named}
        if all(value in about[key] for key, value in wanted.items()):
            at = datetime.fromisoformat(record["eventTime"]).timestamp()
            answers.append({"EventId": record["eventID"], "EventTime": at, "CloudTrailEvent": json.dumps(record)})
    return json.dumps({"Events": answers})


_moto_application = DomainDispatcherApplication.__call__


def _application(self: DomainDispatcherApplication, environ: dict[str, Any], start_response: Any) -> Any:
    """Answers for IAM Access Analyzer, of which moto has nothing."""
    _, _, scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")
    key, *_, service, _ = [*scope.partition(",")[0].split("/"), "", ""][:5]
    if service != "access-analyzer":
        return _moto_application(self, environ, start_response)
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    aws, finds = _serving.aws, environ["REQUEST_METHOD"] == "POST"
    action = "ListFindingsV2" if finds else "ListAnalyzers"
    aws.calls.append(Call(key, service, action))
    if action in aws.denied:
        status, answer = "403 Forbidden", {"message": f"User is not authorized to perform: {service}:{action}"}
    elif finds:
        status, answer = "200 OK", {"findings": aws.analyzer_findings.get(json.loads(body)["analyzerArn"], [])}
    else:
        status, answer = "200 OK", {"analyzers": aws.analyzers}
    text = json.dumps(answer).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(text)))]
    if status != "200 OK":
        headers.append(("x-amzn-ErrorType", "AccessDeniedException"))
    start_response(status, headers)
    return [text]


def _is_shown(policy: Any) -> bool:
    """Of AWS's own policies, those that are attached."""
    return not policy.arn.startswith(f"arn:{PARTITION}:iam::aws:") or policy.attachment_count > 0


_moto_transact_write_items = DynamoHandler.transact_write_items


def _transact_write_items(self: DynamoHandler) -> ActionResult:
    """Carries a transaction out once, however often it comes: an SDK that got no answer sends it again."""
    done, token = _serving.aws.transactions, self.body["ClientRequestToken"]
    if token not in done:
        done[token] = _moto_transact_write_items(self)
    return done[token]


_moto_clean_json = cloudformation_parsing.clean_json


def _clean_json(value: Any, resources: Any) -> Any:
    """A template's value, resolved. AWS::NoValue leaves nothing in a list, where moto would leave None."""
    cleaned = _moto_clean_json(value, resources)
    return [item for item in cleaned if item is not None] if isinstance(value, list) else cleaned


_moto_call_action = BaseResponse.call_action
_one_at_a_time = threading.RLock()


def _call_action(self: BaseResponse) -> Any:
    aws, action = _serving.aws, self._get_action()
    aws.calls.append(Call(self.get_access_key(), self.service_name, action))
    if action in aws.denied:
        return _refusal(self, 403, "AccessDenied", f"User is not authorized to perform: {self.service_name}:{action}")
    # Moto is not made for callers at a time; who waits for a message must not hold up who sends it.
    with contextlib.nullcontext() if action == "ReceiveMessage" else _one_at_a_time:
        try:
            return _moto_call_action(self)
        except NotImplementedError:
            return _refusal(self, 400, "InvalidAction", f"Could not find operation {action}")


def _refusal(self: BaseResponse, status: int, code: str, message: str) -> Any:
    if self.headers.get("X-Amz-Target"):
        return status, {}, json.dumps({"__type": code, "message": message})
    body = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return status, {}, f"<ErrorResponse>{body}<RequestId>desk</RequestId></ErrorResponse>"


_known = json.loads(iam_models.aws_managed_policies_data)
iam_models.aws_managed_policies_data = json.dumps({name: _known[name] for name in MANAGED_POLICIES})
cloudformation_parsing.clean_json = _clean_json
BaseResponse.call_action = _call_action
DomainDispatcherApplication.__call__ = _application
DynamoHandler.transact_write_items = _transact_write_items
CloudTrailResponse.lookup_events = _lookup_events
IamResponse.get_credential_report = _get_credential_report
IamResponse.get_account_summary = _get_account_summary
IamResponse.get_account_authorization_details = _get_account_authorization_details
IamResponse.list_service_specific_credentials = _list_service_specific_credentials
EventTemplateParser.DEFAULT_EVENT_INPUT_TEMPLATE = EventTemplateParser.DEFAULT_EVENT_INPUT_TEMPLATE.replace(
    '"version": "0"', '"version": "0", "account": "<account>"'
)
