"""`auditor scan --against` and `--baseline`, from the command line to the exit code."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from test_base_tree import commit, git, write

from auditor.cli import run

RULES = ("--rule", "ENC-SQS-AT-REST", "--rule", "NET-SG-SSH-OPEN", "--rule", "NET-SG-RDP-OPEN")

PLAIN = """resource "aws_sqs_queue" "plain" {
  name                    = "plain"
  sqs_managed_sse_enabled = false
}
"""
SAFE = PLAIN.replace("false", "true")
SECOND = PLAIN.replace("plain", "second")
RENAMED = PLAIN.replace('"aws_sqs_queue" "plain"', '"aws_sqs_queue" "renamed"')
GROUP = """resource "aws_security_group" "web" {
  name = "web"
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""


@dataclass
class Outcome:
    """What a comparing scan said."""

    code: int
    marked: dict[str, str] = field(default_factory=dict)
    fixed: list[tuple[str, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    counts: tuple[int, int, int] = (0, 0, 0)


class Repository:
    """A git repository with a branch `main`, and a work tree on a branch of it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys

    def base(self, files: dict[str, str]) -> None:
        commit(self.folder, files)
        git(self.folder, "checkout", "-qb", "feature")

    def change(self, files: dict[str, str | None]) -> None:
        for name, text in files.items():
            if text is None:
                (self.folder / name).unlink()
            else:
                write(self.folder, {name: text})

    def scan(self, *arguments: str, path: str = ".") -> tuple[int, dict[str, Any]]:
        code = run(["scan", path, *RULES, "--format", "json", "-q", *arguments])
        said = self.capsys.readouterr()
        assert said.out, said.err
        return code, json.loads(said.out)

    def compare(self, *arguments: str, path: str = ".") -> Outcome:
        code, document = self.scan(*(arguments or ("--against", "main")), path=path)
        comparison = document["comparison"]
        return Outcome(
            code,
            {
                v["address"]: v["change"]
                for v in document["verdicts"]
                if v["status"] in ("fail", "undetermined")
            },
            [(f["address"], f.get("removed", False)) for f in comparison.get("fixed", [])],
            comparison.get("notes", []),
            tuple(comparison.get(name, 0) for name in ("new", "worse", "same")),
        )


@pytest.fixture
def repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Repository:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-qb", "main")
    monkeypatch.chdir(folder)
    return Repository(folder, capsys)


UNCHANGED = Outcome(0, {"aws_sqs_queue.plain": "same"}, counts=(0, 0, 1))


# -- fingerprints: what does not make a finding new -----------------------------------------------


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="nothing"),
        pytest.param(
            {
                "main.tf": PLAIN.replace("  name                    ", "\n\n\tname").replace(
                    "false", " false\n\n"
                )
            },
            id="reformat",
        ),
        pytest.param(
            {"main.tf": f"{SAFE.replace('plain', 'other')}\n\n# …\n{PLAIN}"}, id="lines move"
        ),
        pytest.param(
            {
                "main.tf": 'resource "aws_sqs_queue" "plain" {\n'
                "  sqs_managed_sse_enabled = false\n"
                '  name = "plain"\n}\n'
            },
            id="reorder",
        ),
        pytest.param({"main.tf": None, "queues.tf": PLAIN}, id="move file"),
        pytest.param(
            {"main.tf": PLAIN.replace("}", "  delay_seconds = 5\n}")}, id="unrelated argument"
        ),
        pytest.param({"main.tf": PLAIN.replace('"plain"\n', '"other"\n')}, id="its name in AWS"),
        pytest.param(
            {
                "main.tf": PLAIN.replace("false", "var.sse"),
                "v.tf": 'variable "sse" {default = false}',
            },
            id="the same value by another way",
        ),
    ],
)
def test_what_makes_no_finding_new(repository: Repository, files: dict[str, str | None]) -> None:
    repository.base({"main.tf": PLAIN})
    repository.change(files)
    assert repository.compare() == UNCHANGED


def test_renamed_with_a_moved_block(repository: Repository) -> None:
    repository.base({"main.tf": PLAIN})
    moved = "moved {\n  from = aws_sqs_queue.plain\n  to = aws_sqs_queue.renamed\n}\n"
    repository.change({"main.tf": RENAMED + moved})
    assert repository.compare() == Outcome(0, {"aws_sqs_queue.renamed": "same"}, counts=(0, 0, 1))


def test_renamed_without_one(repository: Repository) -> None:
    repository.base({"main.tf": PLAIN})
    repository.change({"main.tf": RENAMED})
    assert repository.compare() == Outcome(
        1,
        {"aws_sqs_queue.renamed": "new"},
        [("aws_sqs_queue.plain", True)],
        [
            "aws_sqs_queue.renamed has the findings of aws_sqs_queue.plain, which is gone: if it "
            "was renamed, a moved block from aws_sqs_queue.plain to aws_sqs_queue.renamed says so "
            "to Terraform and here"
        ],
        counts=(1, 0, 0),
    )


def test_a_module_call_renamed_without_one(repository: Repository) -> None:
    call = 'module "%s" {\n  source = "./m"\n}\n'
    repository.base({"main.tf": call % "a", "m/main.tf": PLAIN})
    repository.change({"main.tf": call % "b"})
    (note,) = repository.compare().notes
    assert note.startswith("module.b has the findings of module.a, which is gone: ")


def test_two_for_one_are_no_renaming(repository: Repository) -> None:
    repository.base({"main.tf": PLAIN})
    repository.change({"main.tf": RENAMED + SECOND})
    assert repository.compare().notes == []


def test_what_was_a_root_because_its_caller_was_broken_is_not_fixed(repository: Repository) -> None:
    repository.base({"main.tf": "locals {\n", "m/main.tf": PLAIN})
    repository.change({"main.tf": 'module "m" {\n  source = "./m"\n}\n'})
    outcome = repository.compare()
    assert outcome.marked == {"module.m.aws_sqs_queue.plain": "new"}
    assert outcome.fixed == []


def test_what_is_called_now_is_not_fixed(repository: Repository) -> None:
    repository.base({"m/main.tf": PLAIN})
    repository.change({"main.tf": 'module "m" {\n  source = "./m"\n}\n'})
    assert repository.compare().fixed == []


MODULE = 'module "a" {\n  source = "./m"\n}\n'


def test_modules_that_move(repository: Repository) -> None:
    """A module call renamed, given for_each, and a resource renamed inside of it, all in chains."""
    repository.base({"main.tf": MODULE, "m/main.tf": PLAIN})
    repository.change(
        {
            "main.tf": MODULE.replace('"a"', '"b"').replace("}", '  for_each = toset(["x"])\n}')
            + "moved {\n  from = module.a\n  to = module.b\n}\n"
            + 'moved {\n  from = module.b\n  to = module.b["x"]\n}\n',
            "m/main.tf": RENAMED
            + "moved {\n  from = aws_sqs_queue.plain\n  to = aws_sqs_queue.renamed\n}\n",
        }
    )
    assert repository.compare() == Outcome(
        0, {'module.b["x"].aws_sqs_queue.renamed': "same"}, counts=(0, 0, 1)
    )


def test_from_count_to_for_each(repository: Repository) -> None:
    repository.base({"main.tf": PLAIN.replace("{", "{\n  count = 2", 1)})
    moved = "".join(
        f'moved {{\n  from = aws_sqs_queue.plain[{n}]\n  to = aws_sqs_queue.plain["{key}"]\n}}\n'
        for n, key in enumerate("ab")
    )
    for_each = PLAIN.replace("{", '{\n  for_each = toset(["a", "b", "c"])', 1)
    repository.change({"main.tf": for_each + moved})
    assert repository.compare() == Outcome(
        1,
        {
            'aws_sqs_queue.plain["a"]': "same",
            'aws_sqs_queue.plain["b"]': "same",
            'aws_sqs_queue.plain["c"]': "new",
        },
        counts=(1, 0, 2),
    )


def test_a_root_that_moves_to_another_folder(repository: Repository) -> None:
    repository.base({"infra/main.tf": PLAIN})
    repository.change({"infra/main.tf": None, "terraform/main.tf": PLAIN})
    assert repository.compare() == Outcome(
        0,
        {"aws_sqs_queue.plain": "same"},
        notes=["terraform is taken for infra, renamed"],
        counts=(0, 0, 1),
    )


# -- what does ------------------------------------------------------------------------------------


def test_a_second_resource_with_the_same_fault(repository: Repository) -> None:
    repository.base({"main.tf": PLAIN})
    repository.change({"main.tf": PLAIN + SECOND})
    assert repository.compare() == Outcome(
        1, {"aws_sqs_queue.plain": "same", "aws_sqs_queue.second": "new"}, counts=(1, 0, 1)
    )


def test_another_resource_is_not_absorbed(repository: Repository) -> None:
    """Not by taking the place of one that goes, nor by a moved block from one that stays."""
    repository.base({"main.tf": PLAIN})
    moved = "moved {\n  from = aws_sqs_queue.plain\n  to = aws_sqs_queue.second\n}\n"
    repository.change({"main.tf": PLAIN + SECOND + moved})
    assert repository.compare().marked == {
        "aws_sqs_queue.plain": "same",
        "aws_sqs_queue.second": "new",
    }
    repository.change({"main.tf": SECOND})
    assert repository.compare().marked == {"aws_sqs_queue.second": "new"}


def test_another_opening_in_the_same_group(repository: Repository) -> None:
    repository.base({"main.tf": GROUP})
    opening = '  ingress {\n    from_port = 0\n    to_port = 100\n    protocol = "tcp"\n'
    opening += '    ipv6_cidr_blocks = ["::/0"]\n  }\n'
    repository.change({"main.tf": GROUP.replace("  ingress", f"{opening}  ingress", 1)})
    outcome = repository.compare()
    assert outcome.code == 1
    assert outcome.marked == {"aws_security_group.web": "worse"}
    assert outcome.counts == (1, 0, 1)


def test_what_was_open_and_now_certainly_fails(repository: Repository) -> None:
    unset = PLAIN.replace("false", "var.sse") + 'variable "sse" { type = bool }\n'
    repository.base({"main.tf": unset})
    assert repository.compare() == Outcome(0, {"aws_sqs_queue.plain": "same"})
    repository.change({"main.tf": PLAIN})
    assert repository.compare() == Outcome(1, {"aws_sqs_queue.plain": "worse"}, counts=(0, 1, 0))


def test_a_suppression_that_is_taken_away(repository: Repository) -> None:
    repository.base({"main.tf": f'# auditor:ignore ENC-SQS-AT-REST reason="known"\n{PLAIN}'})
    repository.change({"main.tf": PLAIN})
    assert repository.compare() == Outcome(1, {"aws_sqs_queue.plain": "new"}, counts=(1, 0, 0))


# -- what a change fixes --------------------------------------------------------------------------


def test_fixed_and_removed(repository: Repository) -> None:
    repository.base({"main.tf": PLAIN + SECOND})
    repository.change({"main.tf": SAFE})
    assert repository.compare() == Outcome(
        0, {}, [("aws_sqs_queue.plain", False), ("aws_sqs_queue.second", True)]
    )


def test_broken_code_fixes_nothing(repository: Repository) -> None:
    repository.base({"main.tf": PLAIN, "other.tf": SECOND})
    repository.change({"main.tf": 'resource "aws_sqs_queue" {\n'})
    outcome = repository.compare()
    assert (outcome.code, outcome.fixed) == (3, [])


# -- the two trees --------------------------------------------------------------------------------


def test_what_main_did_meanwhile_is_not_this_change_s(repository: Repository) -> None:
    repository.base({"main.tf": SAFE})
    git(repository.folder, "checkout", "-q", "main")
    commit(repository.folder, {"late.tf": SECOND})
    git(repository.folder, "checkout", "-q", "feature")
    repository.change({"main.tf": PLAIN})
    assert repository.compare() == Outcome(1, {"aws_sqs_queue.plain": "new"}, counts=(1, 0, 0))


def test_the_checkout_is_not_disturbed(repository: Repository) -> None:
    repository.base({"main.tf": PLAIN})
    repository.change({"main.tf": RENAMED, "new.tf": SECOND})
    git(repository.folder, "add", "new.tf")
    before = git(repository.folder, "status", "--porcelain=v2", "--branch")
    index = (repository.folder / ".git/index").read_bytes()
    repository.compare()
    assert git(repository.folder, "status", "--porcelain=v2", "--branch") == before
    assert (repository.folder / ".git/index").read_bytes() == index


def test_a_folder_that_is_new(repository: Repository) -> None:
    repository.base({"readme.md": ""})
    repository.change({"infra/main.tf": PLAIN})
    outcome = repository.compare(path="infra")
    assert (outcome.code, outcome.marked) == (1, {"aws_sqs_queue.plain": "new"})
    assert outcome.notes[0].startswith("at the base there is nothing to judge: there is no ")


def test_environments_and_the_present_settings(repository: Repository) -> None:
    files = {
        "environments/prod/main.tf": PLAIN,
        "environments/dev/main.tf": PLAIN,
        "auditor.toml": 'fail_on = "high"\n',
    }
    repository.base(files)
    repository.change(
        {
            "environments/dev/second.tf": SECOND,
            "environments/new/main.tf": PLAIN,
            "auditor.toml": 'fail_on = "low"\n[environments.dev]\nfail_on = "never"\n',
        }
    )
    note = "auditor.toml differs from the base's: both sides are judged by the present one"
    prod = repository.compare("--against", "main", "--env", "prod")
    assert prod == Outcome(0, {"aws_sqs_queue.plain": "same"}, notes=[note], counts=(0, 0, 1))
    dev = repository.compare("--against", "main", "--env", "dev")
    assert (dev.code, dev.counts) == (0, (1, 0, 1))
    both = repository.compare("--against", "main", "--env", "all")
    assert (both.code, both.counts) == (1, (2, 0, 2))
    assert both.notes == [note, "new as a whole: environments/new (new)"]


def test_variables_that_git_ignores_are_on_both_sides(repository: Repository) -> None:
    unset = PLAIN.replace("false", "var.sse") + 'variable "sse" { type = bool }\n'
    repository.base({"main.tf": unset, ".gitignore": "*.tfvars\n"})
    repository.change({"terraform.tfvars": "sse = false\n"})
    assert repository.compare() == UNCHANGED


# -- a stored run ---------------------------------------------------------------------------------


def test_a_stored_run(repository: Repository) -> None:
    repository.base({"main.tf": PLAIN + SECOND})
    _, document = repository.scan()
    repository.change({"run.json": json.dumps(document), "main.tf": SAFE + SECOND + GROUP})
    assert repository.compare("--baseline", "run.json") == Outcome(
        1,
        {"aws_sqs_queue.second": "same", "aws_security_group.web": "new"},
        [("aws_sqs_queue.plain", False)],
        counts=(1, 0, 1),
    )


def test_for_people(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.base({"main.tf": PLAIN + SECOND})
    repository.change({"main.tf": SAFE + SECOND + RENAMED})
    assert run(["scan", *RULES, "--against", "main"]) == 1
    text = capsys.readouterr().out
    assert "  new aws_sqs_queue.renamed " in text
    assert "aws_sqs_queue.second" not in text
    assert (
        "FIXED  since main\n  MEDIUM   ENC-SQS-AT-REST  aws_sqs_queue.plain  fixed; before: "
        in text
    )
    commit_id = git(repository.folder, "rev-parse", "main")[:12]
    assert f"since main ({commit_id}): 1 new · 0 worse · 1 fixed · 1 as before\n" in text


# -- questions that make no sense -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--against", "mian"], "no commit called mian (did you mean main?)"),
        (["--against", "-x"], "'-x' is no branch, tag or commit"),
        (["--against", "main", "--baseline", "x"], "--against and --baseline cannot be combined"),
        (["--against", "main", "--plan", "x"], "compare a plan or state with --baseline"),
        (["--against", "main", "--source", "live"], "compare an account with --baseline"),
        (["--against", "main", "--source", "state"], "compare a state with --baseline"),
        (["--baseline", "none.json"], "cannot read none.json: No such file or directory"),
        (["--baseline", "main.tf"], "main.tf is not a run of auditor"),
    ],
)
def test_they_end_with_2(
    repository: Repository, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    repository.base({"main.tf": PLAIN})
    assert run(["scan", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_outside_of_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "main.tf").write_text(PLAIN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert run(["scan", "--against", "main"]) == 2
    assert f"{tmp_path} is in no git repository" in capsys.readouterr().err


def test_settings_that_leave_no_code(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = '[environments.prod]\nroots = ["."]\nsource = "state"\nstate = "s.tfstate"\n'
    repository.base({"main.tf": PLAIN, "auditor.toml": settings})
    assert run(["scan", *RULES, "--env", "prod", "--against", "main"]) == 2
    assert capsys.readouterr().err == (
        "auditor: --against compares code, and auditor.toml has another source for prod: add "
        "--source terraform\n"
    )
    assert run(["scan", *RULES, "--env", "prod", "--against", "main", "--source", "terraform"]) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": 9}, "aws_sqs_queue.plain is of source 9, which is not in it"),
        ({"severity": "huge"}, "ENC-SQS-AT-REST on aws_sqs_queue.plain is fail (huge)"),
        ({"status": "fine"}, "ENC-SQS-AT-REST on aws_sqs_queue.plain is fine (medium)"),
    ],
)
def test_a_damaged_run(
    repository: Repository,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, object],
    message: str,
) -> None:
    repository.base({"main.tf": PLAIN})
    _, document = repository.scan()
    document["verdicts"][0].update(change)
    repository.change({"run.json": json.dumps(document)})
    assert run(["scan", "--baseline", "run.json"]) == 2
    assert capsys.readouterr().err == (
        f"auditor: run.json is damaged: {message}. Store the run anew\n"
    )


def test_a_device_is_no_stored_run(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.base({"main.tf": PLAIN})
    assert run(["scan", "--baseline", "/dev/zero"]) == 2
    assert capsys.readouterr().err == "auditor: /dev/zero is not a file\n"


def test_the_run_of_another_environment(repository: Repository) -> None:
    repository.base({"main.tf": PLAIN, "dev.tfvars": "", "prod.tfvars": ""})
    _, document = repository.scan("--env", "dev")
    repository.change({"run.json": json.dumps(document)})
    outcome = repository.compare("--env", "prod", "--baseline", "run.json")
    assert outcome.marked == {"aws_sqs_queue.plain": "same"}
    assert outcome.notes == [". is judged as prod, and compared with what it was as dev"]
