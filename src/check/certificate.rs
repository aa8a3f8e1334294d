//! A certificate: its form, its hashes, and how large it may be.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::claim::{self, Claim};
use super::formula::Graph;
use super::json::{self, Json};
use super::orbit::Run;
use super::tail::Stated;
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
/// Bits claims are evaluated with, if not with all of an iterate's.
const LADDER: [u32; 3] = [96, 160, 256];
/// Traps at most.
const MOST_TRAPS: usize = 16;
/// Bytes that values may take up at most.
const MOST_MEMORY: u64 = 1 << 29;
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
}

impl Certificate {
    /// Reads a certificate, and checks form and hashes.
    ///
    /// # Errors
    /// [`Failure`] at the first wrong field.
    pub fn read(bytes: &[u8]) -> Result<Self, Failure> {
        if bytes.len() > CERTIFICATE_BYTES {
            return Err(Failure::format("it is too long"));
        }
        let Some(text) = bytes.strip_suffix(b"\n") else {
            return Err(Failure::format("it does not end with a line break"));
        };
        let json = json::read(text)?;
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
        let mut content = json.clone();
        if let Json::Object(all) = &mut content {
            all.remove("sha256");
        }
        fields.take("sha256", |stated| hash(&content, stated))?;
        let (run, run_json) = fields.take("run", |json| Ok((Run::read(json)?, json)))?;
        let run_hash = fields.take("run_sha256", |stated| hash(run_json, stated))?;
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
            let claim = Claim::read(json, &run, &mut graphs)?;
            let of_ladder = LADDER.contains(&claim.bits) && claim.bits < precision;
            if claim.bits != precision && !of_ladder {
                let message = "96, 160, 256 or, if that is not enough, `precision`";
                return Err(Failure::format(message).inside("bits"));
            }
            if memory(&graphs) > MOST_MEMORY {
                return Err(Failure::format("the formulas take too much memory"));
            }
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
        })
    }

    /// Steps of the run.
    pub fn steps(&self) -> u64 {
        self.run.steps
    }
}

/// The hash of a value, if it is the one that is stated.
fn hash(value: &Json, stated: &Json) -> Result<String, Failure> {
    let hash = value.hash();
    let wrong = || Failure::rejected("this is not the hash");
    (stated.text()? == hash).then_some(hash).ok_or_else(wrong)
}

/// Bytes that the values of all nodes take up.
fn memory(graphs: &BTreeMap<u32, Graph>) -> u64 {
    /// Bytes of a node, besides the digits of its value.
    const NODE: u64 = 400;
    let bytes = |(bits, graph): (&u32, &Graph)| {
        let nodes = u64::try_from(graph.nodes.len()).unwrap_or(u64::MAX);
        nodes.saturating_mul(NODE.saturating_add(u64::from(*bits) / 8))
    };
    graphs.iter().map(bytes).fold(0, u64::saturating_add)
}
