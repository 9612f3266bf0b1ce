"""Commands that read the API say in a line what is wrong with who answers, whoever that is."""

import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Response

from local import server
from local.serving import serving
from ops import public_api
from ops.__main__ import main

CONSENT = "c_aaaaaaaaaaaaaaaaaaaaaaaaaa"
PAGE = b'{"consent_id": "x", "events": [], "next": "c"}'


@contextmanager
def answering(response: Response) -> Iterator[str]:
    """Somebody who answers everything in one way."""

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        return response(environ, start)

    listening = server.listen(application, 0)
    with serving(listening):
        yield f"http://{server.HOST}:{listening.server_port}"


def cut_off() -> Response:
    response = Response(iter([b'{"events": [']))
    response.headers["Content-Length"] = "1000"
    return response


ANSWERS = {
    "answers something else": (
        Response("<html>Sign in</html>"),
        Response("[]"),
        Response("7"),
        Response('"events next"'),
        Response('{"events": []}'),
        Response(b"[" * 100_000),
        Response(b"\xff"),
    ),
    "broke off its answer": (cut_off(),),
    "answers without an end": (Response(b" " * (public_api.MAX_BYTES + 1)),),
    "gives the same page again": (Response(PAGE),),
    "answered 503: SERVICE UNAVAILABLE": (Response("", 503), Response("[]", 503)),
    "answered 302: ": (Response("", 302, {"Location": "file:///etc/hostname"}),),
    "answered 404: Nothing there.": (Response('{"detail": "Nothing there."}', 404),),
}


@pytest.mark.parametrize(
    ("said", "response"), [(said, each) for said, all_ in ANSWERS.items() for each in all_]
)
def test_who_is_not_the_api_is_said_in_a_line_and_leaves_no_file(
    said: str, response: Response, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bundle.zip"
    with answering(response) as api:
        asked = ["--api", api, "--consent", CONSENT, "--out", str(path)]
        assert main(["evidence", *asked]) == 1
        assert main(["ledger", "verify", "--api", api, CONSENT]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert all(said in each for each in told), told
    assert not path.exists()


@pytest.mark.parametrize(
    "api",
    ["ftp://127.0.0.1", "file:///etc", "nonsense", "http://privacy.example", "http://127.0.0.1.x"],
)
def test_an_address_that_is_not_safe_is_not_called(
    api: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", None)
    out = ["--out", str(tmp_path / "bundle.zip")]
    assert main(["evidence", "--api", api, "--consent", CONSENT, *out]) == 1
    assert "takes https, or http on this machine" in capsys.readouterr().err


def test_where_nothing_can_be_written_or_found_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = ["--out", str(tmp_path / "none" / "bundle.zip")]
    api = ["--api", "https://privacy.example", "--consent", CONSENT]
    assert main(["evidence", *api, *nowhere]) == 1
    assert "No such file or directory" in capsys.readouterr().err
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    month = ["--month", "2026-03", "--out", str(tmp_path / "bundle.zip")]
    for where in (["--table-prefix", "x-"], ["--stack", "privacy-prod"]):
        assert main(["evidence", *where, *month]) == 1
        assert "Set AWS_REGION" in capsys.readouterr().err
    assert main(["ledger", "verify", "--table", "x"]) == 1
    assert "Set AWS_REGION" in capsys.readouterr().err
