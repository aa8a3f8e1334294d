//! Regression of verdicts and proof constants: two JSON reports in, what changed out.
//!
//! Numbers are compared by their enclosures. A constant or a slack is *worse* or *better* only
//! if the enclosures have no point in common, so that the exact values are proved to differ;
//! ends are compared as exact rationals. Numbers of different runs or different claims have
//! nothing to say about each other: where a run's inputs changed, or a claim's constants,
//! hypotheses or conclusions, that is reported, verdicts are compared, and numbers and steps are
//! not. What a report does not say, because it is older than the field, is not compared.

mod record;

use std::cmp::Ordering;

pub use record::{
    AllTimeRecord, Best, Candidates, ClaimRecord, ClauseRecord, DeltaTrapRecord, Document,
    Enclosure, Exact, ExactRange, FinalTrapRecord, Hypotheses, Inputs, LossRow, Place, RunRecord,
    SCHEMA_VERSION, SharpnessRow, SlackRecord, Start, TightRecord, ViolationRecord, parse,
};

use crate::verdict::Verdict;

/// What a change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A regression.
    Worse,
    /// An improvement.
    Better,
    /// Neither.
    Neutral,
}

impl Effect {
    /// The word reports use.
    pub fn word(self) -> &'static str {
        match self {
            Effect::Worse => "worse",
            Effect::Better => "better",
            Effect::Neutral => "neutral",
        }
    }

    /// The effect of the opposite change.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Effect::Worse => Effect::Better,
            Effect::Better => Effect::Worse,
            Effect::Neutral => Effect::Neutral,
        }
    }
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A run is in the new report only.
    RunAppeared,
    /// A run is in the old report only: a regression.
    RunDisappeared,
    /// A run's exact inputs.
    Input,
    /// A claim is in the new report's run only.
    ClaimAppeared,
    /// A claim is in the old report's run only: a regression.
    ClaimDisappeared,
    /// A claimed constant.
    ClaimedConstant,
    /// The texts of the hypotheses, the scope or the definitions.
    Hypotheses,
    /// The texts of the conclusions.
    Conclusions,
    /// The verdict. A regression if it was `certified`.
    Verdict,
    /// What the run file expects, or whether that is met. A regression if it was met.
    Expectation,
    /// The tight constant, beyond its enclosures. A regression if it is worse.
    TightConstant,
    /// The worst slack of a conclusion, beyond its enclosures. A regression if it is less.
    Slack,
    /// A number became known, or is known no more. A regression if a claim that is certified
    /// lost it.
    Known,
    /// The step T(δ) or T(ε) from which a bound holds for ever. A regression if it is later,
    /// or known no more.
    HoldsFrom,
    /// lim ηS, beyond its enclosures. The runs have the same inputs and thus the same limit:
    /// one of the reports is wrong, and nothing says which.
    Limit,
    /// The enclosure of a number that may be the same is more than twice as wide.
    LessAccurate,
    /// The enclosure of a number that may be the same is less than half as wide.
    MoreAccurate,
    /// A step moved, or how many were checked.
    Step,
}

impl Kind {
    /// The word reports use.
    pub fn word(self) -> &'static str {
        match self {
            Kind::RunAppeared => "run-appeared",
            Kind::RunDisappeared => "run-disappeared",
            Kind::Input => "input",
            Kind::ClaimAppeared => "claim-appeared",
            Kind::ClaimDisappeared => "claim-disappeared",
            Kind::ClaimedConstant => "claimed-constant",
            Kind::Hypotheses => "hypotheses",
            Kind::Conclusions => "conclusions",
            Kind::Verdict => "verdict",
            Kind::Expectation => "expectation",
            Kind::TightConstant => "tight-constant",
            Kind::Slack => "slack",
            Kind::Known => "known",
            Kind::HoldsFrom => "holds-from",
            Kind::Limit => "limit",
            Kind::LessAccurate => "less-accurate",
            Kind::MoreAccurate => "more-accurate",
            Kind::Step => "step",
        }
    }
}

