import os
import subprocess
from pathlib import Path

import pytest

from auditor.base_tree import BaseTree, base_tree
from auditor.toml_places import SettingsError

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}


def git(folder: Path, *arguments: str, **more: object) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
        **more,  # type: ignore[call-overload]
    )
    return str(done.stdout).strip()


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def commit(folder: Path, files: dict[str, str], message: str = "m") -> str:
    write(folder, files)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-qb", "main")
    monkeypatch.chdir(folder)
    return folder


def files(tree: BaseTree) -> dict[str, str]:
    found = {}
    for root, _, names in os.walk(tree.top):
        for name in names:
            file = Path(root) / name
            text = f"-> {os.readlink(file)}" if file.is_symlink() else file.read_text()
            found[str(file.relative_to(tree.top))] = text
    return found


def error(folder: Path, ref: str) -> str:
    with pytest.raises(SettingsError) as raised, base_tree(folder, ref):
        pass
    return str(raised.value)


def test_the_merge_base_is_exported_and_the_checkout_stays(repository: Path) -> None:
    base = commit(repository, {"infra/main.tf": "old", "infra/data.json": "{}"})
    git(repository, "checkout", "-qb", "feature")
    commit(repository, {"infra/main.tf": "new", "infra/more.tf": "x"})
    git(repository, "checkout", "-q", "main")
    commit(repository, {"infra/main.tf": "later on main"})
    git(repository, "checkout", "-q", "feature")
    write(repository, {"infra/main.tf": "edited", "scratch.tf": "s"})
    status = git(repository, "status", "--porcelain")
    with base_tree(repository / "infra", "main") as tree:
        assert tree.commit == base
        assert files(tree) == {"infra/main.tf": "old", "infra/data.json": "{}"}
        assert tree.at(repository / "infra") == tree.top / "infra"
        assert tree.has(repository / "infra/main.tf")
        assert not tree.has(repository / "infra/more.tf")
        assert not tree.has(Path("/etc/passwd"))
        assert tree.notes == []
    assert not tree.top.exists()
    assert git(repository, "status", "--porcelain") == status
    assert git(repository, "worktree", "list").count("\n") == 0
    assert (repository / "infra/main.tf").read_text() == "edited"


def test_links_are_kept(repository: Path) -> None:
    (repository / "env").mkdir()
    (repository / "env/variables.tf").symlink_to("../shared.tf")
    commit(repository, {"shared.tf": "s"})
    with base_tree(repository, "HEAD") as tree:
        assert files(tree) == {"shared.tf": "s", "env/variables.tf": "-> ../shared.tf"}
        assert (tree.top / "env/variables.tf").read_text() == "s"


def test_fetched_modules_and_ignored_variables_come_along(repository: Path) -> None:
    commit(repository, {"r/main.tf": "m", ".gitignore": ".terraform/\n*.tfvars\n"})
    write(
        repository,
        {
            "r/terraform.tfvars": "a = 1",
            "gone/x.tfvars": "b = 1",
            "r/.terraform/modules/modules.json": "{}",
            "r/.terraform/modules/vpc/main.tf": "v",
            "r/.terraform/modules/vpc/.git/config": "c",
            "r/.terraform/providers/x": "p",
            "r/scratch.tf": "untracked, so part of the change",
        },
    )
    (repository / "r/.terraform/modules/vpc/link.tf").symlink_to("/etc/passwd")
    with base_tree(repository, "main") as tree:
        assert files(tree) == {
            ".gitignore": ".terraform/\n*.tfvars\n",
            "r/main.tf": "m",
            "r/terraform.tfvars": "a = 1",
            "r/.terraform/modules/modules.json": "{}",
            "r/.terraform/modules/vpc/main.tf": "v",
        }
        assert tree.notes == [
            "modules that were fetched are read at the base as they are in the work tree: r"
        ]


