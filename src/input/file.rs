//! Decoding run files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rug::Rational;

use super::{Changes, Expectation, MOST_STEPS, Range, Run, Targets};
use crate::claim::{Claim, SourceFile, file as claims};
use crate::diagnostic::{InputError, InputKind};
use crate::document::{self, Field, Table};
use crate::model::{self, COORDINATES, Parameters, State};

const FIELDS: [&str; 11] = [
    "title",
    "lambda1",
    "lambda2",
    "eta",
    "steps",
    "start",
    "projection",
    "claims",
    "expect",
    "constants",
    "for_all_time",
];

pub(super) fn load(path: &Path) -> Result<Run, InputError> {
    let file = document::read(path)?;
    document::decode(&file, |table| {
        table.allow(&FIELDS)?;
        let mut loaded = load_claims(path, &table)?;
        override_constants(&mut loaded, &table)?;
        Ok(Run {
            expect: expectations(&loaded, &table)?,
            claims: loaded.into_iter().map(Arc::new).collect(),
            ..inputs(&file, &table)?
        })
    })
}

/// A run's exact inputs, without its claims and what it says of them.
pub(super) fn load_inputs(path: &Path) -> Result<Run, InputError> {
    let file = document::read(path)?;
    document::decode(&file, |table| {
        table.allow(&FIELDS)?;
        inputs(&file, &table)
    })
}

fn inputs(file: &Arc<SourceFile>, table: &Table<'_>) -> Result<Run, InputError> {
    let title = match table.optional("title") {
        Some(field) => field.text()?.text.to_string(),
        None => file
            .path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    };
    Ok(Run {
        title,
        parameters: parameters(table)?,
        start: start(&table.required("start")?)?,
        steps: steps(&table.required("steps")?)?,
        claims: Vec::new(),
        expect: BTreeMap::new(),
        targets: targets(table)?,
        file: file.clone(),
    })
}

/// See [`Changes::read`].
pub(super) fn changes(table: &Table<'_>) -> Result<Changes, InputError> {
    let number = |key: &str| table.optional(key).map(|f| positive(&f)).transpose();
    let clip = match table.optional("projection") {
        None => None,
        Some(field) => match field.boolean() {
            Some(false) => Some(None),
            Some(true) => {
                let message = "this is { beta1 = … }, or false for plain gradient descent";
                return Err(field.error(InputKind::Value, message));
            }
            None => Some(Some(projection(&field)?)),
        },
    };
    let start = match table.optional("start") {
        None => None,
        Some(field) => {
            let table = field.table()?;
            table.allow(&COORDINATES)?;
            let coordinate = |name: &str| table.optional(name).map(|f| range(&f)).transpose();
            Some(State {
                alpha: coordinate("alpha")?,
                beta1: coordinate("beta1")?,
                beta2: coordinate("beta2")?,
            })
        }
    };
    let place = ["lambda2", "lambda1"]
        .into_iter()
        .find_map(|key| table.optional(key))
        .map(|field| (table.file().clone(), field.span(), field.name().to_string()));
    Ok(Changes {
        steps: table.optional("steps").map(|f| steps(&f)).transpose()?,
        start,
        eta: number("eta")?,
        lambda1: number("lambda1")?,
        lambda2: number("lambda2")?,
        clip,
        place,
    })
}

fn positive(field: &Field<'_>) -> Result<Rational, InputError> {
    let value = field.number()?;
    if value > 0 {
        Ok(value)
    } else {
        Err(field.error(InputKind::Value, "this must be greater than 0"))
    }
}

fn parameters(table: &Table<'_>) -> Result<Parameters, InputError> {
    let lambda1 = positive(&table.required("lambda1")?)?;
    let second = table.required("lambda2")?;
    let lambda2 = positive(&second)?;
    if lambda2 > lambda1 {
        return Err(second.error(InputKind::Value, super::WRONG_ORDER));
    }
    let clip = match table.optional("projection") {
        None => None,
        Some(field) => Some(projection(&field)?),
    };
    Ok(Parameters {
        lambda1,
        lambda2,
        eta: positive(&table.required("eta")?)?,
        clip,
    })
}

fn projection(field: &Field<'_>) -> Result<Rational, InputError> {
    let table = field.table()?;
    table.allow(&["beta1"])?;
    positive(&table.required("beta1")?)
}

fn start(field: &Field<'_>) -> Result<State<Range>, InputError> {
    let table = field.table()?;
    table.allow(&COORDINATES)?;
    let coordinate = |name: &str| range(&table.required(name)?);
    Ok(State {
        alpha: coordinate("alpha")?,
        beta1: coordinate("beta1")?,
        beta2: coordinate("beta2")?,
    })
}