/// One side of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// Words, or an exact number as text.
    Text(String),
    /// A step, or a number of steps.
    Step(u64),
    /// An enclosure.
    Enclosure(Enclosure),
}

/// A change of a run or a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What changed.
    pub kind: Kind,
    /// What it means.
    pub effect: Effect,
    /// Of what, in words: the name of an input, a constant, a step, a conclusion.
    pub subject: String,
    /// What it was; `None` if it was not there.
    pub old: Option<Side>,
    /// What it is; `None` if it is not there.
    pub new: Option<Side>,
}

impl Change {
    fn new(
        kind: Kind,
        effect: Effect,
        subject: impl Into<String>,
        old: Option<Side>,
        new: Option<Side>,
    ) -> Self {
        let subject = subject.into();
        Change {
            kind,
            effect,
            subject,
            old,
            new,
        }
    }
}

/// What changed of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimChanges {
    /// The claim's id.
    pub id: String,
    /// The changes; none if all is as it was.
    pub changes: Vec<Change>,
}

/// What changed of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunChanges {
    /// The run file, as the new report names it (the old one, if the run disappeared).
    pub file: String,
    /// Changes of the run as a whole.
    pub changes: Vec<Change>,
    /// The claims of both reports, changed or not; those of the old one first.
    pub claims: Vec<ClaimChanges>,
}

impl RunChanges {
    /// All changes, each with the id of its claim if it has one.
    pub fn all(&self) -> impl Iterator<Item = (Option<&str>, &Change)> {
        let own = self.changes.iter().map(|change| (None, change));
        own.chain(self.claims.iter().flat_map(|claim| {
            let id = Some(claim.id.as_str());
            claim.changes.iter().map(move |change| (id, change))
        }))
    }
}

/// What changed from one report to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The runs of both reports, changed or not; those of the old one first.
    pub runs: Vec<RunChanges>,
}

impl Comparison {
    /// How many changes have the effect.
    pub fn count(&self, effect: Effect) -> usize {
        let all = self.runs.iter().flat_map(RunChanges::all);
        all.filter(|(_, change)| change.effect == effect).count()
    }

    /// The exit code: 10 if there is a regression, else 0.
    pub fn exit_code(&self) -> u8 {
        if self.count(Effect::Worse) > 0 { 10 } else { 0 }
    }
}

/// Compares two reports.
///
/// Runs match by file name (the last part of the path) and exact inputs; those left over match
/// by path, then by file name alone, and have changed inputs. Claims of matching runs match by
/// id.
pub fn compare(old: &Document, new: &Document) -> Comparison {
    let partners = partners(&old.runs, &new.runs);
    let mut runs = Vec::new();
    for (run, partner) in old.runs.iter().zip(&partners) {
        runs.push(match partner {
            Some(i) => compare_runs(run, &new.runs[*i]),
            None => one_sided(&run.file, Kind::RunDisappeared, Effect::Worse),
        });
    }
    for (i, run) in new.runs.iter().enumerate() {
        if !partners.contains(&Some(i)) {
            runs.push(one_sided(&run.file, Kind::RunAppeared, Effect::Neutral));
        }
    }
    Comparison { runs }
}

fn one_sided(file: &str, kind: Kind, effect: Effect) -> RunChanges {
    RunChanges {
        file: file.to_string(),
        changes: vec![Change::new(kind, effect, "run", None, None)],
        claims: Vec::new(),
    }
}

/// Whether an old run and a new one belong together.
type Rule<'a> = &'a dyn Fn(&RunRecord, &RunRecord) -> bool;

