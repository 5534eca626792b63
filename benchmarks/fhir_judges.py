"""Three validators of FHIR R4 resources; run by :mod:`benchmarks.ehr_fhir` in a separate environment.

Reads resources from standard input, one JSON object per line, and prints for each a line with the validators that found
an error. The argument is a folder of R4 definitions, one per file.
"""

import contextlib
import json
import os
import sys

import fhirkit
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError
from pyfhircheck import Validator
from pyfhircheck.config import ValidatorConfig


def main(definitions: str) -> None:
    """Validates standard input."""
    settings = {"fhirVersion": "4.0.1", "localPackagePaths": [definitions], "terminology": {"mode": "local"}}
    validator = Validator(ValidatorConfig.load_dict(settings))
    for line in sys.stdin:
        resource = json.loads(line)
        found = []
        # pyfhircheck prints its traces.
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123
            if validator.validate_resource(resource).errors:
                found.append("pyfhircheck")
        if any(str(issue).startswith("error") for issue in fhirkit.validate(resource)):
            found.append("fhirkit")
        try:
            get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        except ValidationError:
            found.append("fhir.resources")
        print(" ".join(found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
