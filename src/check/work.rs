//! How much a check may take: work in nanoseconds or so, and memory in bytes.
//!
//! Whatever takes time is charged before it is done, and whatever is kept before it is made. Who
//! is refused gives up; that a limit was met is remembered, and ends the check.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Failure, Kind};

/// Bytes that everything that is kept may take up.
const MOST_BYTES: u64 = 150_000_000;

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoValue {
    /// The divisor may be 0.
    Division,
    /// An argument may leave the function's domain.
    Domain,
    /// A number is too large or too small.
    Range,
    /// Nothing is known of this.
    Unknown,
    /// It takes more work than allowed.
    Work,
}

/// The work of an operation on balls of p bits: a product, or a quotient.
pub fn cost(p: u32) -> u64 {
    let words = u64::from(p / 64).saturating_add(1);
    words
        .saturating_mul(words)
        .saturating_mul(2)
        .saturating_add(200)
}

#[derive(Debug)]
struct Account {
    /// What the work is for.
    purpose: &'static str,
    most: u64,
    done: u64,
    bytes: u64,
    exceeded: Option<String>,
}

/// What is allowed, and how much of it is used up. Clones share one account.
#[derive(Clone, Debug)]
pub struct Budget(Rc<RefCell<Account>>);

impl Budget {
    /// So much work at most, for a purpose that ends "… takes more work than allowed".
    pub fn new(most: u64, purpose: &'static str) -> Self {
        Budget(Rc::new(RefCell::new(Account {
            purpose,
            most,
            done: 0,
            bytes: 0,
            exceeded: None,
        })))
    }

    /// Any amount of work.
    pub fn unlimited() -> Self {
        Budget::new(u64::MAX, "it")
    }

    /// An account of its own for something that may be left undone.
    pub fn part(&self, most: u64) -> Self {
        let account = self.0.borrow();
        let left = account.most.saturating_sub(account.done);
        let part = Budget::new(most.min(left), account.purpose);
        part.0.borrow_mut().bytes = account.bytes;
        part
    }

    /// From now on, so much work in all and for this purpose.
    pub fn allow(&self, most: u64, purpose: &'static str) {
        let mut account = self.0.borrow_mut();
        account.most = most;
        account.purpose = purpose;
    }

    /// Charges work.
    ///
    /// # Errors
    /// [`NoValue::Work`] where it, or anything before it, is too much.
    pub fn spend(&self, work: u64) -> Result<(), NoValue> {
        let mut account = self.0.borrow_mut();
        account.done = account.done.saturating_add(work);
        if account.done > account.most && account.exceeded.is_none() {
            let Account { purpose, most, .. } = *account;
            account.exceeded = Some(format!(
                "{purpose} takes more work than allowed ({most} units)"
            ));
        }
        account.answer()
    }

    /// Meets another limit.
    pub fn refuse(&self, limit: String) {
        self.0.borrow_mut().exceeded.get_or_insert(limit);
    }

    /// Charges operations on balls of p bits.
    ///
    /// # Errors
    /// As [`Budget::spend`].
    pub fn operations(&self, count: u64, p: u32) -> Result<(), NoValue> {
        self.spend(count.saturating_mul(cost(p)))
    }

    /// Charges bytes that are kept.
    ///
    /// # Errors
    /// [`NoValue::Work`] where they are too many, or anything before was too much.
    pub fn hold(&self, bytes: u64) -> Result<(), NoValue> {
        let mut account = self.0.borrow_mut();
        account.bytes = account.bytes.saturating_add(bytes);
        if account.bytes > MOST_BYTES && account.exceeded.is_none() {
            account.exceeded = Some(format!(
                "it takes more memory than allowed ({MOST_BYTES} bytes)"
            ));
        }
        account.answer()
    }

    /// Bytes that are kept.
    pub fn held(&self) -> u64 {
        self.0.borrow().bytes
    }

    /// Gives bytes back.
    pub fn release(&self, bytes: u64) {
        let mut account = self.0.borrow_mut();
        account.bytes = account.bytes.saturating_sub(bytes);
    }

    /// Work so far.
    pub fn done(&self) -> u64 {
        self.0.borrow().done
    }

    /// The limit that was met, if one was.
    pub fn exceeded(&self) -> Option<Failure> {
        let account = self.0.borrow();
        let message = account.exceeded.as_ref()?;
        Some(Failure::new(Kind::Work, message.clone()))
    }

    /// The same as an error.
    pub fn failure(&self) -> Failure {
        let unknown = || Failure::new(Kind::Work, "it takes too much work");
        self.exceeded().unwrap_or_else(unknown)
    }

    /// Work for readers, whose errors are failures.
    ///
    /// # Errors
    /// The limit that was met.
    pub fn charge(&self, work: u64, bytes: u64) -> Result<(), Failure> {
        let charged = self.spend(work).and_then(|()| self.hold(bytes));
        charged.map_err(|_| self.failure())
    }
}

impl Account {
    fn answer(&self) -> Result<(), NoValue> {
        match self.exceeded {
            None => Ok(()),
            Some(_) => Err(NoValue::Work),
        }
    }
}

/// A length as a number.
pub fn length(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
