"""iamvigil deployed on this machine: a night's audit of an account with real faults, then an intruder.

The stack comes from template.yaml, the functions run in AWS's own runtime emulator, the messages are what subscribers
of the three topics get. Nothing leaves the machine, and nothing is left running.
"""

import os
import signal
import sys
import textwrap
import time
from typing import Any

import accounts
import trail
from aws import ACCOUNT, AWS
from desk import Desk
from inbox import Message

WIDTH = 100
STYLED = sys.stdout.isatty() and "NO_COLOR" not in os.environ
BOLD, DIM, PLAIN = ("\033[1m", "\033[2m", "\033[0m") if STYLED else ("", "", "")


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are started ignoring it
    started = time.monotonic()
    try:
        with AWS() as aws:
            play(aws)
    except KeyboardInterrupt:
        print("\nStopped. Nothing is left running.")
        return 130
    print(f"\n{DIM}{time.monotonic() - started:.0f} seconds. Nothing is left running.{PLAIN}")
    return 0


def play(aws: AWS) -> None:
    heading("An account", f"emulated on this machine, number {ACCOUNT}")
    accounts.faulty(aws)
    say(
        "Root has an old access key and no MFA. Carol signs in with a password alone. Dave left months ago; his"
        " password and his key did not. A robot's key is two years old. Anybody in the world may use one of the roles."
    )
    heading("The stack", "created from template.yaml")
    with Desk(aws, NotificationEmail="security@example.com") as desk:
        say("Its functions run in AWS's Lambda runtime emulator. We listen on its topics.")
        heading("The night's audit")
        report(*timed(desk.audit))
        show(desk.inbox.read())
        heading("The same again", "nothing has changed, so nothing is said")
        report(*timed(desk.audit))
        show(desk.inbox.read())
        heading("An intruder", "holds the robot's key, makes one for Carol, and makes her an administrator")
        events = accounts.intruder(aws)
        trail.deliver(aws, *events)
        say(
            f"CloudTrail's {len(events)} events are on the event bus. The template's own rule sends them to the queue,"
            " which holds them back for 15 seconds, until IAM answers with what was changed."
        )
        batch = desk.batch()
        report(*timed(lambda: desk.hand_over(batch)))
        show(desk.inbox.read())


def timed(run: Any) -> tuple[dict[str, int], float]:
    started = time.monotonic()
    return run(), time.monotonic() - started


def report(counts: dict[str, Any], seconds: float) -> None:
    told = ", ".join(f"{counts[what]} {what}" for what in ("findings", "new", "resolved", "gaps", "alerts"))
    print(f"  {DIM}{told}; {seconds:.1f} s{PLAIN}", flush=True)


def show(messages: list[Message]) -> None:
    for message in messages:
        match message.topic:
            case "Email":
                letter("E-mail", message.subject, message.text)
            case "Chat":
                letter("Chat", message.json["content"]["title"], message.json["content"]["description"])
    programs = [m for m in messages if m.topic == "Findings"]
    if programs:
        severities = ", ".join(m.attributes["severity"] for m in programs)
        size = sum(len(m.text) for m in programs)
        letter("Programs", f"{size:,} bytes of JSON, a message for each severity: {severities}", "")
    if not messages:
        say("No message.")


def letter(kind: str, subject: str, text: str) -> None:
    print(f"\n  {kind:<9}{BOLD}{subject}{PLAIN}")
    for line in text.rstrip().splitlines():
        print(f"  {DIM}│{PLAIN} {line}".rstrip())
    sys.stdout.flush()


def heading(title: str, about: str = "") -> None:
    print(f"\n{BOLD}{title}{PLAIN}" + (f", {about}" if about else ""), flush=True)


def say(text: str) -> None:
    print(textwrap.indent(textwrap.fill(text, WIDTH - 2), "  "), flush=True)


if __name__ == "__main__":
    sys.exit(main())