/// The partner of each old run among the new ones.
fn partners(old: &[RunRecord], new: &[RunRecord]) -> Vec<Option<usize>> {
    let same_path = |x: &RunRecord, y: &RunRecord| x.file == y.file;
    let same_name = |x: &RunRecord, y: &RunRecord| x.file_name() == y.file_name();
    let same_inputs = |x: &RunRecord, y: &RunRecord| x.inputs == y.inputs;
    // From the strongest resemblance to the weakest, so that no run takes another's twin.
    let rules: [Rule<'_>; 4] = [
        &|x, y| same_path(x, y) && same_inputs(x, y),
        &|x, y| same_name(x, y) && same_inputs(x, y),
        &same_path,
        &same_name,
    ];
    let mut partners = vec![None; old.len()];
    let mut taken = vec![false; new.len()];
    for rule in rules {
        for (run, partner) in old.iter().zip(&mut partners) {
            if partner.is_none() {
                let free = |i: &usize| !taken[*i] && rule(run, &new[*i]);
                *partner = (0..new.len()).find(free);
                if let Some(i) = *partner {
                    taken[i] = true;
                }
            }
        }
    }
    partners
}

fn compare_runs(old: &RunRecord, new: &RunRecord) -> RunChanges {
    let mut changes = compare_inputs(&old.inputs, &new.inputs);
    let same_run = changes.is_empty();
    if let (true, Some(before), Some(after)) = (same_run, &old.for_all_time, &new.for_all_time) {
        compare_all_time(before, after, &mut changes);
    }
    let mut claims = Vec::new();
    for claim in &old.claims {
        let changes = match new.claims.iter().find(|c| c.id == claim.id) {
            Some(now) => compare_claims(claim, now, same_run),
            None => vec![Change::new(
                Kind::ClaimDisappeared,
                Effect::Worse,
                "claim",
                Some(text(claim.verdict.word())),
                None,
            )],
        };
        let id = claim.id.clone();
        claims.push(ClaimChanges { id, changes });
    }
    for claim in &new.claims {
        if !old.claims.iter().any(|c| c.id == claim.id) {
            let change = Change::new(
                Kind::ClaimAppeared,
                Effect::Neutral,
                "claim",
                None,
                Some(text(claim.verdict.word())),
            );
            claims.push(ClaimChanges {
                id: claim.id.clone(),
                changes: vec![change],
            });
        }
    }
    RunChanges {
        file: new.file.clone(),
        changes,
        claims,
    }
}

fn text(words: impl ToString) -> Side {
    Side::Text(words.to_string())
}

fn compare_inputs(old: &Inputs, new: &Inputs) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut input = |name: &str, same: bool, old: Option<String>, new: Option<String>| {
        if !same {
            let sides = [old, new].map(|side| side.map(Side::Text));
            let [old, new] = sides;
            changes.push(Change::new(Kind::Input, Effect::Neutral, name, old, new));
        }
    };
    macro_rules! compare {
        ($name:literal, $($field:ident).+) => {{
            let (old, new) = (&old.$($field).+, &new.$($field).+);
            input($name, old == new, Some(old.to_string()), Some(new.to_string()));
        }};
    }
    compare!("lambda1", lambda1);
    compare!("lambda2", lambda2);
    compare!("eta", eta);
    compare!("start.alpha", start.alpha);
    compare!("start.beta1", start.beta1);
    compare!("start.beta2", start.beta2);
    compare!("steps", steps);
    let clip = |inputs: &Inputs| inputs.clip_beta1.as_ref().map(Exact::to_string);
    let same = old.clip_beta1 == new.clip_beta1;
    input("clip_beta1", same, clip(old), clip(new));
    changes
}

/// Compares what is proved of all later steps of one run.
fn compare_all_time(old: &AllTimeRecord, new: &AllTimeRecord, changes: &mut Vec<Change>) {
    compare_rows(
        |delta| format!("S ≤ (2 + {delta})/η"),
        &sharpness_steps(old),
        &sharpness_steps(new),
        changes,
    );
    compare_rows(
        |epsilon| format!("L ≤ {epsilon}"),
        &loss_steps(old),
        &loss_steps(new),
        changes,
    );
    let delta = |record: &AllTimeRecord| record.delta_trap.as_ref().map(|t| t.first_closed_at);
    let last = |record: &AllTimeRecord| record.final_trap.as_ref().map(|t| t.first_closed_at);
    for (name, before, after) in [
        ("δ-trap closed", delta(old), delta(new)),
        ("final trap closed", last(old), last(new)),
    ] {
        if before != after {
            let [before, after] = [before, after].map(|step| step.map(Side::Step));
            let (kind, effect) = (Kind::Step, Effect::Neutral);
            changes.push(Change::new(kind, effect, name, before, after));
        }
    }
    let [before, after] = [old, new].map(|r| r.final_trap.as_ref().map(|trap| &trap.limit));
    let subject = "limit of ηS";
    match (before, after) {
        (None, None) => {}
        (Some(before), Some(after)) => {
            let sides = (before, after);
            changes.extend(compare_enclosures(Kind::Limit, subject, sides, None));
        }
        _ => changes.push(known(subject.into(), before, after, Effect::Neutral)),
    }
}

