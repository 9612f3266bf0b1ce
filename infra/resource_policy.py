"""Whom the API itself lets in, before any method's authoriser and any function."""

from aws_cdk import aws_iam as iam

from infra import routes

_OTHER_METHODS = ("DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def policy() -> iam.PolicyDocument:
    """Let everybody call what visitors, subjects and staff call, and nothing else.

    What other back ends call is left out: only a role of this account whose own policy allows
    it may. To allow `*` here would let every role of the account ask about people. Whatever is
    read by GET is for everybody, or asks its readers who they are: so an address that is nowhere
    can be answered by a page (functions/pages).

    Raises:
        ValueError: a route for other back ends is a GET, or lies below one for everybody.
    """
    declared = [operation.route for operation in routes.declared()]
    signed = {(r.path, r.method) for r in declared if r.audience == "service"}
    open_to_all = {_beginning(r.path) for r in declared if r.audience != "service"} - {"/"}
    for path, method in signed:
        if method == "GET":
            raise ValueError(f"GET {path} is for other back ends, and everybody may GET")
        if any(path.startswith(beginning) for beginning in open_to_all):
            raise ValueError(f"{path} is for other back ends and lies below a path for everybody")
    allowed = [f"execute-api:/*/*{beginning}*" for beginning in sorted(open_to_all)]
    allowed.append("execute-api:/*/*/")  # the first page, and nothing below it
    allowed.append("execute-api:/*/GET/*")
    # Where only a signed method works, the others still answer that they are wrong.
    allowed += [
        f"execute-api:/*/{method}{path}"
        for path in sorted({path for path, _ in signed})
        for method in _OTHER_METHODS
        if (path, method) not in signed
    ]
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                sid="EverybodyCallsWhatIsForEverybody",
                principals=[iam.AnyPrincipal()],
                actions=["execute-api:Invoke"],
                resources=allowed,
            )
        ]
    )


def _beginning(path: str) -> str:
    """Return the first two steps of a path, neither a parameter: `/v1/consents`, `/assets/`."""
    return "/".join(path.split("/")[:3]).partition("{")[0]