def test_nothing_is_written_through_a_link(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (repository / "r").mkdir()
    (repository / "r/.terraform").symlink_to(tmp_path / "outside")
    (repository / "vars").symlink_to(tmp_path / "outside")
    commit(repository, {"r/main.tf": "m"})
    (repository / "r/.terraform").unlink()
    (repository / "vars").unlink()
    write(repository, {"r/.terraform/modules/modules.json": "{}", "vars/x.tfvars": "v"})
    write(repository, {".git/info/exclude": "*.tfvars\n.terraform\n"})
    with base_tree(repository, "main"):
        assert list((tmp_path / "outside").iterdir()) == []


def test_a_forged_tree_cannot_leave_the_export(repository: Path, tmp_path: Path) -> None:
    blob = git(repository, "hash-object", "-w", "--stdin", input="x")
    inner = git(repository, "mktree", input=f"100644 blob {blob}\tevil.tf\n")
    link = git(repository, "hash-object", "-w", "--stdin", input=str(tmp_path))
    raw = b"".join(
        mode + b" " + name + b"\0" + bytes.fromhex(oid)
        for mode, name, oid in [
            (b"40000", b"..", inner),
            (b"40000", b".git", inner),
            (b"120000", b"a", link),
            (b"40000", b"a", inner),
            (b"100644", b"main.tf", blob),
        ]
    )
    (tmp_path / "raw").write_bytes(raw)
    tree_id = git(
        repository, "hash-object", "-w", "-t", "tree", "--literally", str(tmp_path / "raw")
    )
    git(repository, "update-ref", "HEAD", git(repository, "commit-tree", "-m", "m", tree_id))
    with base_tree(repository, "HEAD") as tree:
        assert files(tree) == {"a/evil.tf": "x", "main.tf": "x"}
    assert not (tmp_path / "evil.tf").exists()
    assert not (tmp_path.parent / "evil.tf").exists()


def test_nothing_that_the_repository_configures_is_run(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\ncat\n")
    (tmp_path / "run.sh").chmod(0o755)
    commit(repository, {"main.tf": "m", ".gitattributes": "* filter=f diff=f\n"})
    (repository / ".git/hooks/post-checkout").symlink_to(tmp_path / "run.sh")
    for name in ("core.fsmonitor", "filter.f.smudge", "filter.f.process", "diff.f.textconv"):
        git(repository, "config", name, str(tmp_path / "run.sh"))
    for name in ("core.pager", "core.sshCommand", "core.askPass", "diff.external"):
        git(repository, "config", name, str(tmp_path / "run.sh"))
    git(repository, "config", "alias.rev-parse", f"!{tmp_path}/run.sh")
    with base_tree(repository, "main") as tree:
        assert files(tree)["main.tf"] == "m"
    assert not (tmp_path / "was-run").exists()


def test_git_s_own_variables_do_not_lead_astray(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook has them set: `auditor scan --against` from a pre-push hook."""
    commit(repository, {"main.tf": "m"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    with base_tree(repository, "main") as tree:
        assert files(tree) == {"main.tf": "m"}


# -- what cannot be had ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ref",
    ["", "-x", "--upload-pack=x", "^main", "a..b", "a b", "main:x", ":/m", "a\nb", "a\0b", "a*"],
)
def test_what_is_no_ref(repository: Path, ref: str) -> None:
    commit(repository, {"main.tf": "m"})
    assert error(repository, ref) == f"{ref!r} is no branch, tag or commit"


@pytest.mark.parametrize("ref", ["main", "HEAD", "HEAD~1", "v1", "main^", "refs/heads/main"])
def test_what_is_a_ref(repository: Path, ref: str) -> None:
    commit(repository, {"main.tf": "m"})
    commit(repository, {"main.tf": "n"})
    git(repository, "tag", "v1")
    with base_tree(repository, ref) as tree:
        assert len(tree.commit) == 40


def test_an_unknown_ref(repository: Path) -> None:
    commit(repository, {"main.tf": "m"})
    assert error(repository, "mian") == (
        "this repository has no commit called mian (did you mean main?)."
    )
    assert error(repository, "origin/develop") == (
        "this repository has no commit called origin/develop. "
        "`git fetch origin develop` brings a branch."
    )


def test_no_repository_and_no_commit(repository: Path, tmp_path: Path) -> None:
    assert error(tmp_path, "main") == f"{tmp_path} is in no git repository: nothing to compare with"
    assert error(repository, "main").startswith("this repository has no commit called main")


def test_no_git(repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert error(repository, "main") == (
        "comparing with another version needs git, which is not installed"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_somebody_else(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commit(repository, {"main.tf": "m"})
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("SUDO_UID", raising=False)
    for folder in (repository, repository / ".git"):
        os.chown(folder, 12345, 12345)
    assert error(repository, "main") == (
        f"git does not read {repository}, which belongs to another user; if that is right: "
        f"git config --global --add safe.directory {repository}"
    )


def test_a_shallow_clone(repository: Path, tmp_path: Path) -> None:
    commit(repository, {"main.tf": "1"})
    git(repository, "checkout", "-qb", "feature")
    commit(repository, {"main.tf": "2"})
    git(repository, "checkout", "-q", "main")
    commit(repository, {"main.tf": "3"})
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", f"file://{repository}", "clone")
    git(clone, "checkout", "-q", "feature")
    assert error(clone, "origin/main") == (
        "the common ancestor of HEAD and origin/main is not in this clone, which is shallow: "
        "`git fetch --unshallow` (in CI: a fetch depth of 0) brings the history"
    )
    assert error(clone, "HEAD~1").endswith("The clone is shallow: `git fetch --unshallow`.")


def test_unrelated_histories(repository: Path) -> None:
    commit(repository, {"main.tf": "1"})
    git(repository, "checkout", "-q", "--orphan", "other")
    commit(repository, {"main.tf": "2"})
    assert error(repository, "main") == "HEAD and main have no common ancestor"


def test_lfs_and_partial_clones_and_submodules_are_told(repository: Path, tmp_path: Path) -> None:
    module = tmp_path / "module"
    module.mkdir()
    git(module, "init", "-qb", "main")
    first = commit(module, {"main.tf": "module"})
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(module), "m")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(module), "n")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    commit(repository, {"main.tf": "x", "big.json": pointer, "lost.json": "unlike any other"})
    git(repository, "submodule", "--quiet", "deinit", "-f", "n")
    lost = git(repository, "rev-parse", "HEAD:lost.json")
    (repository / ".git/objects" / lost[:2] / lost[2:]).unlink()
    with base_tree(repository, "main") as tree:
        assert tree.notes == [
            "not in this partial clone, so not compared: lost.json",
            "kept in Git LFS, so the base has only a pointer to it: big.json",
            f"the submodule n is not here at its commit {first[:12]}: not compared",
        ]
        assert files(tree)["m/main.tf"] == "module"
