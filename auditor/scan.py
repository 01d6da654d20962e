"""One scan: what is asked for becomes models, rules judge them, and a run comes out.

The command line, the Lambda and tests call `scan`; none of them knows more.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    UsageError,
    base_of,
    find_targets,
    none_found,
    project_of,
    root_at,
    undeclared,
)

if TYPE_CHECKING:
    from auditor.evaluation import Reading
    from auditor.model import Model
    from auditor.named_state import NamedState
    from auditor.rules_by_type import RulesByType
    from auditor.sides import Pairing, Twins

TERRAFORM, STATE, LIVE, ALL = "terraform", "state", "live", "all"
WITHOUT_CODE = (STATE, LIVE)
"""Sources for which an environment needs no root module."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a scan is asked to do.

    source: `terraform`, `state`, `live`, `all` (code and account); None leaves it to the settings
        (then `terraform`).
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
    _check(request)
    return _Scan(request, progress or Silent()).run()


def _check(request: Request) -> None:
    """Refuses files and a source that speak of different things."""
    given = "--plan" if request.plan else "--state" if request.state else ""
    if given and (request.source == LIVE or (request.plan and request.source == STATE)):
        raise UsageError(
            f"{given} is judged in place of the code, and --source {request.source} asks for no "
            "code: leave one of them out, or say --source all to see it beside the account"
        )


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
        self._stored: dict[int, Mapping[str, Mapping[str, Any]]] = {}
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
        pairings = self._pairings(run)
        self._waive(run, pairings)
        self._rows(run, pairings)
        run.summary = summarize(run)
        return run

    def _rules_for(self, types: Iterable[str]) -> list[Rule]:
        return self.chosen if self._some is None else self._some.load(types)

    # -- sources ----------------------------------------------------------------------------------

    def _targets(self) -> None:
        inputs = self.request.inputs
        needs_code = self.request.source not in WITHOUT_CODE
        targets = find_targets(inputs, self.config, self.project, needs_code=needs_code)
        if not targets and not needs_code:
            name = inputs.environment
            targets = [Target(None, name, self.config.environment(name))]
        code = [t for t in self._with(targets, TERRAFORM, ALL) if t.folder is not None]
        states = self._states(targets)
        live = self._accounts(self._with(targets, LIVE, ALL))
        if not code and not states and not live:
            raise none_found(inputs)
        for problem in undeclared(code, inputs, self.project):
            self.recorder.problem(problem)
        for number, target in enumerate(code, start=1):
            self.progress.step(f"evaluating {target.folder}", number, len(code))
            self._code(target, targets)
            if not live and number < len(code):
                self._let_go()
        for state in states:
            self._state(state)
        for target in live:
            self._live(target)

    def _let_go(self) -> None:
        """Frees what was evaluated of a root that no account will be put beside.

        It holds itself in cycles, and the collector is off (see `auditor.cli.main`). What stays is
        set apart, so that the next time looks at what came since.
        """
        self._judged.clear()
        gc.collect()
        gc.freeze()

    def _states(self, targets: Sequence[Target]) -> list[NamedState]:
        judged = self._with(targets, STATE)
        if not judged:
            return []
        from auditor.named_state import state_of

        return [state_of(each, targets, self.config) for each in judged]

    def _with(self, targets: Iterable[Target], *sources: str) -> list[Target]:
        return [target for target in targets if self._source_of(target) in sources]

    def _source_of(self, target: Target) -> str:
        return self.request.source or target.settings.source or TERRAFORM

    def _accounts(self, targets: Iterable[Target]) -> list[Target]:
        """One target for each environment whose account is to be read."""
        wanted = {target.environment: target for target in targets}
        if not wanted and self.request.source == ALL:
            name = self.request.inputs.environment
            return [Target(None, name, self.config.environment(name))]
        return list(wanted.values())

    def _code(self, target: Target, targets: Sequence[Target]) -> None:
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
        index = self._judge(entry, configuration.model, types)
        if target.state is not None and self._source_of(target) == ALL:
            addresses = {resource.address for resource in configuration.resources}
            from auditor.named_state import state_of

            self._know(index, state_of(target, targets, self.config), addresses)

    def _know(self, index: int, named: NamedState, addresses: set[str]) -> None:
        """Keeps what the state knows of a source's resources, to find them in the account."""
        from auditor.moves import moved_addresses
        from auditor.named_state import StateError

        entry = self.recorder.run.sources[index]
        self.progress.step(f"reading the state {named.what}")
        try:
            found = {each.address: each.data for each in named.read({}).resources}
        except StateError as missing:
            self.recorder.problem(missing.problem(), index)
            return
        moved = moved_addresses(found, addresses, entry.moved)
        self._stored[index] = {moved.get(address, address): d for address, d in found.items()}
        how = entry.how or self.recorder.file(str(named.target.folder))
        entry.how = f"{how}; found in its account by the state {named.what}"

    def _state(self, named: NamedState) -> None:
        """Judges the state that the settings name; one that cannot be read is a part not read."""
        from auditor.evaluation import stored_at
        from auditor.named_state import StateError

        target = named.target
        self.progress.step(f"reading the state {named.what}")
        folder = self.recorder.file(str(target.folder or self.config.folder))
        entry = self._entry("state", folder, target)
        entry.workspace, entry.file = target.workspace, self._name(named)
        try:
            document = stored_at(named, self.request.inputs, self.project)
        except StateError as missing:
            unread = missing.model(self.chosen)
            self._judge(entry, lambda: unread, ())
            return
        self._document(entry, document)

    def _document(self, entry: SourceEntry, document: Reading) -> None:
        self._files.update(dict.fromkeys(document.files))
        self._judge(entry, document.model, {r.type for r in document.resources})

    def _name(self, named: NamedState) -> str:
        return named.what if named.file is None else self.recorder.file(str(named.file))

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
            self._document(entry, document)
        if self.request.source == ALL:
            self._live(target)

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

    def _pairings(self, run: Run) -> list[Pairing]:
        """Code with the account of the same environment, where both were judged."""
        live = [(i, model) for i, model in self._judged if run.sources[i].kind == "live"]
        if not live:
            return []
        from auditor.sides import pair

        found = []
        for index, model in live:
            environment = run.sources[index].environment
            code = [
                (i, m)
                for i, m in self._judged
                if run.sources[i].kind != "live" and run.sources[i].environment == environment
            ]
            for code_index, code_model in code:
                stored = self._stored.get(code_index)
                found.append(pair((code_index, code_model), (index, model), stored))
        return found

    def _twins(self, run: Run, pairings: Sequence[Pairing]) -> Twins:
        if not pairings:
            return {}
        from auditor.sides import twins

        return twins(run, pairings)

    def _rows(self, run: Run, pairings: Sequence[Pairing]) -> None:
        if pairings:
            from auditor.sides import add_rows

            for each in pairings:
                add_rows(run, each)

    # -- waivers ----------------------------------------------------------------------------------

    def _waive(self, run: Run, pairings: Sequence[Pairing]) -> None:
        from auditor.suppression_comments import read_suppressions
        from auditor.suppressions import apply_suppressions
        from auditor.waivers import find_waivers, read_waivers
        from auditor.waiving import apply_waivers

        same = self._twins(run, pairings)
        comments = [
            comment
            for file in self._files
            for comment in read_suppressions(Path(file), self.recorder.file(file))
        ]
        if comments:
            apply_suppressions(run, comments, self.known, self.request.today, same)
        file = find_waivers(self.request.inputs.path)
        if file is not None:
            name = self.recorder.file(str(file))
            apply_waivers(run, read_waivers(file), self.known, self.request.today, name, same)
