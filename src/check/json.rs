//! Canonical JSON, strictly: one text per content.
//!
//! Only what certificates use: integers, strings of printable ASCII without `"` and `\`, lists
//! and objects. No white space, no `-0`, no leading zeros, keys in ascending order. Whatever
//! this reader accepts is what [`Json::write`] writes, so no two texts have the same content.

use std::collections::BTreeMap;

use super::fraction::Fraction;
use super::work::{Budget, length};
use super::{Failure, Kind};

/// Lists and objects may be nested this deep.
const DEEPEST: usize = 100;

/// A number by its digits: |x − n·10^k| ≤ 0.51·10^k.
pub type Digits = (i64, i64);

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// A number, always whole.
    Integer(i64),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(BTreeMap<String, Json>),
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    budget: &'a Budget,
}

/// Work of a value, and bytes that it takes up in a list.
const VALUE: u64 = 200;
const VALUE_BYTES: u64 = 64;
/// Bytes of an object: room for eleven fields at once; and of a field.
const OBJECT_BYTES: u64 = 700;
const FIELD_BYTES: u64 = 130;

/// Reads one value that takes up all of the text.
pub fn read(bytes: &[u8]) -> Result<Json, Failure> {
    read_within(bytes, &Budget::unlimited())
}

/// The same, within a budget. What it takes up stays charged.
pub fn read_within(bytes: &[u8], budget: &Budget) -> Result<Json, Failure> {
    let mut reader = Reader {
        bytes,
        at: 0,
        budget,
    };
    let value = reader.value(0)?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.error("there is more after the end")),
    }
}

