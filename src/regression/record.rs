//! What is compared of a JSON report, read back: exact inputs, verdicts, and the exact ends of
//! enclosures. Everything else of a report (time, versions, text for people) is ignored.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rug::float::Round;
use rug::{Float, Rational};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::claim::SourceFile;
use crate::diagnostic::{InputError, InputKind};
use crate::number::{decimal, rational};
use crate::verdict::Verdict;

/// The version of the format that is read.
pub const SCHEMA_VERSION: u64 = 1;

/// A report.
#[derive(Clone, Debug, Deserialize)]
pub struct Document {
    /// The runs that were made, in the order of the report.
    #[serde(deserialize_with = "runs")]
    pub runs: Vec<RunRecord>,
}

/// A run of a report.
#[derive(Clone, Debug, Deserialize)]
pub struct RunRecord {
    /// The run file, as it was given to the program.
    pub file: String,
    /// The exact inputs.
    pub inputs: Inputs,
    /// What is proved of all later steps; `None` in a report that does not say.
    #[serde(default)]
    pub for_all_time: Option<AllTimeRecord>,
    /// The claims, in the order of the report.
    #[serde(deserialize_with = "claims")]
    pub claims: Vec<ClaimRecord>,
}

impl RunRecord {
    /// The last part of the run file's path.
    pub fn file_name(&self) -> &str {
        self.file.rsplit(['/', '\\']).next().unwrap_or(&self.file)
    }
}

/// The exact inputs of a run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Inputs {
    /// λ₁.
    pub lambda1: Exact,
    /// λ₂.
    pub lambda2: Exact,
    /// The step size η.
    pub eta: Exact,
    /// The bound B of |β₁|; `None` for plain gradient descent.
    #[serde(deserialize_with = "nullable")]
    pub clip_beta1: Option<Exact>,
    /// θ₀.
    pub start: Start,
    /// Steps asked for.
    pub steps: u64,
}

/// The start, coordinate by coordinate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Start {
    /// α₀.
    pub alpha: ExactRange,
    /// β₁ at step 0.
    pub beta1: ExactRange,
    /// β₂ at step 0.
    pub beta2: ExactRange,
}

/// What is proved of all later steps of a run (Theorem 4.1).
#[derive(Clone, Debug, Deserialize)]
pub struct AllTimeRecord {
    /// The δ-trap (Theorem 13), if it closed.
    #[serde(deserialize_with = "nullable")]
    pub delta_trap: Option<DeltaTrapRecord>,
    /// The final trap (Theorem 12), if it closed.
    #[serde(deserialize_with = "nullable")]
    pub final_trap: Option<FinalTrapRecord>,
    /// T(δ), each δ once.
    #[serde(deserialize_with = "sharpness_rows")]
    pub sharpness: Vec<SharpnessRow>,
    /// T(ε), each ε once.
    #[serde(deserialize_with = "loss_rows")]
    pub loss: Vec<LossRow>,
}

/// A δ-trap that closed.
#[derive(Clone, Debug, Deserialize)]
pub struct DeltaTrapRecord {
    /// First step at which it was proved to hold.
    pub first_closed_at: u64,
}

/// A final trap that closed.
#[derive(Clone, Debug, Deserialize)]
pub struct FinalTrapRecord {
    /// First step at which it was proved to hold.
    pub first_closed_at: u64,
    /// Encloses lim ηS(θ_t).
    #[serde(rename = "limit_eta_sharpness")]
    pub limit: Enclosure,
}

/// From which step on S ≤ (2 + δ)/η.
#[derive(Clone, Debug, Deserialize)]
pub struct SharpnessRow {
    /// δ.
    pub delta: Exact,
    /// T(δ): the bound holds at every t ≥ T(δ); `None` if no such step is proved.
    #[serde(deserialize_with = "nullable")]
    pub from_step: Option<u64>,
}

/// From which step on L ≤ ε.
#[derive(Clone, Debug, Deserialize)]
pub struct LossRow {
    /// ε.
    pub epsilon: Exact,
    /// T(ε): the bound holds at every t ≥ T(ε); `None` if no such step is proved.
    #[serde(deserialize_with = "nullable")]
    pub from_step: Option<u64>,
}

