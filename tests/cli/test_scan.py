"""`auditor scan` and `auditor inspect` from end to end, on files."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from auditor.cli import run
from auditor.run import load

OPEN_DISK = """\
variable "enc" {
  type = bool
}

resource "aws_db_instance" "main" {
  identifier        = "main"
  instance_class    = "db.t4g.micro"
  engine            = "postgres"
  allocated_storage = 20
  storage_encrypted = var.enc
  password          = "hunter22-not-shown"
}
"""
RULE = "ENC-RDS-INSTANCE"


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """An empty repository, which is the working folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.tf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def scan(*arguments: str) -> int:
    return run(["scan", "--rule", RULE, *arguments])


class TestScan:
    def test_a_finding_with_everything_to_fix_it(self, project, capsys):
        put(project, main=OPEN_DISK)
        assert scan("--var", "enc=false") == 1
        out = capsys.readouterr().out
        assert out.startswith(
            "HIGH     ENC-RDS-INSTANCE  DB instances encrypt their storage\n"
            "\n"
            "  aws_db_instance.main does not encrypt its storage\n"
            "    main.tf:10:23\n"
            "        10 │ storage_encrypted = var.enc\n"
            "      storage_encrypted = false\n"
        )
        assert "← var.enc" in out
        assert "\n1 failed (1 high) · 0 undetermined · 0 passed\n" in out

    def test_a_pass(self, project, capsys):
        put(project, main=OPEN_DISK)
        assert scan("--var", "enc=true") == 0
        assert "0 failed · 0 undetermined · 1 passed\n" in capsys.readouterr().out

    def test_an_unset_variable_is_undetermined_and_named(self, project, capsys):
        put(project, main=OPEN_DISK)
        assert scan() == 0
        out = capsys.readouterr().out
        assert "      1  var.enc\n         ENC-RDS-INSTANCE on aws_db_instance.main\n" in out
        assert scan("--undetermined", "fail") == 1

    def test_a_variable_goes_to_the_roots_that_declare_it(self, project, capsys):
        put(project, a__main=OPEN_DISK, b__main='output "x" {\n  value = 1\n}\n')
        assert scan("--var", "enc=true") == 0
        assert "1 passed" in capsys.readouterr().out

    def test_a_variable_that_no_root_declares_is_an_error(self, project, capsys):
        put(project, main=OPEN_DISK)
        assert scan("--var", "enk=true") == 3
        out = capsys.readouterr().out
        assert (
            'No root module declares the variable "enk" that --var sets; did you mean enc?' in out
        )

    def test_a_variable_file_is_on_the_way_of_the_value(self, project, capsys):
        put(project, main=OPEN_DISK)
        (project / "prod.tfvars").write_text("enc = false\n")
        assert scan("--var-file", "prod.tfvars") == 1
        assert "prod.tfvars:1:" in capsys.readouterr().out

    def test_a_module_s_finding_names_both_places(self, project, capsys):
        put(
            project,
            main='module "db" {\n  source = "./db"\n  enc    = false\n}\n',
            db__main=OPEN_DISK,
        )
        assert scan() == 1
        out = capsys.readouterr().out
        assert "  module.db.aws_db_instance.main does not encrypt its storage\n" in out
        assert "    db/main.tf:10:23\n" in out
        assert "    called as module.db  main.tf:1:1\n" in out

    def test_one_fault_in_a_module_is_shown_once_with_its_callers(self, project, capsys):
        call = 'module "%s" {\n  source = "./db"\n  enc    = false\n}\n'
        put(project, main="".join(call % name for name in "abc"), db__main=OPEN_DISK)
        assert scan() == 1
        out = capsys.readouterr().out
        assert out.count("does not encrypt its storage") == 1
        assert (
            "    the same in 2 further resources:\n"
            "      module.b.aws_db_instance.main  main.tf:5:1\n"
            "      module.c.aws_db_instance.main  main.tf:9:1\n"
        ) in out
        assert scan("--details") == 1
        assert capsys.readouterr().out.count("does not encrypt its storage") == 3

    def test_one_unknown_argument_of_a_module_is_one_cause(self, project, capsys):
        call = 'variable "%s" {}\nmodule "%s" {\n  source = "./db"\n  enc    = var.%s\n}\n'
        put(project, main="".join(call % (n, n, n) for n in "ab"), db__main=OPEN_DISK)
        assert scan() == 0
        out = capsys.readouterr().out
        assert "      1  var.a\n" in out
        assert "UNDETERMINED  2 verdicts could not be decided" in out

    def test_the_threshold(self, project):
        put(project, main=OPEN_DISK)
        assert scan("--var", "enc=false", "--fail-on", "critical") == 0
        assert scan("--var", "enc=false", "--fail-on", "never") == 0

    def test_a_syntax_error_leaves_the_rest_and_is_incomplete(self, project, capsys):
        put(project, main=OPEN_DISK, broken='resource "a" {\n  x = \n')
        assert scan("--var", "enc=true") == 3
        out = capsys.readouterr().out
        assert "  error    broken.tf:" in out
        assert "1 passed\n" in out
        assert "\nNOT READ  nothing in these parts counts as safe\n  broken.tf  broken.tf:" in out
        assert "\nincomplete: " in out

    def test_incomplete_goes_before_findings(self, project, capsys):
        put(project, main=OPEN_DISK, broken="}")
        assert scan("--var", "enc=false") == 3
        assert "1 failed (1 high)" in capsys.readouterr().out

    def test_no_secret_in_any_format(self, project, capsys):
        put(project, main=OPEN_DISK)
        for format in ("text", "json", "sarif"):
            run(["scan", "--format", format, "--var", "enc=hunter22-not-shown"])
            captured = capsys.readouterr()
            assert "hunter22" not in captured.out + captured.err

    def test_suppressions_and_waivers(self, project, capsys):
        put(project, main=f'# auditor:ignore {RULE} reason="test data"\n{OPEN_DISK}')
        text = OPEN_DISK.replace(
            "resource", f'# auditor:ignore {RULE} reason="test data"\nresource'
        )
        put(project, main=text)
        assert scan("--var", "enc=false") == 0
        assert "1 waived" in capsys.readouterr().out