impl Reader<'_> {
    fn error(&self, message: &str) -> Failure {
        Failure::format(format!("byte {}: {message}", self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at = self.at.checked_add(1)?;
        Some(byte)
    }

    fn expect(&mut self, wanted: u8) -> Result<(), Failure> {
        if self.peek() != Some(wanted) {
            return Err(self.error(&format!("`{}` is expected", char::from(wanted))));
        }
        self.next();
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Json, Failure> {
        if depth > DEEPEST {
            let limit = format!("lists and objects are nested {DEEPEST} deep at most");
            return Err(Failure::new(Kind::Work, limit));
        }
        self.budget.charge(VALUE, VALUE_BYTES)?;
        match self.peek() {
            Some(b'"') => Ok(Json::Text(self.text()?)),
            Some(b'[') => self.list(depth.saturating_add(1)),
            Some(b'{') => self.object(depth.saturating_add(1)),
            Some(b'-' | b'0'..=b'9') => self.integer(),
            Some(_) => Err(self.error("no value begins with this")),
            None => Err(self.error("the text ends too early")),
        }
    }

    fn integer(&mut self) -> Result<Json, Failure> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.next();
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.next();
        }
        let digits = self.bytes.get(start..self.at).unwrap_or_default();
        let text = String::from_utf8_lossy(digits);
        match text.parse::<i64>() {
            Ok(n) if n.to_string() == text => Ok(Json::Integer(n)),
            _ => Err(self.error("this is no whole number in its shortest form, or too large")),
        }
    }

    fn text(&mut self) -> Result<String, Failure> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match self.next() {
                Some(b'"') => break,
                Some(byte @ b' '..=b'~') if byte != b'\\' => {}
                Some(_) => return Err(self.error("this cannot stand in a string")),
                None => return Err(self.error("the text ends inside a string")),
            }
        }
        let text = self.bytes.get(start..self.at.saturating_sub(1));
        let text = text.unwrap_or_default();
        let bytes = length(text.len());
        // It is copied and hashed a few times, and may be a number.
        let work = bytes.saturating_mul(50);
        let work = work.saturating_add(Fraction::work(text.len()));
        self.budget.charge(work, bytes.saturating_add(32))?;
        Ok(String::from_utf8_lossy(text).into_owned())
    }

    fn list(&mut self, depth: usize) -> Result<Json, Failure> {
        self.expect(b'[')?;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.next();
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            match self.next() {
                Some(b',') => {}
                Some(b']') => {
                    items.shrink_to_fit();
                    return Ok(Json::List(items));
                }
                _ => return Err(self.error("`,` or `]` is expected")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, Failure> {
        self.expect(b'{')?;
        let mut fields: BTreeMap<String, Json> = BTreeMap::new();
        self.budget.charge(0, OBJECT_BYTES)?;
        if self.peek() == Some(b'}') {
            self.next();
            return Ok(Json::Object(fields));
        }
        loop {
            let key = self.text()?;
            if fields
                .last_key_value()
                .is_some_and(|(last, _)| *last >= key)
            {
                return Err(self.error("keys must be different and in ascending order"));
            }
            self.expect(b':')?;
            self.budget.charge(VALUE, FIELD_BYTES)?;
            let value = self.value(depth)?;
            fields.insert(key, value);
            match self.next() {
                Some(b',') => {}
                Some(b'}') => return Ok(Json::Object(fields)),
                _ => return Err(self.error("`,` or `}` is expected")),
            }
        }
    }
}

impl Json {
    /// Appends the value's only text.
    pub fn write(&self, out: &mut String) {
        let mut comma = "";
        match self {
            Json::Integer(n) => out.push_str(&n.to_string()),
            Json::Text(text) => out.extend(["\"", text, "\""]),
            Json::List(items) => {
                out.push('[');
                for item in items {
                    out.push_str(comma);
                    item.write(out);
                    comma = ",";
                }
                out.push(']');
            }
            Json::Object(fields) => {
                out.push('{');
                for (key, value) in fields {
                    out.extend([comma, "\"", key, "\":"]);
                    value.write(out);
                    comma = ",";
                }
                out.push('}');
            }
        }
    }

    /// SHA-256 of the value's text, in hexadecimal.
    pub fn hash(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut text = String::new();
        self.write(&mut text);
        let digest = Sha256::digest(text.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The string.
    pub fn text(&self) -> Result<&str, Failure> {
        match self {
            Json::Text(text) => Ok(text),
            _ => Err(Failure::format("a string is expected")),
        }
    }

    /// The list.
    pub fn list(&self) -> Result<&[Json], Failure> {
        match self {
            Json::List(items) => Ok(items),
            _ => Err(Failure::format("a list is expected")),
        }
    }

    /// The integer.
    pub fn integer(&self) -> Result<i64, Failure> {
        match self {
            Json::Integer(n) => Ok(*n),
            _ => Err(Failure::format("a whole number is expected")),
        }
    }

    /// The integer, from 0 to `most`.
    pub fn count(&self, most: u64) -> Result<u64, Failure> {
        let wrong = |kind| Failure::new(kind, format!("a number from 0 to {most} is expected"));
        match u64::try_from(self.integer()?) {
            Ok(n) if n <= most => Ok(n),
            Ok(_) => Err(wrong(Kind::Work)),
            Err(_) => Err(wrong(Kind::Format)),
        }
    }

    /// [n, k], for a number x with |x − n·10^k| ≤ 0.51·10^k.
    pub fn digits(&self) -> Result<Digits, Failure> {
        /// Written are 12 or 13 digits.
        const MOST: i64 = 1_000_000_000_000_000;
        match self.list()? {
            [n, k] => match (n.integer()?, k.integer()?) {
                (n, _) if !(-MOST..=MOST).contains(&n) => {
                    Err(Failure::format("these are too many digits"))
                }
                digits => Ok(digits),
            },
            _ => Err(Failure::format("digits and an exponent are expected")),
        }
    }

    /// The object.
    pub fn object(&self) -> Result<BTreeMap<&str, &Json>, Failure> {
        match self {
            Json::Object(fields) => Ok(fields.iter().map(|(k, v)| (k.as_str(), v)).collect()),
            _ => Err(Failure::format("an object is expected")),
        }
    }

    /// The fields of the object, each of which must be taken.
    pub fn fields(&self) -> Result<Fields<'_>, Failure> {
        Ok(Fields(self.object()?))
    }
}

/// The fields of an object that were not taken yet.
pub struct Fields<'a>(BTreeMap<&'a str, &'a Json>);

impl<'a> Fields<'a> {
    /// Takes a field that may be absent.
    pub fn optional(&mut self, name: &str) -> Option<&'a Json> {
        self.0.remove(name)
    }

    /// Takes a field and reads it.
    pub fn take<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'a Json) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match self.0.remove(name) {
            Some(value) => read(value).map_err(|e| e.inside(name)),
            None => Err(Failure::format("it is missing").inside(name)),
        }
    }

    /// Takes a list of so many items at most, and reads each.
    pub fn items<T>(
        &mut self,
        name: &str,
        most: usize,
        mut read: impl FnMut(&'a Json) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        self.take(name, |json| {
            let items = json.list()?;
            if items.len() > most {
                let limit = format!("these are more than {most}");
                return Err(Failure::new(Kind::Work, limit));
            }
            let numbered = items.iter().enumerate();
            let read = |(i, item): (usize, _)| read(item).map_err(|e| e.inside(&i.to_string()));
            numbered.map(read).collect()
        })
    }

    /// Refuses what was not taken.
    pub fn end(self) -> Result<(), Failure> {
        match self.0.first_key_value() {
            Some((name, _)) => Err(Failure::format("there is no such field").inside(name)),
            None => Ok(()),
        }
    }
}
