"""What the README has somebody paste is run, in its order, against a server of one's own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
HOST = "http://127.0.0.1:8000"
# A refusal ends it, and is shown.
BEFORE = 'set -e -o pipefail\ncurl() { command curl --fail-with-body "$@"; }\n'


def pasted(base_url: str, folder: Path) -> str:
    """Return the commands of the README's section, for a server elsewhere."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Try it")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)\n```", section, re.DOTALL)
    assert len(blocks) >= 6
    captured = f"ID=$({blocks[0]} | grep -o 'c_[a-z2-7]*' | head -1)"
    script = "\n".join([captured, *blocks[1:]]).replace("\nID=c_…\n", "\n")
    assert "…" not in script
    return (
        script.replace("ops desk ", f"ops desk --url {HOST} ")
        .replace(HOST, base_url)
        .replace(".venv/bin/python", sys.executable)
        .replace("export.zip", str(folder / "export.zip"))
    )


@pytest.mark.skipif(not shutil.which("curl"), reason="the README's commands want curl")
def test_what_the_readme_has_pasted_works(base_url: str, tmp_path: Path) -> None:
    try:
        done = subprocess.run(
            ["bash", "-c", BEFORE + pasted(base_url, tmp_path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        httpx.put(f"{base_url}/_local/clock", json={"now": None}).raise_for_status()
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert '"reason":"granted"' in done.stdout
    assert "csv/enquiry.csv" in done.stdout, "the copy has what was sent"
