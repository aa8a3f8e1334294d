//! A certificate: its form, its hashes, and how large it may be.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::claim::{self, Claim};
use super::formula::Graph;
use super::json::{self, Json};
use super::orbit::Run;
use super::tail::Stated;
use super::work::Budget;
use super::{Failure, Kind};
use crate::limits::{CERTIFICATE_BYTES, CERTIFICATE_CLAIMS};

/// The first field of a certificate says so.
pub const FORMAT: &str = "edgecert certificate";

/// Versions of the format that are read.
pub const VERSIONS: RangeInclusive<i64> = 1..=1;

/// Bits of an iterate at most.
const MOST_PRECISION: u64 = 1 << 16;
/// Bits of an iterate are a multiple of this.
const WORD: u32 = 64;
/// Traps at most.
const MOST_TRAPS: usize = 16;
/// Work of reading a certificate and of proving its identities at most.
const MOST_READING: u64 = 1 << 33;

/// A certificate that was read: it is in canonical form, and its hashes are right.
pub struct Certificate {
    pub(super) run: Run,
    pub(super) run_hash: String,
    pub(super) precision: u32,
    pub(super) stated: Vec<Stated>,
    pub(super) claims: Vec<Claim>,
    /// The formulas, by the bits they are evaluated with.
    pub(super) graphs: BTreeMap<u32, Graph>,
    /// Ids of claims that are not checked, with the reason.
    pub(super) unchecked: Vec<(String, String)>,
    pub(super) budget: Budget,
    /// Are inequalities decided by enclosures alone, as a simpler checker does? Else ties that hold
    /// by construction are seen, too.
    pub by_balls: bool,
}

impl Certificate {
    /// Reads a certificate, and checks form and hashes.
    ///
    /// # Errors
    /// [`Failure`] at the first wrong field.
    pub fn read(bytes: &[u8]) -> Result<Self, Failure> {
        Self::read_within(bytes, u64::MAX)
    }

    /// The same, with so much work at most for that and for what is done with it later.
    ///
    /// # Errors
    /// As [`Certificate::read`]; and the limit that was met.
    pub fn read_within(bytes: &[u8], most_work: u64) -> Result<Self, Failure> {
        if bytes.len() > CERTIFICATE_BYTES {
            return Err(Failure::new(Kind::Work, "it is larger than 2 MiB"));
        }
        let Some(text) = bytes.strip_suffix(b"\n") else {
            return Err(Failure::format("it does not end with a line break"));
        };
        let budget = Budget::new(most_work.min(MOST_READING), "reading it");
        let json = json::read_within(text, &budget)?;
        let text_bytes = budget.held();
        let certificate = Self::of(json, &budget)?;
        budget.release(text_bytes);
        budget.allow(most_work, "it");
        Ok(certificate)
    }

    fn of(mut json: Json, budget: &Budget) -> Result<Self, Failure> {
        let stated = match &mut json {
            Json::Object(all) => all.remove("sha256"),
            _ => None,
        };
        let whole = json.hash();
        let mut fields = json.fields()?;
        fields.take("format", |json| match json.text()? {
            FORMAT => Ok(()),
            _ => Err(Failure::format("this is no certificate of edgecert")),
        })?;
        fields.take("version", |json| match json.integer()? {
            version if VERSIONS.contains(&version) => Ok(()),
            _ => {
                let (first, last) = (VERSIONS.start(), VERSIONS.end());
                let message = format!("versions {first} to {last} are read");
                Err(Failure::new(Kind::Version, message))
            }
        })?;
        let stated = stated.ok_or_else(|| Failure::format("it is missing").inside("sha256"))?;
        is_hash(whole, &stated).map_err(|e| e.inside("sha256"))?;
        let (run, run_json) = fields.take("run", |json| Ok((Run::read(json)?, json)))?;
        let run_hash = fields.take("run_sha256", |stated| is_hash(run_json.hash(), stated))?;
        let precision = fields.take("precision", |json| {
            let bits = u32::try_from(json.count(MOST_PRECISION)?).unwrap_or(0);
            let wrong = || Failure::format("a multiple of 64 is expected");
            let whole = bits > 0 && bits.is_multiple_of(WORD);
            whole.then_some(bits).ok_or_else(wrong)
        })?;
        let stated = fields.items("tails", MOST_TRAPS, |json| {
            let trap = Stated::read(json)?;
            let wrong = || Failure::format("it is after the last step").inside("step");
            (trap.step <= run.steps).then_some(trap).ok_or_else(wrong)
        })?;
        let mut ids = BTreeSet::new();
        let mut once = |id: &str| {
            let twice = || Failure::format("this id occurs twice").inside("id");
            ids.insert(id.to_string()).then_some(()).ok_or_else(twice)
        };
        let mut graphs = BTreeMap::new();
        let claims = fields.items("claims", CERTIFICATE_CLAIMS, |json| {
            let claim = Claim::read(json, &run, precision, &mut graphs, budget)?;
            once(&claim.id)?;
            Ok(claim)
        })?;
        let unchecked = fields.items("unchecked", CERTIFICATE_CLAIMS, |json| {
            let mut fields = json.fields()?;
            let id = fields.take("id", claim::id)?;
            let reason = fields.take("reason", |json| Ok(json.text()?.to_string()))?;
            fields.end()?;
            once(&id)?;
            Ok((id, reason))
        })?;
        fields.end()?;
        Ok(Certificate {
            run,
            run_hash,
            precision,
            stated,
            claims,
            graphs,
            unchecked,
            budget: budget.clone(),
            by_balls: false,
        })
    }

    /// Steps of the run.
    pub fn steps(&self) -> u64 {
        self.run.steps
    }
}

/// The hash, if it is the one that is stated.
fn is_hash(hash: String, stated: &Json) -> Result<String, Failure> {
    let wrong = || Failure::rejected("this is not the hash");
    (stated.text()? == hash).then_some(hash).ok_or_else(wrong)
}