/// A point, or `[lower, upper]`.
fn range(field: &Field<'_>) -> Result<Range, InputError> {
    let Some(ends) = field.elements() else {
        let value = field.number()?;
        return Ok(Range {
            lower: value.clone(),
            upper: value,
        });
    };
    let [lower, upper] = ends.as_slice() else {
        let message = format!("a box has two ends, [lower, upper], not {}", ends.len());
        return Err(field.error(InputKind::Value, &message));
    };
    let range = Range {
        lower: lower.number()?,
        upper: upper.number()?,
    };
    if range.lower > range.upper {
        let message = "this box is empty: its lower end is above its upper end";
        return Err(field.error(InputKind::Value, message));
    }
    Ok(range)
}

fn steps(field: &Field<'_>) -> Result<u64, InputError> {
    let value = field.number()?;
    if !value.is_integer() || value < 0 {
        return Err(field.error(InputKind::Value, "this must be a whole number ≥ 0"));
    }
    value
        .numer()
        .to_u64()
        .filter(|n| *n <= MOST_STEPS)
        .ok_or_else(|| {
            field.error(
                InputKind::Value,
                &format!("at most {MOST_STEPS} steps can be made"),
            )
        })
}

/// The claims, with paths relative to the run file.
fn load_claims(path: &Path, table: &Table<'_>) -> Result<Vec<Claim>, InputError> {
    let Some(field) = table.optional("claims") else {
        return Ok(Vec::new());
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let paths: Vec<PathBuf> = field
        .texts()?
        .iter()
        .map(|text| document::tidy(&folder.join(text.text)))
        .collect();
    if let Some(missing) = paths.iter().find(|p| !p.exists()) {
        let message = format!("there is no file or folder {}", missing.display());
        return Err(field.error(InputKind::Io, &message));
    }
    let loaded = claims::load_all(&paths, &model::names())?;
    Ok(loaded.into_iter().map(Arc::unwrap_or_clone).collect())
}

fn unknown_claim(field: &Field<'_>, id: &str, claims: &[Claim]) -> InputError {
    let error = field.error(InputKind::ClaimId, "the run names no claim with this id");
    let ids = claims.iter().map(|c| c.id.as_str());
    let first_part = |whole: &&str| whole.split('.').next() == Some(id);
    match ids.clone().find(first_part) {
        Some(whole) => error.help(format!("an id with dots is written in quotes: \"{whole}\"")),
        None => error.nearest(id, ids),
    }
}

fn expectations(
    claims: &[Claim],
    table: &Table<'_>,
) -> Result<BTreeMap<String, Expectation>, InputError> {
    let mut expect = BTreeMap::new();
    let Some(field) = table.optional("expect") else {
        return Ok(expect);
    };
    for field in field.table()?.fields() {
        let id = field.key();
        if !claims.iter().any(|c| c.id == id) {
            return Err(unknown_claim(&field, id, claims));
        }
        let words = ["certified", "violated", "undecided", "vacuous"];
        let expectation = match field.text()?.text {
            "certified" => Expectation::Certified,
            "violated" => Expectation::Violated,
            "undecided" => Expectation::Undecided,
            "vacuous" => Expectation::Vacuous,
            other => {
                let message =
                    "this must be \"certified\", \"violated\", \"undecided\" or \"vacuous\"";
                return Err(field
                    .error(InputKind::Value, message)
                    .nearest(other, words.into_iter()));
            }
        };
        expect.insert(id.to_string(), expectation);
    }
    Ok(expect)
}

/// `for_all_time = { delta = […], epsilon = […] }`.
fn targets(table: &Table<'_>) -> Result<Targets, InputError> {
    let mut targets = Targets::default();
    let Some(field) = table.optional("for_all_time") else {
        return Ok(targets);
    };
    let table = field.table()?;
    table.allow(&["delta", "epsilon"])?;
    for (name, list) in [
        ("delta", &mut targets.delta),
        ("epsilon", &mut targets.epsilon),
    ] {
        let Some(field) = table.optional(name) else {
            continue;
        };
        let Some(elements) = field.elements() else {
            let message = "this must be a list of numbers";
            return Err(field.error(InputKind::Type, message));
        };
        *list = elements.iter().map(positive).collect::<Result<_, _>>()?;
    }
    Ok(targets)
}

fn override_constants(claims: &mut [Claim], table: &Table<'_>) -> Result<(), InputError> {
    let Some(field) = table.optional("constants") else {
        return Ok(());
    };
    for field in field.table()?.fields() {
        let id = field.key();
        let Some(position) = claims.iter().position(|c| c.id == id) else {
            return Err(unknown_claim(&field, id, claims));
        };
        let claim = &mut claims[position];
        for constant in field.table()?.fields() {
            let name = constant.key();
            let known: Vec<String> = claim.constants.iter().map(|(n, _)| n.clone()).collect();
            let Some(slot) = claim.constants.iter_mut().find(|(n, _)| n == name) else {
                let error = constant.error(InputKind::Value, "the claim has no such constant");
                return Err(error.nearest(name, known.iter().map(String::as_str)));
            };
            slot.1 = constant.number()?;
        }
    }
    Ok(())
}
