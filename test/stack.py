"""The stack of template.yaml: transformed as CloudFormation's SAM macro would, and created on a desk."""

import functools
import json
import logging
import pathlib
import warnings
from typing import Any

from aws import AWS
from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform as sam_transform

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAME = "iamvigil"

warnings.filterwarnings("ignore", "Tried to parse")  # moto's server, in a thread of its own, of what it skips


class _NoManagedPolicies:
    """The template names none of AWS's policies by their bare name."""

    def load(self) -> dict[str, str]:
        return {}


def source() -> dict[str, Any]:
    """template.yaml as it is written."""
    return yaml_parse((ROOT / "template.yaml").read_text())


def transformed() -> dict[str, Any]:
    """template.yaml as CloudFormation sees it."""
    return json.loads(_transformed())


@functools.cache
def _transformed() -> str:
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    template = source()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"  # as sam deploy writes it
    return json.dumps(sam_transform(template, {}, _NoManagedPolicies()))


class Stack:
    """A stack, created in an account."""

    def __init__(self, aws: AWS, **parameters: str) -> None:
        self.aws = aws
        template = transformed()
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                resource["Properties"]["Code"] = {"ZipFile": "the emulator runs the built binary"}
        self.cloudformation = aws.client("cloudformation")
        self.cloudformation.create_stack(
            StackName=NAME,
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        )
        (described,) = self.cloudformation.describe_stacks(StackName=NAME)["Stacks"]
        if described["StackStatus"] != "CREATE_COMPLETE":
            raise RuntimeError(f"create the stack: {described['StackStatus']}")
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}

    def function(self, logical_id: str) -> dict[str, Any]:
        """A function's configuration, as Lambda has it: its environment is resolved."""
        name = self.outputs[logical_id + "Name"]
        return self.aws.client("lambda").get_function_configuration(FunctionName=name)

    def granted(self, role_arn: str) -> list[tuple[str, str]]:
        """Each action that a role's own policies allow, conditions aside, with the resource."""
        iam, name = self.aws.client("iam"), role_arn.rsplit("/", 1)[-1]
        pairs = []
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                if statement["Effect"] != "Allow":
                    continue
                for action in _as_list(statement["Action"]):
                    pairs += [(action, resource) for resource in _as_list(statement["Resource"])]
        return pairs


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
