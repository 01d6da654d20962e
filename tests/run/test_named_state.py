"""A state that auditor.toml names: judged as `--state` is, or used to find code in the account."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.cli import run
from auditor.run import load

CODE = """\
resource "aws_s3_bucket" "this" {
  for_each      = toset(["a"])
  bucket_prefix = "data-"
}
"""
STATE = {
    "version": 4,
    "resources": [
        {
            "mode": "managed",
            "type": "aws_s3_bucket",
            "name": "this",
            "instances": [
                {
                    "index_key": "a",
                    "attributes": {
                        "bucket": "data-1",
                        "id": "data-1",
                        "arn": "arn:aws:s3:::data-1",
                    },
                }
            ],
        }
    ],
}
RULE = "ENC-S3-TLS-ONLY"
PROD = '[environments.prod]\nroots = ["infra"]\n'


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A repository with a root module and its state, which is the working folder."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/main.tf").write_text(CODE)
    (tmp_path / "infra/prod.tfstate").write_text(json.dumps(STATE))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(project: Path, text: str) -> None:
    (project / "auditor.toml").write_text(text)


def scan(*arguments: str) -> int:
    return run(["scan", "--rule", RULE, "--env", "prod", *arguments])


class TestJudged:
    def test_as_with_the_option(self, project, capsys):
        settings(project, PROD + 'state = "infra/prod.tfstate"\n')
        assert scan("--source", "state") == 1
        named = capsys.readouterr().out
        assert '  aws_s3_bucket.this["a"] has no policy that denies requests without TLS\n' in named
        assert "    infra/main.tf:1:1\n" in named
        assert "in prod: infra/prod.tfstate, state" in named
        assert scan("--state", "infra/prod.tfstate") == 1
        given = capsys.readouterr().out
        assert named.rpartition(", ")[0] == given.rpartition(", ")[0]  # all but the seconds

    def test_the_file_may_lie_beside_settings_elsewhere(self, project, monkeypatch, capsys):
        """The path starts at the settings file, not at the working folder."""
        settings(project, PROD + 'state = "infra/prod.tfstate"\nsource = "state"\n')
        monkeypatch.chdir(project / "infra")
        assert scan("..") == 1
        assert "1 verdict on 1 resource in prod: infra/prod.tfstate, state" in (
            capsys.readouterr().out
        )

    def test_an_environment_without_code(self, project, capsys):
        settings(project, '[environments.prod]\nstate = "infra/prod.tfstate"\nroots = ["x"]\n')
        (project / "x").mkdir()
        assert scan("--source", "state") == 1
        assert "The code of the state is not at hand" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("state", "because"),
        [
            ('"gone.tfstate"', "cannot read "),
            ('"infra/main.tf"', "is not JSON, so no state"),
            ('"terraform"', "Run `terraform -chdir=infra state pull > prod.tfstate` and give"),
        ],
    )
    def test_one_that_cannot_be_read_is_a_part_not_read(self, project, capsys, state, because):
        settings(project, PROD + f"state = {state}\n")
        assert scan("--source", "state") == 3
        out = capsys.readouterr().out
        (line,) = [line for line in out.splitlines() if line.startswith("  the state of prod, ")]
        assert because in line
        assert line.endswith("  auditor.toml:3")
        assert "0 failed · 1 undetermined" in out

    def test_code_is_judged_without_it(self, project, capsys):
        """A state lies in few checkouts: that it is not there stops nobody who does not ask."""
        settings(project, PROD + 'state = "gone.tfstate"\n')
        assert scan() == 1

    def test_none_is_named(self, project, capsys):
        settings(project, PROD)
        assert scan("--source", "state") == 2
        assert capsys.readouterr().err == (
            "auditor: no state is named for prod: give --state FILE, or write state = … in "
            "auditor.toml\n"
        )

    def test_it_is_of_one_root(self, project, capsys):
        (project / "more").mkdir()
        (project / "more/main.tf").write_text(CODE)
        settings(
            project,
            '[environments.prod]\nroots = ["infra", "more"]\nstate = "infra/prod.tfstate"\n',
        )
        assert scan("--source", "state") == 2
        assert capsys.readouterr().err.startswith(
            "auditor: auditor.toml:3: a state is of one root module, and prod has 2: "
        )

    def test_it_does_not_leave_the_repository(self, project, capsys):
        settings(project, PROD + 'state = "../prod.tfstate"\n')
        assert scan() == 2
        assert "auditor.toml:3: environments.prod.state: ../prod.tfstate leads out of" in (
            capsys.readouterr().err
        )

    def test_a_file_and_an_account_are_two_questions(self, project, capsys):
        assert run(["scan", "--state", "infra/prod.tfstate", "--source", "live"]) == 2
        assert "say --source all to see it beside the account" in capsys.readouterr().err


class TestInAnAccount:
    @pytest.fixture
    def account(self, project, aws_endpoint, aws_client) -> str:
        """The settings' part about an account that has the bucket and a bucket of states."""
        s3 = aws_client("s3", "eu-west-1")
        here = {"LocationConstraint": "eu-west-1"}
        for bucket in ("data-1", "states"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=here)
        s3.put_object(Bucket="states", Key="env:/blue/p.tfstate", Body=json.dumps(STATE).encode())
        return f'aws = {{ regions = ["eu-west-1"], endpoint_url = "{aws_endpoint}" }}\n'

    def test_code_is_found_by_the_id_that_its_state_knows(self, project, account, capsys):
        """The bucket's name is made up by AWS: without the state nobody can tell which it is."""
        settings(project, PROD + account)
        scan("--source", "all", "--output", "without.json")
        without = load((project / "without.json").read_bytes(), "without")
        assert [u.address for u in without.unmatched] == ['aws_s3_bucket.this["a"]']
        settings(project, PROD + account + 'state = "infra/prod.tfstate"\n')
        scan("--source", "all", "--output", "with.json")
        found = load((project / "with.json").read_bytes(), "with")
        assert found.unmatched == []
        assert [(s.address, s.live_address, s.state) for s in found.sides] == [
            ('aws_s3_bucket.this["a"]', "aws_s3_bucket.data-1", "open_on_both")
        ]
        assert found.sources[0].how.endswith(
            "; found in its account by the state infra/prod.tfstate"
        )

    def test_an_address_that_moved_since(self, project, account):
        (project / "infra/main.tf").write_text(
            CODE.replace('"this"', '"that"')
            + "moved {\n  from = aws_s3_bucket.this\n  to = aws_s3_bucket.that\n}\n"
        )
        settings(project, PROD + account + 'state = "infra/prod.tfstate"\n')
        scan("--source", "all", "--output", "run.json")
        found = load((project / "run.json").read_bytes(), "run")
        assert [s.address for s in found.sides] == ['aws_s3_bucket.that["a"]']

    def test_a_state_that_was_to_help_and_could_not_is_told(self, project, account, capsys):
        settings(project, PROD + account + 'state = "gone.tfstate"\n')
        assert scan("--source", "all") == 3
        assert "  error    auditor.toml:4: Not read: the state of prod, gone.tfstate\n" in (
            capsys.readouterr().out
        )

    def test_in_s3_with_a_workspace(self, project, account, capsys):
        state = 'state = { s3 = { bucket = "states", key = "p.tfstate", region = "eu-west-1" } }\n'
        settings(project, PROD + account + state)
        assert scan("--source", "state", "--workspace", "blue") == 1
        out = capsys.readouterr().out
        assert "in prod: s3://states/env:/blue/p.tfstate, state" in out
        assert "\n  warning  The code of the state is not at hand" not in out
        assert scan("--source", "state") == 3
        assert (
            "  the state of prod, s3://states/p.tfstate: there is no such object (NoSuchKey): "
            "correct the bucket, key or workspace  auditor.toml:4\n"
        ) in capsys.readouterr().out

    def test_an_option_s_state_beside_the_account(self, project, account, capsys):
        settings(project, PROD + account)
        scan("--state", "infra/prod.tfstate", "--source", "all")
        assert "CODE AND LIVE  1 open on both\n" in capsys.readouterr().out

    def test_an_environment_without_code_has_an_account(self, project, account, capsys):
        settings(project, "[environments.prod]\n" + account)
        (project / "infra/main.tf").unlink()
        assert scan("--source", "live") == 1
        captured = capsys.readouterr()
        assert "prod: aws:123456789012, live" in captured.out
        assert captured.err == "environment: prod, as auditor.toml:1 says, without code\n"
        assert scan() == 2
        assert capsys.readouterr().err == (
            "auditor: auditor.toml:1: no Terraform was found here for the environment prod. Say "
            "where its root module is, in [environments.prod]:\n"
            'roots = ["path/to/its/root"]\n'
            "or look at its account alone with --source live\n"
        )

    def test_an_object_is_no_file_of_the_repository(self, project, account):
        state = 'state = { s3 = { bucket = "states", key = "p.tfstate", region = "eu-west-1" } }\n'
        settings(project, "[environments.prod]\n" + account + state)
        (project / "infra/main.tf").unlink()
        scan("--source", "state", "--workspace", "blue", "--output", "run.json")
        found = load((project / "run.json").read_bytes(), "run")
        (resource,) = found.resources
        assert resource.location is None
        assert [(p.code, p.location) for p in found.problems] == [("code-not-found", None)]


class TestComments:
    def test_a_comment_in_the_code_is_honoured_in_its_state(self, project, capsys):
        (project / "infra/main.tf").write_text(f'# auditor:ignore {RULE} reason="r"\n{CODE}')
        assert run(["scan", "infra", "--rule", RULE, "--state", "infra/prod.tfstate"]) == 0
        assert "  1 finding   ENC-S3-TLS-ONLY: r  infra/main.tf:1:1\n" in capsys.readouterr().out

    def test_a_comment_that_an_environment_does_not_need(self, project, capsys):
        """Another may: they can share the code."""
        (project / "infra/main.tf").write_text(f'# auditor:ignore {RULE} reason="r"\nlocals {{}}\n')
        settings(project, PROD + 'state = "infra/prod.tfstate"\nsource = "state"\n')
        scan("--output", "run.json")
        found = load((project / "run.json").read_bytes(), "run")
        assert [p.summary for p in found.problems] == [
            "The suppression of ENC-S3-TLS-ONLY suppresses nothing in prod: if it does in no other "
            "environment, take it out"
        ]