PLANNED = {
    "format_version": "1.2",
    "terraform_version": "1.11.4",
    "planned_values": {"root_module": {}},
    "variables": {"enc": {"value": False}},
    "resource_changes": [
        {
            "address": "aws_db_instance.main",
            "mode": "managed",
            "type": "aws_db_instance",
            "name": "main",
            "change": {
                "actions": ["create"],
                "after": {"storage_encrypted": False, "password": "hunter22"},
                "after_sensitive": {"password": True},
            },
        }
    ],
}


class TestPlanAndState:
    def test_a_plan_s_findings_stand_in_the_code(self, project, capsys):
        put(project, main=OPEN_DISK)
        (project / "plan.json").write_text(json.dumps(PLANNED))
        assert scan("--plan", "plan.json") == 1
        out = capsys.readouterr().out
        assert "    main.tf:10:23\n" in out
        assert "in plan.json, plan, " in out

    def test_without_code_they_stand_in_the_plan(self, project, capsys):
        (project / "plan.json").write_text(json.dumps(PLANNED))
        assert scan("--plan", "plan.json") == 1
        out = capsys.readouterr().out
        assert "  aws_db_instance.main does not encrypt its storage\n    plan.json\n" in out
        assert "The code of the plan is not at hand" in out

    def test_a_state(self, project, capsys):
        put(project, main=OPEN_DISK)
        attributes = {"storage_encrypted": True, "password": "hunter22"}
        entry = {"mode": "managed", "type": "aws_db_instance", "name": "main"}
        entry["instances"] = [{"attributes": attributes}]
        (project / "s.json").write_text(json.dumps({"version": 4, "resources": [entry]}))
        assert scan("--state", "s.json", "--format", "json") == 0
        stored = load(capsys.readouterr().out)
        assert [v.status for v in stored.verdicts] == ["pass"]
        assert (stored.sources[0].kind, stored.sources[0].file) == ("state", "s.json")

    def test_what_is_none(self, project, capsys):
        put(project, main=OPEN_DISK)
        assert scan("--plan", "main.tf") == 2
        assert "auditor: main.tf is not JSON, so no plan" in capsys.readouterr().err


class TestReports:
    def test_several_at_once(self, project, capsys):
        put(project, main=OPEN_DISK)
        code = scan("--var", "enc=false", "--output", "out/run.json", "--output", "run.sarif")
        assert code == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "1 failed (1 high)" in captured.err
        assert "json written to out/run.json\nsarif written to run.sarif\n" in captured.err
        stored = load((project / "out" / "run.json").read_text())
        assert [v.status for v in stored.verdicts] == ["fail"]
        assert stored.sources[0].root == "."
        assert stored.options["variables"] == ["enc"]
        schema = Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json"
        log = json.loads((project / "run.sarif").read_text())
        jsonschema.Draft4Validator(json.loads(schema.read_text())).validate(log)

    def test_a_report_that_cannot_be_written(self, project, capsys):
        put(project, main=OPEN_DISK)
        (project / "file").write_text("")
        assert scan("--output", "file/run.json") == 2
        assert "auditor: cannot write file/run.json: " in capsys.readouterr().err

    def test_quiet(self, project, capsys):
        put(project, main=OPEN_DISK)
        scan("-q", "--output", "run.json")
        captured = capsys.readouterr()
        assert (captured.out, captured.err) == ("", "")