/// T(δ) by δ, or T(ε) by ε.
type Steps<'a> = Vec<(&'a Exact, Option<u64>)>;

fn sharpness_steps(record: &AllTimeRecord) -> Steps<'_> {
    let rows = record.sharpness.iter();
    rows.map(|row| (&row.delta, row.from_step)).collect()
}

fn loss_steps(record: &AllTimeRecord) -> Steps<'_> {
    let rows = record.loss.iter();
    rows.map(|row| (&row.epsilon, row.from_step)).collect()
}

/// Compares the steps from which bounds hold for ever. A bound that a report does not list is
/// not proved by it.
fn compare_rows(
    bound: impl Fn(&Exact) -> String,
    old: &[(&Exact, Option<u64>)],
    new: &[(&Exact, Option<u64>)],
    changes: &mut Vec<Change>,
) {
    let step = |rows: &[(&Exact, Option<u64>)], target: &Exact| {
        let row = rows.iter().find(|row| row.0 == target);
        row.and_then(|row| row.1)
    };
    let added = new
        .iter()
        .filter(|row| !old.iter().any(|before| before.0 == row.0));
    for (target, _) in old.iter().chain(added) {
        let (before, after) = (step(old, target), step(new, target));
        let effect = match (before, after) {
            _ if before == after => continue,
            (Some(before), Some(after)) if after < before => Effect::Better,
            (Some(_), _) => Effect::Worse,
            (None, _) => Effect::Better,
        };
        let [before, after] = [before, after].map(|step| step.map(Side::Step));
        let (kind, subject) = (Kind::HoldsFrom, bound(target));
        changes.push(Change::new(kind, effect, subject, before, after));
    }
}

/// Compares two results of a claim; numbers and steps only on the same run.
fn compare_claims(old: &ClaimRecord, new: &ClaimRecord, same_run: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    if old.verdict != new.verdict {
        let effect = match (old.verdict, new.verdict) {
            (Verdict::Certified, _) => Effect::Worse,
            (_, Verdict::Certified) => Effect::Better,
            _ => Effect::Neutral,
        };
        let sides = [old, new].map(|claim| Some(text(claim.verdict.word())));
        let [old, new] = sides;
        changes.push(Change::new(Kind::Verdict, effect, "verdict", old, new));
    }
    if (old.expected, old.as_expected) != (new.expected, new.as_expected) {
        let effect = match (old.as_expected, new.as_expected) {
            (true, false) => Effect::Worse,
            (false, true) => Effect::Better,
            _ => Effect::Neutral,
        };
        let [old, new] = [old, new].map(|claim| Some(text(expectation(claim))));
        let subject = "expected verdict";
        changes.push(Change::new(Kind::Expectation, effect, subject, old, new));
    }
    let mut same_claim = compare_constants(old, new, &mut changes);
    if let (Some(before), Some(after)) = (&old.hypotheses, &new.hypotheses) {
        same_claim &= compare_hypotheses(before, after, &mut changes);
    }
    let conclusions = |claim: &ClaimRecord| {
        let texts: Vec<String> = claim.clauses.iter().map(|c| c.text.clone()).collect();
        texts.join("; ")
    };
    let (before, after) = (conclusions(old), conclusions(new));
    if before != after || old.clauses.len() != new.clauses.len() {
        same_claim = false;
        changes.push(Change::new(
            Kind::Conclusions,
            Effect::Neutral,
            "conclusions",
            Some(Side::Text(before)),
            Some(Side::Text(after)),
        ));
    }
    if same_run && same_claim {
        compare_numbers(old, new, &mut changes);
    }
    changes
}

