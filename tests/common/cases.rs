//! The table of cases that engine and checker share: claims whose right verdict is plain, by the
//! definitions of `proofs/verdicts.md`. Conditions are trees of a certificate.
#![allow(dead_code)]

/// λ₁, λ₂, η, steps, α, β₁, β₂ and the bound B of |β₁|.
#[derive(Clone, Copy, Debug)]
pub struct Inputs(
    pub [&'static str; 3],
    pub u64,
    pub [&'static str; 3],
    pub Option<&'static str>,
);

/// A verdict, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Certified,
    /// At this step for the first time; `None`: the violation is about no step.
    Violated(Option<u64>),
    Vacuous,
    Undecided,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    pub run: Inputs,
    pub scope: String,
    pub given: Vec<String>,
    pub when: Vec<String>,
    pub then: Vec<String>,
    pub right: Right,
    /// Is undecided right as well?
    pub may_be_open: bool,
    /// May the checker leave it open?
    pub may_be_unchecked: bool,
    /// Steps that count.
    pub counts: Option<u64>,
    /// The least slack of the first conclusion, to 12 digits, and its step.
    pub slack: Option<(f64, u64)>,
}

/// It rests at a minimum: a = 3/2, β₁ = 0, and Theorem 12 holds from step 0 on.
pub const RESTING: Inputs = Inputs(["3", "1/16", "1/2"], 10, ["1", "0", "1"], None);
/// The trap of [`RESTING`], as a certificate states it.
pub const RESTING_TRAP: &str = r#"{"excess":[-4,-1],"limit":[[15,-1],[15,-1]],"loss":[0,0],"lower":"7/5","step":0,"theorem":"12","upper":"8/5"}"#;

const FIRST: Inputs = Inputs(["4", "1", "1/5"], 300, ["1", "1/10", "1/2"], None);
const FIGURE: Inputs = Inputs(["100", "1/100", "1/20"], 2, ["31/50", "1/100", "3/4"], None);
/// The map fixes (3, 0, 1/3), which no binary fraction is.
const FIXED: Inputs = Inputs(["100", "1/9", "1/1000"], 5, ["3", "0", "1/3"], None);
/// β₁ is clipped to 1/3 at step 1.
const CLIPPED: Inputs = Inputs(["1", "1/2", "1"], 1, ["3", "1/4", "1/3"], Some("1/3"));
const EQUAL: Inputs = Inputs(["4", "4", "1/20"], 5, ["1/2", "1/10", "1"], None);
/// λ₁ = λ₂ = 4, and S is close to its diagonal entries.
const DOUBLE: Inputs = Inputs(["4", "4", "1"], 0, ["1/2", "0", "-1"], None);

/// Not decided by any number of digits: e^(ln a) is a.
const OPEN: &str = r#"["=",["exp",["log","a"]],"a"]"#;
/// The same, of the step.
const OPEN_T: &str = r#"["=",["exp",["log",["+","t","1"]]],["+","t","1"]]"#;
const NO_VALUE: &str = r#"[">",["log","-1"],"0"]"#;
const DIVIDED: &str = r#"["=",["/","1","beta1"],["/","1","beta1"]]"#;

fn case(run: Inputs, scope: &str, [when, then]: [&str; 2], right: Right) -> Case {
    let list = |text: &str| {
        let some = (!text.is_empty()).then(|| text.to_string());
        some.into_iter().collect()
    };
    Case {
        name: format!("{scope} when {when} then {then}"),
        run,
        scope: scope.into(),
        given: Vec::new(),
        when: list(when),
        then: list(then),
        right,
        may_be_open: false,
        may_be_unchecked: false,
        counts: None,
        slack: None,
    }
}

impl Case {
    fn given(mut self, test: &str) -> Self {
        self.name = format!("given {test} {}", self.name);
        self.given = vec![test.into()];
        self
    }

    fn or_open(mut self) -> Self {
        self.may_be_open = true;
        self.may_be_unchecked = true;
        self
    }

    fn or_unchecked(mut self) -> Self {
        self.may_be_unchecked = true;
        self
    }

    fn counts(mut self, steps: u64) -> Self {
        self.counts = Some(steps);
        self
    }

    fn slack(mut self, value: f64, step: u64) -> Self {
        self.slack = Some((value, step));
        self
    }
}

const EVERY: &str = r#"["every step"]"#;
const ALL: &str = r#"["for all from","0"]"#;
const IN_THE_END: &str = r#"["eventually always"]"#;
const SOME: &str = r#"["some step to","8"]"#;

/// All scopes, with the first step that each speaks about at rest, if it speaks of steps.
const SCOPES: [(&str, Option<u64>); 9] = [
    (EVERY, Some(0)),
    (r#"["steps","2","5"]"#, Some(2)),
    (r#"["from",["first",[">=","t","3"]]]"#, Some(3)),
    (r#"["until",["first",[">=","t","5"]]]"#, Some(0)),
    (r#"["from first given"]"#, Some(0)),
    (r#"["each stretch where",[">=","t","4"]]"#, Some(4)),
    (SOME, None),
    (r#"["for all from","3"]"#, Some(3)),
    (IN_THE_END, None),
];

/// True, false, open, without a value; as a hypothesis and as a conclusion.
const HYPOTHESES: [&str; 4] = [r#"[">","a","1"]"#, r#"[">","a","2"]"#, OPEN, NO_VALUE];
const CONCLUSIONS: [&str; 4] = [r#"["<","a","2"]"#, r#"["<","a","1"]"#, OPEN, DIVIDED];

/// Every scope with every kind of hypothesis and conclusion.
fn products() -> Vec<Case> {
    let mut cases = Vec::new();
    for (scope, first) in SCOPES {
        for (i, hypothesis) in HYPOTHESES.into_iter().enumerate() {
            for (j, conclusion) in CONCLUSIONS.into_iter().enumerate() {
                let right = match (i, j) {
                    (1, _) => Right::Vacuous,
                    (0, 0) => Right::Certified,
                    (0, 1) => Right::Violated(first),
                    _ => Right::Undecided,
                };
                cases.push(case(RESTING, scope, ["", conclusion], right).given(hypothesis));
                if !scope.contains("given") {
                    cases.push(case(RESTING, scope, [hypothesis, conclusion], right));
                }
            }
        }
    }
    cases
}

/// Inputs that once went wrong, and their relatives.
fn rows() -> Vec<Case> {
    use Right::{Certified, Undecided, Vacuous, Violated};
    let below = r#"[">",["*","alpha","beta2"],"1"]"#;
    let or = |x: &str, y: &str| format!(r#"["or",{x},{y}]"#);
    let and = |x: &str, y: &str| format!(r#"["and",{x},{y}]"#);
    let late = |n: u64| format!(r#"[">=","t","{n}"]"#);
    let early = |n: u64| format!(r#"["<","t","{n}"]"#);
    let is = |n: u64| format!(r#"["=","t","{n}"]"#);
    let not = |x: &str| format!(r#"["not",{x}]"#);
    // Open from step 2 on, true from step 5 on.
    let begins = or(&late(5), &and(&late(2), OPEN_T));
    let positive = r#"[">","alpha","0"]"#;
    let never = r#"["<","1","0"]"#;
    let fast = r#"["<",["*","alpha","beta2"],["/","1001","1000"]]"#;
    vec![
        // An open hypothesis counts for nothing.
        case(FIRST, EVERY, [below, positive], Vacuous).or_open(),
        case(
            FIRST,
            EVERY,
            [&or(below, &early(5)), &fast.replace('<', "<=")],
            Certified,
        )
        .counts(5)
        .slack(0.111_828_754_487, 4),
        case(RESTING, EVERY, [NO_VALUE, positive], Undecided),
        case(RESTING, EVERY, [&or(OPEN, &late(8)), &late(0)], Certified).counts(3),
        case(
            RESTING,
            EVERY,
            [&or(OPEN, &late(4)), &early(6)],
            Violated(Some(6)),
        ),
        case(RESTING, EVERY, [&or(OPEN, &late(4)), &late(2)], Undecided),
        case(RESTING, EVERY, [&and(OPEN, &early(3)), &late(0)], Undecided),
        case(
            RESTING,
            EVERY,
            [r#"["<",["/","1",["-","t","3"]],"2"]"#, &not(&is(3))],
            Undecided,
        ),
        // No value is neither true nor false.
        case(RESTING, EVERY, ["", DIVIDED], Undecided),
        case(RESTING, ALL, ["", DIVIDED], Undecided),
        case(RESTING, IN_THE_END, ["", DIVIDED], Undecided),
        case(
            RESTING,
            IN_THE_END,
            ["", r#"["=",["/","b","b"],"1"]"#],
            Undecided,
        ),
        case(RESTING, EVERY, ["", &not(DIVIDED)], Undecided),
        case(RESTING, EVERY, ["", &or(DIVIDED, &late(0))], Certified),
        case(
            RESTING,
            EVERY,
            ["", &and(DIVIDED, &early(4))],
            Violated(Some(4)),
        ),
        case(FIRST, EVERY, ["", DIVIDED], Certified).counts(301),
        // All-time scopes have hypotheses.
        case(RESTING, IN_THE_END, [never, positive], Vacuous),
        case(RESTING, ALL, [never, positive], Vacuous),
        case(RESTING, SOME, [never, positive], Vacuous),
        case(FIRST, IN_THE_END, [never, positive], Vacuous).or_open(),
        case(FIRST, ALL, [never, positive], Vacuous).or_open(),
        case(RESTING, ALL, [&early(5), positive], Certified)
            .counts(5)
            .or_open(),
        case(RESTING, ALL, [&early(5), &early(3)], Violated(Some(3))),
        case(
            RESTING,
            r#"["for all from","20"]"#,
            [r#"[">","a","1"]"#, r#"["<","a","2"]"#],
            Certified,
        ),
        case(
            RESTING,
            r#"["for all from","20"]"#,
            [r#"[">","a","2"]"#, r#"["<","a","1"]"#],
            Vacuous,
        ),
        case(
            RESTING,
            r#"["for all from","20"]"#,
            [OPEN, r#"["<","a","2"]"#],
            Undecided,
        ),
        case(RESTING, IN_THE_END, [OPEN, r#"["<","a","2"]"#], Undecided),
        // Some step.
        case(RESTING, SOME, [&or(OPEN, &late(6)), &is(7)], Certified),
        case(RESTING, SOME, [&or(OPEN, &late(6)), &is(2)], Undecided),
        case(
            RESTING,
            SOME,
            [&or(OPEN, &late(6)), &is(20)],
            Violated(None),
        ),
        case(RESTING, SOME, [&late(9), &is(2)], Vacuous),
        case(
            RESTING,
            SOME,
            ["", &or(&is(3), &and(&is(2), OPEN))],
            Certified,
        ),
        case(
            RESTING,
            r#"["some step to","12"]"#,
            ["", &is(11)],
            Undecided,
        ),
        // An open step hides no violation.
        case(
            RESTING,
            EVERY,
            ["", &and(&early(5), OPEN)],
            Violated(Some(5)),
        ),
        case(RESTING, ALL, ["", &and(&early(5), OPEN)], Violated(Some(5))),
        case(
            FIGURE,
            EVERY,
            ["", r#"[">=","alpha",["start","alpha"]]"#],
            Violated(Some(1)),
        ),
        // Where only the start is open, the steps at which the scope has begun count.
        case(
            RESTING,
            &format!(r#"["from",["first",{begins}]]"#),
            ["", &early(7)],
            Violated(Some(7)),
        ),
        case(
            RESTING,
            &format!(r#"["from",["first",{begins}]]"#),
            ["", &late(2)],
            Certified,
        )
        .counts(6),
        case(
            RESTING,
            &format!(r#"["from",["first",{begins}]]"#),
            ["", &not(&is(3))],
            Undecided,
        ),
        case(
            RESTING,
            "[\"from first given\"]",
            ["", &early(7)],
            Violated(Some(7)),
        )
        .given(&begins),
        case(RESTING, "[\"from first given\"]", ["", &late(2)], Certified)
            .given(&begins)
            .counts(6),
        case(
            RESTING,
            &format!(r#"["each stretch where",{begins}]"#),
            ["", &early(7)],
            Violated(Some(7)),
        ),
        case(
            RESTING,
            &format!(r#"["each stretch where",{begins}]"#),
            ["", &late(2)],
            Certified,
        )
        .counts(6),
        case(
            RESTING,
            &format!(r#"["until",["first",{begins}]]"#),
            ["", &late(1)],
            Violated(Some(0)),
        ),
        case(
            RESTING,
            &format!(r#"["until",["first",{begins}]]"#),
            ["", &not(&is(3))],
            Undecided,
        ),
        case(
            RESTING,
            &format!(r#"["until",["first",{begins}]]"#),
            ["", &early(6)],
            Certified,
        )
        .counts(2),
        case(
            RESTING,
            &format!(r#"["from",["first",{OPEN}]]"#),
            ["", &late(0)],
            Undecided,
        ),
        case(
            RESTING,
            &format!(r#"["each stretch where",{DIVIDED}]"#),
            ["", &late(0)],
            Undecided,
        ),
        // Ties that hold by construction.
        case(
            FIGURE,
            EVERY,
            ["", r#"[">=",["running_max","alpha"],"alpha"]"#],
            Certified,
        )
        .counts(3),
        case(
            FIGURE,
            EVERY,
            ["", r#"["<=",["running_min","alpha"],"alpha"]"#],
            Certified,
        )
        .counts(3),
        case(
            FIGURE,
            EVERY,
            ["", r#"["<",["running_max","alpha"],"alpha"]"#],
            Violated(Some(0)),
        ),
        case(
            FIGURE,
            r#"["steps","1","1"]"#,
            ["", r#"[">=","alpha",["start","alpha"]]"#],
            Certified,
        ),
        case(
            FIGURE,
            r#"["steps","1","1"]"#,
            ["", r#"["=","alpha",["start","alpha"]]"#],
            Certified,
        ),
        case(
            FIGURE,
            EVERY,
            [
                "",
                r#"["<=","a",["*",["*","eta","lambda1"],["^","alpha",2]]]"#,
            ],
            Certified,
        ),
        case(
            CLIPPED,
            r#"["steps","1","1"]"#,
            ["", r#"["=",["abs","beta1"],"B"]"#],
            Certified,
        ),
        case(
            CLIPPED,
            r#"["steps","1","1"]"#,
            ["", r#"["<",["abs","beta1"],"B"]"#],
            Violated(Some(1)),
        ),
        case(
            FIXED,
            EVERY,
            ["", r#"["<=",["*","alpha","beta2"],"1"]"#],
            Certified,
        )
        .counts(6),
        case(FIXED, EVERY, ["", r#"["=","loss","0"]"#], Certified),
        case(
            FIXED,
            EVERY,
            ["", r#"["<",["*","alpha","beta2"],"1"]"#],
            Violated(Some(0)),
        ),
        case(FIXED, EVERY, ["", r#"["=","beta1'","beta1"]"#], Certified),
        // One claim without a value, and what it is given.
        case(
            EQUAL,
            EVERY,
            ["", r#"[">",["/","1",["-","lambda1","lambda2"]],"0"]"#],
            Vacuous,
        )
        .given(r#"[">","lambda1","lambda2"]"#),
        case(
            EQUAL,
            EVERY,
            ["", r#"[">",["/","1",["-","lambda1","lambda2"]],"0"]"#],
            Undecided,
        ),
        case(
            DOUBLE,
            EVERY,
            ["", r#"["<=",["*","eta","sharpness"],"2"]"#],
            Violated(Some(0)),
        ),
        case(
            DOUBLE,
            EVERY,
            ["", r#"["<=",["*","eta","sharpness"],"11"]"#],
            Certified,
        ),
        // On two diagonal entries, on the third, and between it and S.
        case(
            DOUBLE,
            EVERY,
            ["", r#"["<=","sharpness","1"]"#],
            Violated(Some(0)),
        ),
        case(
            DOUBLE,
            EVERY,
            ["", r#"["<","sharpness","4"]"#],
            Violated(Some(0)),
        ),
        case(DOUBLE, EVERY, ["", r#"[">","sharpness","4"]"#], Certified),
        case(
            DOUBLE,
            EVERY,
            ["", r#"["<=","sharpness","10"]"#],
            Violated(Some(0)),
        ),
    ]
}

/// The table.
pub fn all() -> Vec<Case> {
    products().into_iter().chain(rows()).collect()
}