/// A claim on a run.
#[derive(Clone, Debug, Deserialize)]
pub struct ClaimRecord {
    /// Its id, once in a run.
    pub id: String,
    /// The claimed constants.
    pub constants: BTreeMap<String, Exact>,
    /// What the claim supposes; `None` in a report that does not say.
    #[serde(default)]
    pub hypotheses: Option<Hypotheses>,
    /// The verdict.
    #[serde(deserialize_with = "verdict")]
    pub verdict: Verdict,
    /// The verdict the run file expects, if it says so.
    #[serde(deserialize_with = "expected")]
    pub expected: Option<Verdict>,
    /// Whether the verdict is the expected one.
    pub as_expected: bool,
    /// Steps at which the conclusions were checked.
    pub steps_checked: u64,
    /// The conclusions.
    pub clauses: Vec<ClauseRecord>,
    /// The tight constant.
    #[serde(deserialize_with = "nullable")]
    pub tight_constant: Option<TightRecord>,
    /// The first violation.
    #[serde(deserialize_with = "nullable")]
    pub violation: Option<ViolationRecord>,
}

/// What a claim supposes, as its file writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hypotheses {
    /// Conditions at the scope's start.
    pub given: Vec<String>,
    /// Conditions at each step.
    pub when: Vec<String>,
    /// The steps the claim speaks of.
    #[serde(rename = "for")]
    pub scope: String,
    /// Abbreviations, by name.
    pub define: BTreeMap<String, String>,
}

/// A conclusion of a claim.
#[derive(Clone, Debug, Deserialize)]
pub struct ClauseRecord {
    /// Its text.
    pub text: String,
    /// The worst slack over the run.
    #[serde(deserialize_with = "nullable")]
    pub worst_slack: Option<SlackRecord>,
}

/// The worst slack of a conclusion.
#[derive(Clone, Debug, Deserialize)]
pub struct SlackRecord {
    /// Larger side minus smaller side.
    pub absolute: Enclosure,
    /// The same over the larger side's size; `None` where nothing is relative.
    #[serde(deserialize_with = "nullable")]
    pub relative: Option<Enclosure>,
    /// The tightest step.
    pub step: u64,
}

/// The tight constant of a claim.
#[derive(Clone, Debug, Deserialize)]
pub struct TightRecord {
    /// The constant's name.
    pub name: String,
    /// Its tight value on the run.
    pub value: Enclosure,
    /// The step that decides it.
    pub step: u64,
    /// Which of the values along the run counts; `None` in a report that does not say so.
    #[serde(default)]
    pub best: Option<Best>,
}

/// Which of the values of a constant along a run is the tight one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Best {
    /// The least: the constant bounds from below, so a smaller one is worse.
    Least,
    /// The greatest: the constant bounds from above, so a greater one is worse.
    Greatest,
}

/// The first violation of a claim.
#[derive(Clone, Debug, Deserialize)]
pub struct ViolationRecord {
    /// The step.
    pub step: u64,
}

/// An exact number and its text. Equal if the numbers are.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Exact {
    text: String,
    value: Rational,
}

impl Exact {
    /// The number.
    pub fn value(&self) -> &Rational {
        &self.value
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Exact {}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Exact {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match rational::parse(&text) {
            Ok(value) => Ok(Exact { text, value }),
            Err(e) => Err(format!("this is not an exact number: {e}")),
        }
    }
}

/// A number, or a range `[lower, upper]`, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ExactRange {
    lower: Exact,
    upper: Exact,
}

impl fmt::Display for ExactRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.lower == self.upper {
            self.lower.fmt(f)
        } else {
            write!(f, "[{}, {}]", self.lower, self.upper)
        }
    }
}

impl TryFrom<String> for ExactRange {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
        let Some((lower, upper)) = inner.and_then(|t| t.split_once(',')) else {
            let point = Exact::try_from(text)?;
            let (lower, upper) = (point.clone(), point);
            return Ok(ExactRange { lower, upper });
        };
        Ok(ExactRange {
            lower: Exact::try_from(lower.trim().to_string())?,
            upper: Exact::try_from(upper.trim().to_string())?,
        })
    }
}

