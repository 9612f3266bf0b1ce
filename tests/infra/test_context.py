"""Context values: defaults that hold, refusals that name their key in one sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra import synth
from infra.context import EEA, MADE_FOR, Context, InvalidConfiguration, read, rows

ROOT = Path(__file__).parent.parent.parent
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0f0f0f0f-1111-2222-3333-444444444444"


def run(outdir: Path | None = None, **context: object) -> subprocess.CompletedProcess[str]:
    """Run the app with `-c key=value` for each of `context`; with `outdir`, as CDK does."""
    under_cdk = {} if outdir is None else {"CDK_OUTDIR": str(outdir)}
    return subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=ROOT,
        env={**os.environ, **under_cdk, "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_cdk_json_holds_every_key_and_is_accepted() -> None:
    assert set(synth.defaults()) == set(Context.model_fields)
    assert read(synth.defaults()).region == "eu-west-1"


def test_every_key_is_documented() -> None:
    assert [key for key, _ in rows()] == list(Context.model_fields)
    assert all(description.endswith(".") for _, description in rows())


def test_values_from_a_command_line_are_read_as_text() -> None:
    context = read(
        {
            **synth.defaults(),
            "origins": "https://a.example.com,https://b.example.com:8443",
            "rate": "5",
            "alarm_address": "",
        }
    )
    assert context.origins == ("https://a.example.com", "https://b.example.com:8443")
    assert context.rate == 5
    assert context.alarm_address is None


def test_the_keys_of_cdk_itself_are_passed_over() -> None:
    read(
        {**synth.defaults(), "aws:cdk:bundling-stacks": [], "@aws-cdk/core:checkSecretUsage": True}
    )


@pytest.mark.parametrize("region", ["eu-west-2", "eu-central-2", "us-east-1", "eu-moon-1", ""])
def test_a_region_outside_the_eea_is_refused(region: str) -> None:
    """S12. London and Zurich are in Europe, and not in the European Economic Area."""
    with pytest.raises(InvalidConfiguration, match=r'^Context value "region": .*\(promise S12\)'):
        read({**synth.defaults(), "region": region})


@pytest.mark.parametrize("region", sorted(set(EEA) - set(MADE_FOR)))
def test_a_region_that_nobody_tried_is_refused(region: str) -> None:
    """A first deployment is no place to learn what a region lacks."""
    with pytest.raises(
        InvalidConfiguration, match=r'^Context value "region": nobody has tried .*eu-west-1\.$'
    ):
        read({**synth.defaults(), "region": region})


def test_the_one_region_is_inside_the_eea() -> None:
    """S12."""
    assert set(MADE_FOR) <= set(EEA)


def test_the_app_refuses_in_one_sentence_without_a_traceback() -> None:
    """S12."""
    result = run(region="eu-west-2")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "S12" in result.stderr


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("stage", "Prod!"),
        ("stage", ""),
        ("stage", "prod-stores"),
        ("stage", "account"),
        ("stage", "delivery"),
        ("stage", "execution"),
        ("stage", "aws"),
        ("stage", "my-cognito2"),
        ("origins", ""),
        ("origins", []),
        ("origins", "*"),
        ("origins", "http://www.example.com"),
        ("origins", "http://localhost:3000"),
        ("origins", "https://www.example.com/"),
        ("origins", "https://www.example.com' || '1"),
        ("origins", "https://WWW.example.com"),
        ("domain", "https://api.example.com"),
        ("certificate", "mine"),
        ("site", "http://www.example.com"),
        ("site", "https://www.example.com/?a=b"),
        ("mail_sender", "nobody"),
        ("mail_inbox", None),
        ("alarm_address", "a b@example.com"),
        ("regime", "gdpr"),
        ("rate", 0),
        ("rate", "many"),
        ("burst", -1),
        ("log_days", 31),
        ("retention_time", "01:30"),
        ("retention_time", "01:00"),
        ("reminder_time", "01:59"),
        ("reminder_time", "24:00"),
        ("orgins", "https://www.example.com"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence_that_names_its_key(key: str, value: Any) -> None:
    with pytest.raises(InvalidConfiguration) as refused:
        read({**synth.defaults(), key: value})
    sentence = str(refused.value)
    assert f'"{key}"' in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize("key", Context.model_fields)
def test_a_missing_value_is_refused(key: str) -> None:
    values = synth.defaults()
    del values[key]
    with pytest.raises(InvalidConfiguration, match=f'"{key}"'):
        read(values)


@pytest.mark.parametrize(
    "change",
    [
        {"domain": "api.example.com"},
        {"certificate": CERTIFICATE},
        {
            "domain": "api.example.com",
            "certificate": CERTIFICATE.replace("eu-west-1", "us-east-1"),
        },
    ],
)
def test_domain_and_certificate_fit_together(change: dict[str, str]) -> None:
    with pytest.raises(InvalidConfiguration, match="certificate"):
        read({**synth.defaults(), **change})


def test_the_fee_regime_is_warned_about() -> None:
    """S53: the notice still names a fee; the law no longer allows it of everyone."""
    told = {"alarm_address": "ops@example.com"}
    assert read({**synth.defaults(), **told}).warnings == ()
    (warning,) = read({**synth.defaults(), **told, "regime": "dpa_1998"}).warnings
    assert "lawful" in warning


def test_production_does_not_run_by_a_repealed_law() -> None:
    """UK GDPR Art. 12(5): the regime of 1998 is there for what the notice once said."""
    old = read({**synth.defaults(), **OWN, "regime": "dpa_1998"})
    with pytest.raises(InvalidConfiguration, match="not been lawful in the UK"):
        old.deployable()
    old.model_copy(update={"rehearsal": True}).deployable()


def test_alarms_that_nobody_hears_are_warned_about() -> None:
    (warning,) = read(synth.defaults()).warnings
    assert "alarm_address" in warning


OWN = {
    "origins": "https://www.example.com",
    "mail_sender": "privacy@example.com",
    "mail_inbox": "privacy@example.com",
}


@pytest.mark.parametrize("left", OWN)
def test_production_is_not_deployed_with_an_address_that_is_nobodys(left: str) -> None:
    """Its mail could never be proved to come from there (RFC 2606)."""
    own = {**synth.defaults(), **OWN}
    read(own).deployable()
    example = {**own, left: synth.defaults()[left]}
    with pytest.raises(InvalidConfiguration, match=f'"{left}".*rehearsal'):
        read(example).deployable()
    read({**example, "rehearsal": True}).deployable()
    read({**example, "stage": "test"}).deployable()


def test_only_what_may_deploy_refuses_examples(tmp_path: Path) -> None:
    """`make synth` reaches no account, and shows what the defaults come to."""
    refused = run(tmp_path)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "is an example" in refused.stderr


def test_protection_is_for_production() -> None:
    protected = {**synth.defaults(), "protect": True}
    assert read(protected).protected
    assert not read({**protected, "stage": "test"}).protected
    assert not read(synth.defaults()).protected
