"""One scan: what is asked for becomes models, rules judge them, and a run comes out.

The command line, the Lambda and tests call `scan`; none of them knows more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor import __version__, engine
from auditor.config import Config, load_config
from auditor.gate import DEFAULT_THRESHOLD
from auditor.moves import Move
from auditor.progress import Progress, Silent
from auditor.quirks import settle
from auditor.record import Recorder, summarize
from auditor.rule import Rule
from auditor.rule_policies import policies
from auditor.rules_loading import choose, load_rules
from auditor.run import Run, SourceEntry
from auditor.targets import (
    Inputs,
    Target,
    base_of,
    find_targets,
    none_found,
    project_of,
    root_at,
    undeclared,
)

if TYPE_CHECKING:
    from auditor.model import Model
    from auditor.rules_by_type import RulesByType

TERRAFORM, LIVE, ALL = "terraform", "live", "all"


@dataclass(frozen=True, slots=True)
class Request:
    """What a scan is asked to do.

    source: `terraform`, `live`, `all`; None leaves it to the settings (then `terraform`).
    plan, state: files that are judged instead of the code's own evaluation.
    only, skip: patterns of rules (see `auditor.rules_loading.choose`). own_rules: folders.
    fail_on: a severity or `never`; None leaves it to the settings.
    today: the day that waivers and suppressions are measured by.
    settings: those to judge by, instead of reading auditor.toml.
    every_rule: the run names every rule that was chosen, also those with nothing to judge, as a
        run that is kept must. Without it only rules for the resources that are there are imported,
        and those named of which something is not a pass: much less work where few types are.
    """

    inputs: Inputs = field(default_factory=Inputs)
    source: str | None = None
    plan: Path | None = None
    state: Path | None = None
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    own_rules: Sequence[Path] = ()
    fail_on: str | None = None
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    settings: Config | None = None
    every_rule: bool = True

    def options(self) -> dict[str, Any]:
        """What is worth keeping in the run; of variables only the names."""
        inputs = self.inputs
        asked = {
            "path": str(inputs.path),
            "environment": inputs.environment,
            "source": self.source,
            "plan": self.plan and str(self.plan),
            "state": self.state and str(self.state),
            "workspace": inputs.workspace,
            "variables": sorted(inputs.variables),
            "var_files": [str(file) for file in inputs.var_files],
            "rule": list(self.only),
            "skip_rule": list(self.skip),
            "rules": [str(folder) for folder in self.own_rules],
            "fail_on": self.fail_on,
        }
        return {name: value for name, value in asked.items() if value}


def scan(request: Request, progress: Progress | None = None) -> Run:
    """Judges what is asked for.

    Raises `UsageError`, `SettingsError` or `RuleError` when the question makes no sense. Whatever
    is wrong with what is judged is in the run.
    """
    return _Scan(request, progress or Silent()).run()


class _Scan:
    """The parts of one scan that several steps need."""

    def __init__(self, request: Request, progress: Progress) -> None:
        self.request = request
        self.progress = progress
        inputs = request.inputs
        self.recorder = Recorder(base_of(inputs), __version__, request.options())
        self.config: Config = request.settings or load_config(inputs.path, inputs.config)
        self._files: dict[str, None] = {}
        self._judged: list[tuple[int, Model]] = []
        self.project = project_of(inputs)
        self._some: RulesByType | None = None
        if self._may_load_few():
            from auditor.rules_by_type import RulesByType

            self._some = RulesByType()
        else:
            self.recorder.rules(self.chosen)

    def _may_load_few(self) -> bool:
        """Whether the rules for the types at hand will do: nobody asks for others by name."""
        request, settings = self.request, self.config.settings
        asked = request.every_rule or request.only or request.skip or request.own_rules
        code_only = request.source in (None, TERRAFORM) and settings.source in (None, TERRAFORM)
        own = settings.environments.values()
        named = settings.policy or any(each.policy or each.source for each in own)
        return not asked and code_only and not named

    @cached_property
    def known(self) -> list[Rule]:
        """All rules that there are."""
        self.progress.step("loading rules")
        return load_rules(self.request.own_rules)

    @cached_property
    def chosen(self) -> list[Rule]:
        """Those of them that were asked for."""
        return choose(self.known, self.request.only, self.request.skip)

    def run(self) -> Run:
        """Every source in turn, then what waives, then the summary."""
        request = self.request
        if self._some is None:  # wrong policies are told before anything is evaluated
            policies(self.config, None, self.known)
        if request.plan or request.state:
            self._documents()
        else:
            self._targets()
        run = self.recorder.finish()
        self._waive(run)
        self._join(run)
        run.summary = summarize(run)
        return run

    def _rules_for(self, types: Iterable[str]) -> list[Rule]:
        return self.chosen if self._some is None else self._some.load(types)

    # -- sources ----------------------------------------------------------------------------------

    def _targets(self) -> None:
        inputs = self.request.inputs
        targets = find_targets(inputs, self.config, self.project)
        sources = {id(target): self._source_of(target) for target in targets}
        code = [t for t in targets if t.folder is not None and sources[id(t)] != LIVE]
        live = self._accounts([t for t in targets if sources[id(t)] != TERRAFORM])
        if not code and not live:
            raise none_found(inputs)
        for problem in undeclared(code, inputs, self.project):
            self.recorder.problem(problem)
        for number, target in enumerate(code, start=1):
            self.progress.step(f"evaluating {target.folder}", number, len(code))
            self._code(target)
        for target in live:
            self._live(target)

    def _source_of(self, target: Target) -> str:
        return self.request.source or target.settings.source or TERRAFORM

    def _accounts(self, targets: Iterable[Target]) -> list[Target]:
        """One target for each environment whose account is to be read."""
        wanted = {target.environment: target for target in targets}
        if not wanted and self.request.source in (LIVE, ALL):
            name = self.request.inputs.environment
            return [Target(None, name, self.config.environment(name))]
        return list(wanted.values())

    def _code(self, target: Target) -> None:
        from auditor.evaluation import evaluated

        assert target.folder is not None
        configuration = evaluated(target, self.request.inputs, self.project)
        entry = self._entry("hcl", self.recorder.file(str(target.folder)), target)
        entry.workspace = target.workspace
        entry.var_files = [self.recorder.file(str(file)) for file in target.var_files]
        entry.stand_alone = target.stand_alone
        entry.moved = [Move(each.from_, each.to) for each in configuration.moved]
        self._files.update(dict.fromkeys(configuration.files))
        types = {r.type for r in configuration.resources}
        types.update(tf for gap in configuration.gaps for tf in gap.types)
        self._judge(entry, configuration.model, types)

    def _live(self, target: Target) -> None:
        from auditor.live import read_live

        reading = read_live(target.aws, self.chosen, self.progress)
        entry = self._entry("live", f"aws:{reading.account}", target)
        entry.account, entry.regions = reading.account, list(reading.regions)
        index = self._judge(entry, lambda: reading.model, ())
        for call in reading.calls:
            call.source = index
            self.recorder.run.calls.append(call)

    def _documents(self) -> None:
        """The plan and the state that were asked for, with the code of their root beside them."""
        from auditor.evaluation import planned, stored

        inputs = self.request.inputs
        target = root_at(inputs, self.config, self.project)
        for path, kind, read in (
            (self.request.plan, "plan", planned),
            (self.request.state, "state", stored),
        ):
            if path is None:
                continue
            self.progress.step(f"reading {path}")
            document = read(path, target, inputs, self.project)
            entry = self._entry(kind, self.recorder.file(str(target.folder or path.parent)), target)
            entry.file = self.recorder.file(str(path))
            self._judge(entry, document.model, {r.type for r in document.resources})

    def _entry(self, kind: str, root: str, target: Target) -> SourceEntry:
        threshold = self.request.fail_on or target.settings.fail_on or DEFAULT_THRESHOLD
        return SourceEntry(kind, root, target.environment, fail_on=threshold, how=target.how)

    def _judge(
        self, entry: SourceEntry, model_of: Callable[[], Model], types: Iterable[str]
    ) -> int:
        """Judges a source. Its model is made when the classes of its types are imported."""
        rules = self._rules_for(types)
        known = self.known if self._some is None else rules
        judged_by = policies(self.config, entry.environment, known)
        model = settle(model_of())
        index = self.recorder.add(entry, model, engine.evaluate(rules, model, judged_by))
        self._judged.append((index, model))
        return index

    def _join(self, run: Run) -> None:
        """Puts code beside the account of the same environment, where both were judged."""
        live = [(i, model) for i, model in self._judged if run.sources[i].kind == "live"]
        if not live:
            return
        from auditor.sides import join

        for index, model in live:
            environment = run.sources[index].environment
            code = [
                (i, m)
                for i, m in self._judged
                if run.sources[i].kind != "live" and run.sources[i].environment == environment
            ]
            for code_index, code_model in code:
                join(run, (code_index, code_model), (index, model))

    # -- waivers ----------------------------------------------------------------------------------

    def _waive(self, run: Run) -> None:
        from auditor.suppression_comments import read_suppressions
        from auditor.suppressions import apply_suppressions
        from auditor.waivers import apply_waivers, find_waivers, read_waivers

        comments = [
            comment
            for file in self._files
            for comment in read_suppressions(Path(file), self.recorder.file(file))
        ]
        if comments:
            apply_suppressions(run, comments, self.known, self.request.today)
        file = find_waivers(self.request.inputs.path)
        if file is not None:
            name = self.recorder.file(str(file))
            apply_waivers(run, read_waivers(file), self.known, self.request.today, name)