fn expectation(claim: &ClaimRecord) -> String {
    let expected = claim.expected.map_or("certified or vacuous", Verdict::word);
    let met = if claim.as_expected { "met" } else { "not met" };
    format!("{expected}, {met}")
}

/// Compares the claimed constants; true if they are the same.
fn compare_constants(old: &ClaimRecord, new: &ClaimRecord, changes: &mut Vec<Change>) -> bool {
    if old.constants == new.constants {
        return true;
    }
    let added = new
        .constants
        .keys()
        .filter(|name| !old.constants.contains_key(*name));
    for name in old.constants.keys().chain(added) {
        let (before, after) = (old.constants.get(name), new.constants.get(name));
        if before != after {
            let kind = Kind::ClaimedConstant;
            let [before, after] = [before, after].map(|value| value.map(text));
            changes.push(Change::new(kind, Effect::Neutral, name, before, after));
        }
    }
    false
}

/// Compares what a claim supposes, as written; true if it is the same.
fn compare_hypotheses(old: &Hypotheses, new: &Hypotheses, changes: &mut Vec<Change>) -> bool {
    if old == new {
        return true;
    }
    let mut changed = |subject: String, old: Option<String>, new: Option<String>| {
        let [old, new] = [old, new].map(|side| side.map(Side::Text));
        let (kind, effect) = (Kind::Hypotheses, Effect::Neutral);
        changes.push(Change::new(kind, effect, subject, old, new));
    };
    let list = |texts: &[String]| (!texts.is_empty()).then(|| texts.join("; "));
    for (name, before, after) in [
        ("given", &old.given, &new.given),
        ("when", &old.when, &new.when),
    ] {
        if before != after {
            changed(name.into(), list(before), list(after));
        }
    }
    if old.scope != new.scope {
        let sides = [old, new].map(|hypotheses| Some(hypotheses.scope.clone()));
        let [before, after] = sides;
        changed("for".into(), before, after);
    }
    let added = new
        .define
        .keys()
        .filter(|name| !old.define.contains_key(*name));
    for name in old.define.keys().chain(added) {
        let (before, after) = (old.define.get(name), new.define.get(name));
        if before != after {
            changed(format!("define {name}"), before.cloned(), after.cloned());
        }
    }
    false
}