/// An enclosure with exact ends. It contains the value; nothing is rounded here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawEnclosure")]
pub struct Enclosure {
    /// The lower end as the report writes it.
    pub lower: String,
    /// The upper end as the report writes it.
    pub upper: String,
    /// A decimal text for people.
    pub decimal: String,
}

#[derive(Deserialize)]
struct RawEnclosure {
    lower: String,
    upper: String,
    decimal: String,
}

impl TryFrom<RawEnclosure> for Enclosure {
    type Error = String;

    fn try_from(raw: RawEnclosure) -> Result<Self, String> {
        let end = |name: &str, text: &str, unbounded: &str| match decimal::parse_hexadecimal(text) {
            Some(value) => Ok(Some(value)),
            None if text == unbounded => Ok(None),
            None => Err(format!(
                "`{name}` is `{text}`; an exact end such as 0x1.8p-3 or {unbounded} is expected"
            )),
        };
        let lower = end("lower", &raw.lower, "-inf")?;
        let upper = end("upper", &raw.upper, "inf")?;
        if let (Some(lower), Some(upper)) = (&lower, &upper)
            && lower > upper
        {
            return Err(format!(
                "`lower` {} is above `upper` {}",
                raw.lower, raw.upper
            ));
        }
        Ok(Enclosure {
            lower: raw.lower,
            upper: raw.upper,
            decimal: raw.decimal,
        })
    }
}

impl Enclosure {
    /// The exact lower end; `None` for −∞.
    pub fn lower_end(&self) -> Option<Float> {
        decimal::parse_hexadecimal(&self.lower)
    }

    /// The exact upper end; `None` for ∞.
    pub fn upper_end(&self) -> Option<Float> {
        decimal::parse_hexadecimal(&self.upper)
    }

    /// How the value inside compares with the one inside `other`, if the enclosures prove it:
    /// if they have no point in common. Never `Equal`.
    pub fn proved_order(&self, other: &Enclosure) -> Option<Ordering> {
        let below = |x: &Enclosure, y: &Enclosure| match (x.upper_end(), y.lower_end()) {
            (Some(upper), Some(lower)) => upper < lower,
            _ => false,
        };
        if below(self, other) {
            Some(Ordering::Less)
        } else if below(other, self) {
            Some(Ordering::Greater)
        } else {
            None
        }
    }

    /// Whether it is certainly more than twice as wide as `other`.
    pub fn is_much_wider(&self, other: &Enclosure) -> bool {
        if (&self.lower, &self.upper) == (&other.lower, &other.upper) {
            return false;
        }
        match (self.width(Round::Down), other.width(Round::Up)) {
            (Some(own), Some(others)) => own > others * 2u32,
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }

    /// The width, rounded; `None` if it is unbounded.
    fn width(&self, round: Round) -> Option<Float> {
        const BITS: u32 = 64;
        let (lower, upper) = (self.lower_end()?, self.upper_end()?);
        Some(Float::with_val_round(BITS, &upper - &lower, round).0)
    }
}

/// A value or `null`. Unlike a plain `Option`, the field must be there.
fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(d: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(d)
}

fn verdict_of_word(word: &str) -> Result<Verdict, String> {
    let all = [
        Verdict::Certified,
        Verdict::Violated,
        Verdict::Undecided,
        Verdict::Vacuous,
    ];
    all.into_iter()
        .find(|v| v.word() == word)
        .ok_or_else(|| format!("there is no verdict `{word}`"))
}

fn verdict<'de, D: Deserializer<'de>>(d: D) -> Result<Verdict, D::Error> {
    verdict_of_word(&String::deserialize(d)?).map_err(D::Error::custom)
}

fn expected<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Verdict>, D::Error> {
    Option::<String>::deserialize(d)?
        .map(|word| verdict_of_word(&word))
        .transpose()
        .map_err(D::Error::custom)
}

/// A list that has every key once. Checked as it is read, so that the message has a place.
struct Unique<T> {
    what: &'static str,
    key: fn(&T) -> String,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Unique<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {}s", self.what)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        let mut keys = BTreeSet::new();
        while let Some(item) = sequence.next_element()? {
            let key = (self.key)(&item);
            if keys.contains(&key) {
                let message = format!("the {} `{key}` is there twice", self.what);
                return Err(A::Error::custom(message));
            }
            keys.insert(key);
            items.push(item);
        }
        Ok(items)
    }
}

