"""Checks what CloudFormation will be given: transforms template.yaml as SAM does, lints the result, and checks every
policy in it for actions, resources and condition keys that IAM does not know.

Usage: check_template.py TEMPLATE RESULT
Writes the transformed template to RESULT; prints a line for each fault, and ends with 1 if there is any.
"""

import json
import logging
import os
import subprocess
import sys

logging.disable(logging.WARNING)
# The transform and the linter look at a region, and call nothing there.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from parliament import analyze_policy_string  # noqa: E402
from samtranslator.model.exceptions import InvalidDocumentException  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:us-east-1:111122223333:table/people",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:111122223333:log-group:people:log-stream:one",
    "AWS::S3::Bucket": "arn:aws:s3:::people",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:111122223333:people",
}


class NoManagedPolicies:
    """The template names no policy of AWS by its short name."""

    def load(self):
        return {}


def transformed(path):
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # `sam deploy` uploads the folder and writes the object's place here.
            resource["Properties"]["CodeUri"] = "s3://bucket/object"
    return transform(template, {}, NoManagedPolicies())


def lint(result):
    linter = os.path.join(os.path.dirname(sys.executable), "cfn-lint")
    run = subprocess.run([linter, "--format", "parseable", result], capture_output=True, text=True, check=False)
    return (run.stdout + run.stderr).splitlines() if run.returncode else []


def policies(resources):
    """Every policy document with the name of its resource."""
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", []) if isinstance(policy, dict)]
        documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        for document in documents:
            yield name, document


def with_arns(value, resources):
    """The value with an ARN in place of each intrinsic function."""
    arn = lambda name: ARNS[resources[name]["Type"]]
    if isinstance(value, list):
        return [with_arns(item, resources) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::GetAtt" in value:
        return arn(value["Fn::GetAtt"][0])
    if "Fn::Sub" in value:
        text = value["Fn::Sub"].replace("${AWS::Partition}", "aws")
        for name in resources:
            if "${" + name + ".Arn}" in text:
                text = text.replace("${" + name + ".Arn}", arn(name))
        return text
    if "Ref" in value:
        return "111122223333"
    return {key: with_arns(item, resources) for key, item in value.items()}


def policy_faults(resources):
    for name, document in policies(resources):
        findings = analyze_policy_string(json.dumps(with_arns(document, resources))).findings
        # An unknown condition is told of each action that its statement is about.
        details = {f"{finding.issue}: {finding.detail}".split(" for action ")[0] for finding in findings}
        yield from (f"{name}: {detail}" for detail in sorted(details))


def main(path, result):
    try:
        output = transformed(path)
    except InvalidDocumentException as error:
        print("\n".join(str(cause.message) for cause in error.causes))
        return 1
    with open(result, "w", encoding="utf-8") as file:
        json.dump(output, file, indent=2)
    faults = lint(result) + list(policy_faults(output["Resources"]))
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
