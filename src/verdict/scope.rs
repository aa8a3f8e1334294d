//! Which steps belong to a claim's scope, where an event or a condition may be open.
//!
//! A scope may have several *possible starts*: steps at each of which it may have begun. It has
//! *certainly begun* once one of them is known to be its start.

use super::Obstacle;
use super::checker::Judge;
use crate::claim::program::{CompiledClaim, CompiledScope, Test, Value};
use crate::number::Ternary;

/// Whether step t may be a scope's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It is not.
    None,
    /// If the step is inside a scope, that begins here.
    Fresh,
    /// A scope may begin here, or may have begun earlier.
    Joined,
}

/// What is known of step t.
#[derive(Clone, Copy, Debug)]
pub(super) struct Here {
    /// Does it belong to the scope?
    pub inside: Ternary,
    /// Does a scope begin here?
    pub entry: Entry,
    /// A scope that was open has ended before t.
    pub left: bool,
}

impl Here {
    fn outside(left: bool) -> Self {
        Here {
            inside: Ternary::False,
            entry: Entry::None,
            left,
        }
    }
}

/// Whether the k-th event is at a step.
#[derive(Clone, Copy, Debug, Default)]
struct Occurrence {
    /// It may be.
    possible: bool,
    /// It is here, or was before.
    certain: bool,
}

/// Follows the scope of one claim.
#[derive(Debug)]
pub(super) struct ScopeWatch {
    /// The earliest and the latest possible start of the scope that is open.
    starts: Option<(u64, u64)>,
    begun: bool,
    /// How often the event has happened, at least and at most.
    events: (u64, u64),
    /// Of the event at the next step.
    next: Occurrence,
    /// Did the last step belong to a stretch?
    in_stretch: Ternary,
    scopes: u64,
    closed: bool,
    doubt: Option<Obstacle>,
}

impl ScopeWatch {
    pub fn new() -> Self {
        ScopeWatch {
            starts: None,
            begun: false,
            events: (0, 0),
            next: Occurrence::default(),
            in_stretch: Ternary::False,
            scopes: 0,
            closed: false,
            doubt: None,
        }
    }

    /// The earliest and the latest possible start of the scope that is open.
    pub fn starts(&self) -> Option<(u64, u64)> {
        self.starts
    }

    /// If t belongs to a scope, is it the first step of that?
    pub fn starts_at(&self, t: u64) -> bool {
        self.starts == Some((t, t))
    }

    /// How many scopes have certainly begun.
    pub fn scopes(&self) -> u64 {
        self.scopes
    }

    /// No later step belongs to a scope.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Nothing more is asked of later steps.
    pub fn close(&mut self) {
        self.closed = true;
        self.starts = None;
    }

    /// Why it is open whether a step belongs to the scope, at first.
    pub fn doubt(&self) -> Option<&Obstacle> {
        self.doubt.as_ref()
    }

    /// Looks at the judge's step. To be called for each, in order.
    pub fn look(&mut self, judge: &mut Judge, claim: &CompiledClaim) -> Here {
        let t = judge.step();
        match &claim.scope {
            CompiledScope::EveryStep | CompiledScope::Eventually => self.window(t, 0, u64::MAX),
            CompiledScope::ForAll(from) => self.window(t, *from, u64::MAX),
            CompiledScope::Steps(from, to) => self.window(t, *from, *to),
            CompiledScope::SomeStep(to) => self.window(t, 0, *to),
            CompiledScope::From(test, count, shift) => {
                self.after_event(judge, test, *count, *shift)
            }
            CompiledScope::Until(test, count, shift) => {
                self.before_event(judge, test, *count, *shift)
            }
            CompiledScope::FromFirstGiven => self.after_given(judge, claim),
            CompiledScope::EachStretch(test) => self.stretch(judge, test),
            CompiledScope::NoValue(value) => self.anywhere(judge, *value),
        }
    }

    /// Each step may be the first, and the last: what says so has no value.
    fn anywhere(&mut self, judge: &mut Judge, value: Value) -> Here {
        if let (Err(failure), None) = (judge.store(value), &self.doubt) {
            let (reason, detail) = judge.explain_failure(failure);
            self.doubt = Some(Obstacle {
                reason,
                step: None,
                detail,
            });
        }
        let entry = self.enter(judge.step());
        self.here(entry)
    }

    /// t is a possible start.
    fn enter(&mut self, t: u64) -> Entry {
        let (earliest, entry) = match self.starts {
            None => (t, Entry::Fresh),
            Some((earliest, _)) => (earliest, Entry::Joined),
        };
        self.starts = Some((earliest, t));
        entry
    }

