"""A small scan of hand-made resources with one of everything, for tests of run and reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from auditor.engine import evaluate
from auditor.model import Model
from auditor.record import Recorder
from auditor.resource import (
    Block,
    Blocks,
    Bool,
    Finding,
    Gap,
    Location,
    ModuleCall,
    Node,
    Num,
    Problem,
    Resource,
    Step,
    Str,
    Strs,
    Trace,
)
from auditor.rule import rule
from auditor.run import Run, SourceEntry
from auditor.values import Path as ValuePath
from auditor.values import Ref, Sensitive, Unknown, Within, some

MAIN = """\
resource "test_disk" "plain" {
  encrypted = var.encrypted
  password  = "hunter22"
}

module "net" {
  source = "./net"
  cidrs  = ["0.0.0.0/0"]
}

resource "test_disk" "open" {
  encrypted = var.unset
}
"""

NET = """\
resource "test_gate" "web" {
  opening {
    port  = 22
    cidrs = concat(var.cidrs, var.more)
  }
  opening {
    port  = 443
    cidrs = ["10.0.0.0/8"]
  }
}
"""


class Disk(Resource, tf="test_disk"):
    encrypted = Bool(default=False)
    password = Str(sensitive=True)
    size = Num(default=10)


class Opening(Node):
    port = Num()
    cidrs = Strs()


class Gate(Resource, tf="test_gate"):
    opening = Blocks(Opening)
    first = Block(Opening)


@rule(
    "ENC-TEST-DISK",
    severity="high",
    on=Disk,
    family="encryption",
    aliases={"checkov": "CKV_TEST_1", "trivy": "AWS-9001"},
    frameworks={"fsbp": "Test.1"},
)
def disk_in_the_clear(disk: Disk) -> Finding | None:
    """Disks are encrypted.

    Why: whoever gets the disk can read it.
    Fix: set `encrypted = true`.
    Source: made up; default false.
    """
    if not disk.encrypted:
        return disk.finding("is not encrypted", at="encrypted")
    return None


@rule("NET-TEST-GATE", severity="critical", on=Gate, family="network")
def gate_open(gate: Gate):
    """Gates are not open to the world.

    Why: the world comes in.
    Fix: name the networks that need it.
    Source: made up.
    """
    for opening in gate.opening:
        if some(opening.cidrs, lambda cidr: cidr == "0.0.0.0/0"):
            yield opening.finding(
                f"lets the world reach port {opening.port}",
                at="cidrs",
                key=f"port {opening.port}",
            )


@rule("OPS-TEST-SIZE", severity="low", on=Disk, family="operations")
def disk_too_small(disk: Disk) -> Finding | None:
    """Disks hold something.

    Why: a full disk stops the service.
    Fix: set `size` to 5 or more.
    Source: made up; default 10.
    """
    return disk.finding("is too small", at="size") if disk.size < 5 else None


@rule("SEC-TEST-PASSWORD", severity="medium", on=Disk, family="secrets")
def password_in_code(disk: Disk) -> Finding | None:
    """No password stands in the code.

    Why: everyone who can read the code can use it.
    Fix: generate it and keep it in a secret store.
    Source: made up.
    """
    return disk.finding("has its password in the code", at="password") if disk.password else None


RULES = (disk_in_the_clear, gate_open, disk_too_small, password_in_code)


@dataclass(frozen=True)
class Placed:
    """Provenance from a table of paths; what is not in it stands at the block."""

    block: Location
    places: dict[ValuePath, Trace] = field(default_factory=dict)
    called: tuple[ModuleCall, ...] = ()

    def trace(self, path: ValuePath, within: Within | None = None) -> Trace:
        return self.places.get(path, Trace(self.block, absent=bool(path)))

    def calls(self) -> tuple[ModuleCall, ...]:
        return self.called


def sample_model(folder: Path) -> Model:
    """The resources of `MAIN` and `NET`, which are written to the folder."""
    main, net = folder / "main.tf", folder / "net" / "gate.tf"
    net.parent.mkdir(exist_ok=True)
    main.write_text(MAIN)
    net.write_text(NET)

    def at(file: Path, line: int, column: int, end: int, end_column: int = 2) -> Location:
        return Location(str(file), line, column, end, end_column)

    return Model(
        [
            Resource(
                "test_disk.plain",
                "test_disk",
                {"encrypted": False, "password": Sensitive("hunter22")},
                provenance=Placed(
                    at(main, 1, 1, 4),
                    {
                        ("encrypted",): Trace(
                            at(main, 2, 15, 2, 28),
                            (Step("var.encrypted", at(folder / "prod.tfvars", 3, 13, 3, 18)),),
                        ),
                        ("password",): Trace(at(main, 3, 15, 3, 25)),
                    },
                ),
            ),
            Resource(
                "test_disk.open",
                "test_disk",
                {"encrypted": Unknown([Ref("var.unset")], exact=True), "password": None},
                provenance=Placed(
                    at(main, 11, 1, 13), {("encrypted",): Trace(at(main, 12, 15, 12, 24))}
                ),
            ),
            Resource(
                "module.net.test_gate.web",
                "test_gate",
                {
                    "opening": [
                        {
                            "port": 22,
                            "cidrs": Unknown([Ref("module.net.var.more")], items=("0.0.0.0/0",)),
                        },
                        {"port": 443, "cidrs": ["10.0.0.0/8"]},
                    ]
                },
                provenance=Placed(
                    at(net, 1, 1, 10),
                    {("opening", 0, "cidrs"): Trace(at(net, 4, 13, 4, 40))},
                    (ModuleCall("module.net", at(main, 6, 1, 9)),),
                ),
            ),
        ],
        problems=[
            Problem("error", "syntax-error", "Missing brace", "It never ends.", at(main, 9, 2, 9)),
            Problem("warning", "unknown-argument", "No such argument: colour"),
        ],
        gaps=[Gap("module.vpc", "it is not downloaded: run terraform init", refs=frozenset())],
    )


def sample_run(folder: Path) -> Run:
    """The sample judged; its clock is set to a fixed time."""
    recorder = Recorder(folder, "1.2.3", {"path": "."})
    model = sample_model(folder)
    source = SourceEntry("hcl", ".", environment="prod")
    recorder.rules(RULES)
    recorder.add(source, model, evaluate(RULES, model))
    run = recorder.finish()
    run.started, run.seconds = "2026-11-24T12:00:00+00:00", 0.25
    return run
