"""The CDK app: `python -m infra.app` writes cdk.out; cdk.json makes the CDK command line run it."""

import os
import sys

from infra.context import InvalidConfiguration
from infra.synth import synthesise


def main() -> int:
    """Synthesise; a context value that is refused is one sentence and exit code 1.

    Only under the CDK's command line, which may deploy what is made here, is an example's address
    refused: `make synth` by itself reaches no account.
    """
    under_cdk = "CDK_OUTDIR" in os.environ
    try:
        made = synthesise(
            os.environ.get("CDK_OUTDIR", "cdk.out"), examined=True, deployed=under_cdk
        )
    except InvalidConfiguration as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    if not under_cdk:  # it prints the warnings itself
        for stack in made:
            for message in stack.messages:
                sys.stderr.write(f"WARNING: {message.entry.data}\n")
            sys.stdout.write(f"{stack.template_full_path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
