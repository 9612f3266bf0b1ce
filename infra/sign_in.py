"""How staff sign in: what console, terminal, user pool and API must all say the same of."""

# What a token must be for: the identifier of the resource server, and the one scope that it has.
RESOURCE, SCOPE_NAME = "privacy", "desk"
SCOPE = f"{RESOURCE}/{SCOPE_NAME}"
# Where Cognito sends the browser back: the console, and ports of the terminal's own machine, of
# which it takes the first that is free. Cognito knows http for `localhost` alone.
CONSOLE_RETURN, CONSOLE_LEFT = "/desk/sign-in", "/desk/signed-out"
LOOPBACK_PORTS = (48713, 48714, 48715)
LOOPBACK_RETURN = "http://localhost:{port}/signed-in"
