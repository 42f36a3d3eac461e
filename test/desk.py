"""The whole of a deployed iamvigil on a desk: the stack, its functions in the emulator, and who listens.

It does what moto does not: polls the events queue and invokes a function, as Lambda's event source mapping would.
"""

import contextlib
from datetime import timedelta
from typing import Any

from aws import AWS, REGION
from emulator import Emulator
from inbox import Inbox, drain
from stack import ROOT, Stack

BOOTSTRAPS = ROOT / "bin" / "lambda"


class Desk:
    """A deployed stack with these parameters. Close it, or use it as a context."""

    def __init__(self, aws: AWS, **parameters: str) -> None:
        self.aws = aws
        self.stack = Stack(aws, **parameters)
        self.inbox = Inbox(self.stack)
        self.sqs = aws.client("sqs")
        self.mapping = self._take_over_mapping()
        self.events_queue = self.stack.outputs["EventsQueueUrl"]
        self._open = contextlib.ExitStack()
        self.environment: dict[str, str] = {}  # of all functions, beside what the stack gives them
        self._warm: dict[str, Emulator] = {}
        self._keys: dict[str, str] = {}

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def pass_days(self, days: float) -> None:
        """Lets so many days pass for the functions and the credential report. What is warm then ends."""
        self.aws.ahead += timedelta(days=days)
        self._open.close()
        self._warm.clear()

    def audit(self) -> dict[str, int]:
        """Looks at the whole account, as the schedule would. Its counts."""
        return self._function("audit").invoke({"source": "schedule"})

    def remediate(self) -> dict[str, Any]:
        """Warns of what is due, and acts on it, as the schedule would. Its counts. The stack must remediate."""
        return self._function("remediate").invoke({"source": "schedule"})

    def turn_switch(self, value: str) -> None:
        """Sets the kill switch, as a person would: with any value but on nothing is changed."""
        name = self.stack.outputs["RemediationSwitchName"]
        self.aws.client("ssm").put_parameter(Name=name, Value=value, Overwrite=True)

    def watch(self, seconds: int = 20) -> Any:
        """Hands what is on the events queue to watch, in one batch; None if nothing came within so many seconds."""
        batch = self.batch(seconds)
        return self.hand_over(batch) if batch["Records"] else None

    def batch(self, seconds: int = 20) -> dict[str, Any]:
        """Takes what is on the events queue, as Lambda's mapping does; waits at most so many seconds for the first."""
        return sqs_event(drain(self.sqs, self.events_queue, seconds), self.mapping)

    def hand_over(self, batch: dict[str, Any]) -> Any:
        """Hands a batch to watch. Its counts."""
        return self._function("watch").invoke(batch)

    def tick(self) -> Any:
        """Starts watch with no event, as its schedule does. Its counts."""
        return self._function("watch").invoke({"source": "schedule"})

    def fresh(self, name: str, **environment: str) -> Emulator:
        """A cold instance of a function in a session of its role, its environment changed. The caller closes it.

        Its clock starts at the account's, unless CLOCK is given.
        """
        configuration = self.stack.function(f"{name.capitalize()}Function")
        bootstrap = BOOTSTRAPS / name / "bootstrap"
        if not bootstrap.exists():
            raise FileNotFoundError(f"{bootstrap}: run make build first")
        session = self.aws.client("sts").assume_role(RoleArn=configuration["Role"], RoleSessionName=name)["Credentials"]
        self._keys[session["AccessKeyId"]] = name
        own = {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }
        environment = self.environment | environment
        if self.aws.ahead:
            own["CLOCK"] = self.aws.now().isoformat()
        return Emulator(bootstrap, configuration, self.aws.endpoint, **own | environment)

    def calls(self, name: str) -> set[str]:
        """The calls to AWS that a function made, like iam:GetUser."""
        return {f"{call.service}:{call.action}" for call in self.aws.calls if self._keys.get(call.key) == name}

    def skip_delay(self) -> None:
        """Lets the events queue hand over at once what it would hold back for some seconds."""
        self.sqs.set_queue_attributes(QueueUrl=self.events_queue, Attributes={"DelaySeconds": "0"})

    def _function(self, name: str) -> Emulator:
        if name not in self._warm:
            self._warm[name] = self._open.enter_context(self.fresh(name))
        return self._warm[name]

    def _take_over_mapping(self) -> dict[str, Any]:
        """The stack's event source mapping, switched off: moto would invoke the function in a container."""
        functions = self.aws.client("lambda")
        (mapping,) = functions.list_event_source_mappings()["EventSourceMappings"]
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        return mapping


def sqs_event(messages: list[dict[str, Any]], mapping: dict[str, Any]) -> dict[str, Any]:
    """The event with which Lambda hands a batch of messages to a function."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message.get("Attributes", {}),
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": mapping["EventSourceArn"],
                "awsRegion": REGION,
            }
            for message in messages
        ]
    }