/// Compares numbers and steps of one claim on one run.
fn compare_numbers(old: &ClaimRecord, new: &ClaimRecord, changes: &mut Vec<Change>) {
    let step = |subject: String, old: u64, new: u64| {
        if old != new {
            let [old, new] = [old, new].map(|step| Some(Side::Step(step)));
            Change::new(Kind::Step, Effect::Neutral, subject, old, new).into()
        } else {
            None
        }
    };
    if let (Some(before), Some(after)) = (&old.violation, &new.violation) {
        changes.extend(step("first violation".into(), before.step, after.step));
    }
    let (before, after) = (old.steps_checked, new.steps_checked);
    changes.extend(step("steps checked".into(), before, after));
    // A claim that is still certified and has lost a number says less than it did.
    let certified = [old, new].map(|claim| claim.verdict == Verdict::Certified);
    let lost = if certified == [true, true] {
        Effect::Worse
    } else {
        Effect::Neutral
    };
    let tight = |record: &TightRecord| format!("tight {}", record.name);
    match (&old.tight_constant, &new.tight_constant) {
        (None, None) => {}
        (Some(before), Some(after))
            if before.name == after.name && agree(before.best, after.best) =>
        {
            let subject = tight(after);
            let worse = before.best.or(after.best).map(|best| match best {
                Best::Least => Ordering::Less,
                Best::Greatest => Ordering::Greater,
            });
            let sides = (&before.value, &after.value);
            changes.extend(compare_enclosures(
                Kind::TightConstant,
                &subject,
                sides,
                worse,
            ));
            let subject = format!("step of {subject}");
            changes.extend(compare_places(subject, &before.at, &after.at));
        }
        (Some(before), Some(after)) => {
            // Another constant, or another meaning of it: one goes, one comes.
            let neutral = Effect::Neutral;
            changes.push(known(tight(before), Some(&before.value), None, neutral));
            changes.push(known(tight(after), None, Some(&after.value), neutral));
        }
        (Some(before), None) => {
            changes.push(known(tight(before), Some(&before.value), None, lost));
        }
        (None, Some(after)) => {
            let found = lost.reversed();
            changes.push(known(tight(after), None, Some(&after.value), found));
        }
    }
    for (before, after) in old.clauses.iter().zip(&new.clauses) {
        let name = &after.text;
        match (&before.worst_slack, &after.worst_slack) {
            (None, None) => {}
            (Some(before), Some(after)) => {
                let (word, sides) = match (&before.relative, &after.relative) {
                    (Some(before), Some(after)) => ("relative", (before, after)),
                    _ => ("absolute", (&before.absolute, &after.absolute)),
                };
                let subject = format!("{word} slack of {name}");
                let worse = Some(Ordering::Less);
                changes.extend(compare_enclosures(Kind::Slack, &subject, sides, worse));
                let subject = format!("tightest step of {name}");
                changes.extend(compare_places(subject, &before.at, &after.at));
            }
            (before, after) => {
                let [before, after] = [before, after].map(|s| s.as_ref().map(|s| &s.absolute));
                let subject = format!("absolute slack of {name}");
                let effect = if after.is_none() {
                    lost
                } else {
                    lost.reversed()
                };
                changes.push(known(subject, before, after, effect));
            }
        }
    }
}

/// Compares where a value is attained: a change only if it cannot be the same step.
fn compare_places(subject: String, old: &Place, new: &Place) -> Option<Change> {
    if old.may_be(new) {
        return None;
    }
    let side = |place: &Place| match (place.step, &place.steps) {
        (Some(step), _) => Some(Side::Step(step)),
        (None, Some(many)) => Some(Side::Text(one_of(many))),
        (None, None) => None,
    };
    let (kind, effect) = (Kind::Step, Effect::Neutral);
    Some(Change::new(kind, effect, subject, side(old), side(new)))
}

fn one_of(many: &Candidates) -> String {
    match (&many.listed, many.first, many.last) {
        (Some(steps), ..) => {
            let steps: Vec<String> = steps.iter().map(u64::to_string).collect();
            format!("one of {}", steps.join(", "))
        }
        (None, Some(first), Some(last)) => {
            format!("one of {} steps from {first} to {last}", many.count)
        }
        _ => "unknown".into(),
    }
}

/// Whether two reports may mean the same by a constant; an old report does not say.
fn agree(x: Option<Best>, y: Option<Best>) -> bool {
    x.is_none() || y.is_none() || x == y
}

fn known(
    subject: String,
    old: Option<&Enclosure>,
    new: Option<&Enclosure>,
    effect: Effect,
) -> Change {
    let [old, new] = [old, new].map(|side| side.cloned().map(Side::Enclosure));
    Change::new(Kind::Known, effect, subject, old, new)
}

/// Compares two enclosures; `worse` says which way is worse, if that is known.
fn compare_enclosures(
    kind: Kind,
    subject: &str,
    (old, new): (&Enclosure, &Enclosure),
    worse: Option<Ordering>,
) -> Option<Change> {
    let (kind, effect) = match new.proved_order(old) {
        Some(order) => {
            let effect = match worse {
                None => Effect::Neutral,
                Some(worse) if worse == order => Effect::Worse,
                Some(_) => Effect::Better,
            };
            (kind, effect)
        }
        None if new.is_much_wider(old) => (Kind::LessAccurate, Effect::Neutral),
        None if old.is_much_wider(new) => (Kind::MoreAccurate, Effect::Neutral),
        None => return None,
    };
    let [old, new] = [old, new].map(|side| Some(Side::Enclosure(side.clone())));
    Some(Change::new(kind, effect, subject, old, new))
}
