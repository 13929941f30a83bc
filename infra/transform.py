"""Prints the CloudFormation, as JSON, that AWS SAM makes of a template; lint.sh checks it. Works offline."""

import json
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

# What `sam deploy` would upload. The transform only asks that the address has the right form.
CODE_URI = "s3://casement-artifacts/function.zip"

# Managed policies that SAM attaches to the roles it makes: it asks IAM for their ARNs, here it is told.
MANAGED_POLICIES = {
    name: f"arn:aws:iam::aws:policy/service-role/{name}"
    for name in ("AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole", "AWSLambdaDynamoDBExecutionRole")
}


def transform(source: str) -> dict:
    template = yaml_parse(source)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = CODE_URI
    return Translator(MANAGED_POLICIES, Parser()).translate(template, parameter_values={})


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        try:
            result = transform(file.read())
        except InvalidDocumentException as error:
            sys.exit("\n".join([error.message, *(cause.message for cause in error.causes)]))
    json.dump(result, sys.stdout, indent=2)