fn runs<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<RunRecord>, D::Error> {
    d.deserialize_seq(Unique {
        what: "run",
        key: |run: &RunRecord| run.file.clone(),
    })
}

fn claims<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<ClaimRecord>, D::Error> {
    d.deserialize_seq(Unique {
        what: "claim",
        key: |claim: &ClaimRecord| claim.id.clone(),
    })
}

fn sharpness_rows<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<SharpnessRow>, D::Error> {
    d.deserialize_seq(Unique {
        what: "δ",
        key: |row: &SharpnessRow| rational::format(row.delta.value()),
    })
}

fn loss_rows<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<LossRow>, D::Error> {
    d.deserialize_seq(Unique {
        what: "ε",
        key: |row: &LossRow| rational::format(row.epsilon.value()),
    })
}

/// What says that a file is a report of a known version. It is looked at first: the fields of
/// an unknown version have unknown meanings.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "program")]
    _program: Program,
    #[serde(rename = "schema_version")]
    _schema_version: SchemaVersion,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Program;

impl TryFrom<String> for Program {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if name == "edgecert" {
            Ok(Program)
        } else {
            Err(format!("this is a report of `{name}`, not of edgecert"))
        }
    }
}

#[derive(Deserialize)]
#[serde(try_from = "u64")]
struct SchemaVersion;

impl TryFrom<u64> for SchemaVersion {
    type Error = String;

    fn try_from(version: u64) -> Result<Self, String> {
        if version == SCHEMA_VERSION {
            Ok(SchemaVersion)
        } else {
            Err(format!(
                "the report's version is {version}; this program reads version {SCHEMA_VERSION}"
            ))
        }
    }
}

/// Reads a JSON report of `edgecert certify`.
///
/// # Errors
/// [`InputError`] naming file, line, column and field if it is not JSON, not a report, of
/// another [`SCHEMA_VERSION`], lacks a field, or names a run or a run's claim twice.
pub fn parse(file: &SourceFile) -> Result<Document, InputError> {
    decode::<Head>(file)?;
    decode(file)
}

/// Longest part of a line before a mistake that is shown, in bytes.
const LONGEST_LINE: usize = 400;

fn decode<'de, T: Deserialize<'de>>(file: &'de SourceFile) -> Result<T, InputError> {
    let mut json = serde_json::Deserializer::from_str(&file.text);
    let refused = |field: &str, error: &serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        let place = format!(" at line {line} column {column}");
        let message = error.to_string();
        let message = message.strip_suffix(&place).unwrap_or(&message);
        let (kind, message) = if error.is_data() {
            (InputKind::Value, message.to_string())
        } else {
            (InputKind::Json, format!("this is not JSON: {message}"))
        };
        let message = match field {
            "." | "" | "?" => message,
            field => format!("`{field}`: {message}"),
        };
        // The column counts bytes from 1 and points behind what was read last.
        let start = line_start(&file.text, line);
        let byte = start.map(|start| (start + column.saturating_sub(1)).min(file.text.len()));
        match byte.filter(|byte| file.text.is_char_boundary(*byte)) {
            Some(byte) if column <= LONGEST_LINE => {
                InputError::at(kind, file, Some(byte..byte), message)
            }
            _ => InputError::at(
                kind,
                file,
                None,
                format!("line {line}, column {column}: {message}"),
            ),
        }
    };
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|e| refused(&e.path().to_string(), e.inner()))?;
    json.end().map_err(|e| refused("", &e))?;
    Ok(value)
}

/// The first byte of a line, counted from 1.
fn line_start(text: &str, line: usize) -> Option<usize> {
    let skipped = line.checked_sub(1)?;
    let lines = text.split_inclusive('\n');
    Some(lines.take(skipped).map(str::len).sum())
}
