"""Who listens: a queue of the driver's own on each of the stack's three topics."""

import dataclasses
import json
from typing import Any

import jsonschema
from stack import ROOT, Stack

SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs" / "findings.schema.json").read_text()))
TOPICS = ("Email", "Chat", "Findings")


@dataclasses.dataclass(frozen=True)
class Message:
    """What one subscriber got."""

    topic: str
    subject: str
    text: str
    attributes: dict[str, Any]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Inbox:
    """What was published, in the order of the topics, since it was last read."""

    def __init__(self, stack: Stack) -> None:
        self.sqs = stack.aws.client("sqs")
        self.queues = {}
        for topic in TOPICS:
            url = self.sqs.create_queue(QueueName=f"inbox-{topic}")["QueueUrl"]
            arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            stack.aws.client("sns").subscribe(TopicArn=stack.outputs[f"{topic}TopicArn"], Protocol="sqs", Endpoint=arn)
            self.queues[topic] = url

    def read(self) -> list[Message]:
        return [message for topic in TOPICS for message in self._take(topic)]

    def _take(self, topic: str) -> list[Message]:
        taken: list[Message] = []
        for received in drain(self.sqs, self.queues[topic]):
            body = json.loads(received["Body"])
            attributes = {k: v["Value"] for k, v in body.get("MessageAttributes", {}).items()}
            taken.append(Message(topic, body.get("Subject", ""), body["Message"], attributes))
            if topic == "Findings":
                SCHEMA.validate(taken[-1].json)
        return taken


def drain(sqs: Any, url: str, seconds: int = 0) -> list[dict[str, Any]]:
    """Takes all messages off a queue; waits at most so many seconds for the first."""
    drained: list[dict[str, Any]] = []
    while True:
        batch = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=0 if drained else seconds,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not batch:
            return drained
        for message in batch:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        drained += batch