class TestQuestions:
    """What makes no sense is told in a sentence, with exit code 2."""

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["nowhere"], "auditor: there is no nowhere: give a folder with Terraform files"),
            (["."], "auditor: there is no Terraform in .: no .tf, .tf.json or .tofu file"),
            (["--rule", "NO-SUCH"], "auditor: no rule is called NO-SUCH"),
            (["--var", "x"], "--var takes NAME=VALUE, not 'x'"),
            (["--format", "html"], "'html' is not one of 'text', 'json', 'sarif'"),
        ],
    )
    def test_it(self, project, capsys, arguments, message):
        assert run(["scan", *arguments]) == 2
        captured = capsys.readouterr()
        assert message in captured.err
        assert captured.out == ""

    def test_settings_that_are_wrong(self, project, capsys):
        put(project, main=OPEN_DISK)
        (project / "auditor.toml").write_text('fail_onn = "high"\n')
        assert scan() == 2
        assert "auditor.toml:1" in capsys.readouterr().err


class TestInspect:
    def inspect(self, capsys, *arguments: str) -> dict:
        run(["inspect", "--json", *arguments])
        return json.loads(capsys.readouterr().out)

    def test_resources_outputs_and_problems(self, project, capsys):
        put(project, main=OPEN_DISK, out='output "name" {\n  value = "db-${var.enc}"\n}\n')
        (root,) = self.inspect(capsys)["roots"]
        (resource,) = root["resources"]
        assert resource["address"] == "aws_db_instance.main"
        assert resource["mode"] == "managed"
        assert resource["exists"] is True
        assert resource["attributes"]["storage_encrypted"] == {"__unknown__": ["var.enc"]}
        assert resource["attributes"]["password"] == {"__sensitive__": True}
        assert resource["positions"]["storage_encrypted"] == {
            "file": "main.tf",
            "line": 10,
            "column": 23,
            "end_line": 10,
            "end_column": 30,
        }
        assert resource["location"]["line"] == 5
        assert root["outputs"]["name"]["value"] == {"__unknown__": ["var.enc"]}
        assert root["outputs"]["name"]["known_parts"] == {
            "": {"parts": ["db-", {"__unknown__": ["var.enc"]}]}
        }

    def test_an_output_that_terraform_refuses(self, project, capsys):
        put(project, main='output "bad" {\n  value = 1 + {}\n}\nresource "terraform_data" "x" {}\n')
        (root,) = self.inspect(capsys)["roots"]
        assert "error" in root["outputs"]["bad"]
        assert [p["location"]["line"] for p in root["problems"]] == [2]

    def test_for_people(self, project, capsys):
        put(project, main=OPEN_DISK)
        assert run(["inspect", "--var", "enc=true"]) == 0
        out = capsys.readouterr().out
        assert "  aws_db_instance.main  main.tf:5:1\n" in out
        assert "    storage_encrypted = true  :10:23\n" in out
        assert "    password = (sensitive value)  :11:23\n" in out


class TestEnvironmentsOfRoots:
    def test_one_in_an_environment_s_folder_is_no_module_for_others(self, project, capsys):
        put(project, environments__dev__main=OPEN_DISK)
        scan()
        assert "in dev: environments/dev, 0" in capsys.readouterr().out

    def test_a_file_of_variables_that_is_not_there(self, project, capsys):
        put(project, main=OPEN_DISK)
        assert scan("--var-file", "nope.tfvars") == 2
        assert capsys.readouterr().err == (
            "auditor: there is no file nope.tfvars, which --var-file names\n"
        )


class TestSarif:
    SCHEMA = json.loads(
        (Path(__file__).parents[1] / "data/sarif-schema-2.1.0.json").read_text(encoding="utf-8")
    )

    def test_with_every_rule_it_is_valid(self, project):
        put(project, main=OPEN_DISK)
        assert run(["scan", "--var", "enc=false", "--output", "run.sarif", "-q"]) == 1
        log = json.loads((project / "run.sarif").read_text())
        jsonschema.Draft4Validator(self.SCHEMA).validate(log)
        assert len(log["runs"][0]["tool"]["driver"]["rules"]) > 400

    def test_a_comparison_is_in_it(self, project):
        put(project, main=OPEN_DISK)
        scan("--var", "enc=false", "--output", "run.json")
        put(project, main=OPEN_DISK + OPEN_DISK.split("\n\n")[1].replace('"main"', '"other"'))
        assert scan("--var", "enc=false", "--baseline", "run.json", "--output", "run.sarif") == 1
        log = json.loads((project / "run.sarif").read_text())
        jsonschema.Draft4Validator(self.SCHEMA).validate(log)
        states = {r["properties"]["address"]: r["baselineState"] for r in log["runs"][0]["results"]}
        assert states == {
            "aws_db_instance.main": "unchanged",
            "aws_db_instance.other": "new",
        }