    fn begin(&mut self) {
        self.begun = true;
        self.scopes += 1;
    }

    fn leave(&mut self) -> Here {
        self.begun = false;
        Here::outside(self.starts.take().is_some())
    }

    fn window(&mut self, t: u64, first: u64, last: u64) -> Here {
        if t > last {
            self.closed = true;
            return self.leave();
        }
        let mut entry = Entry::None;
        if t == first {
            entry = self.enter(t);
            self.begin();
        }
        Here {
            inside: self.begun.into(),
            entry,
            left: false,
        }
    }

    fn decide(&mut self, judge: &mut Judge, test: &Test, question: &str) -> Ternary {
        let answer = judge.decide(test);
        if answer.is_unknown() && self.doubt.is_none() {
            self.doubt = Some(judge.obstacle(Some(test), question));
        }
        answer
    }

    /// Is the event that the test is about the `count`-th?
    fn occurs(&mut self, judge: &mut Judge, test: &Test, count: u64) -> Occurrence {
        let happens = self.decide(judge, test, "whether the event happens");
        let (least, most) = self.events;
        self.events = (
            least + u64::from(happens.is_true()),
            most + u64::from(!happens.is_false()),
        );
        Occurrence {
            possible: !happens.is_false() && least < count && count <= most + 1,
            certain: self.events.0 >= count,
        }
    }

    /// From the `count`-th event on, which is at t + 1 for a test about t and t + 1 (`shift` 1).
    fn after_event(&mut self, judge: &mut Judge, test: &Test, count: u64, shift: u64) -> Here {
        let mut entry = Entry::None;
        if !self.begun {
            let here = match shift {
                0 => self.occurs(judge, test, count),
                _ => std::mem::take(&mut self.next),
            };
            entry = self.begin_if(here, judge.step());
        }
        if shift > 0 && !self.begun && judge.has_next() {
            self.next = self.occurs(judge, test, count);
        }
        self.here(entry)
    }

    fn begin_if(&mut self, here: Occurrence, t: u64) -> Entry {
        let entry = if here.possible {
            self.enter(t)
        } else {
            Entry::None
        };
        if here.certain {
            self.begin();
        }
        entry
    }

    /// Inside a scope that has certainly begun, perhaps inside one that may have.
    fn here(&self, entry: Entry) -> Here {
        let inside = match self.starts {
            None => Ternary::False,
            Some(_) if self.begun => Ternary::True,
            Some(_) => Ternary::Unknown,
        };
        Here {
            inside,
            entry,
            left: false,
        }
    }

    /// Before the `count`-th event.
    fn before_event(&mut self, judge: &mut Judge, test: &Test, count: u64, shift: u64) -> Here {
        let t = judge.step();
        let mut entry = Entry::None;
        if t == 0 {
            entry = self.enter(0);
            self.begin();
        }
        let mut may_be_over = self.events.1 >= count;
        if judge.has_next() || shift == 0 {
            self.closed = self.occurs(judge, test, count).certain;
        }
        if shift == 0 {
            if self.closed {
                return self.leave();
            }
            may_be_over = self.events.1 >= count;
        }
        Here {
            inside: if may_be_over {
                Ternary::Unknown
            } else {
                Ternary::True
            },
            entry,
            left: false,
        }
    }

    fn after_given(&mut self, judge: &mut Judge, claim: &CompiledClaim) -> Here {
        let mut entry = Entry::None;
        if !self.begun {
            let given = judge.decide_all(&claim.given);
            if given.is_unknown() && self.doubt.is_none() {
                self.doubt = Some(judge.obstacle(None, "whether the hypotheses `given` hold"));
            }
            let here = Occurrence {
                possible: !given.is_false(),
                certain: given.is_true(),
            };
            entry = self.begin_if(here, judge.step());
        }
        self.here(entry)
    }

    /// Steps on which a condition holds. Where it is open at a step, that may belong to the stretch
    /// before it, or to none, and then the next stretch begins after it.
    fn stretch(&mut self, judge: &mut Judge, test: &Test) -> Here {
        let inside = self.decide(judge, test, "whether the step belongs to a stretch");
        let before = std::mem::replace(&mut self.in_stretch, inside);
        if inside.is_false() {
            return self.leave();
        }
        let entry = if before.is_true() {
            Entry::None
        } else {
            self.enter(judge.step())
        };
        if inside.is_true() && !self.begun {
            self.begin();
        }
        Here {
            inside,
            entry,
            left: false,
        }
    }
}
