//! The minimalist example of Liu, Zhang, Du and Zhao (2025): every formula once, generic
//! over the number system.
//!
//! L(θ) = L₁ + L₂, L₁ = λ₁/2·(αβ₁)², L₂ = λ₂/2·(αβ₂ − 1)².

use rug::Rational;

use super::{Parameters, State};
use crate::expression::{Expr, Function};
use crate::number::{Enclosure, Number, Ternary};

/// λ₁, λ₂, η and what the formulas need of them, in one number system.
#[derive(Clone, Debug)]
pub struct Coefficients<T> {
    /// 1.
    pub one: T,
    /// 2.
    pub two: T,
    /// 1/2.
    pub half: T,
    /// λ₁.
    pub lambda1: T,
    /// λ₂.
    pub lambda2: T,
    /// η.
    pub eta: T,
    /// h = ηλ₁.
    pub h: T,
    /// e = ηλ₂.
    pub e: T,
    /// ρ = λ₂/λ₁.
    pub rho: T,
}

impl<T: Number> Coefficients<T> {
    pub(super) fn new(p: &Parameters, context: T::Context) -> Self {
        let constant = |q: &Rational| T::constant(q, context);
        Coefficients {
            one: constant(&Rational::from(1)),
            two: constant(&Rational::from(2)),
            half: constant(&Rational::from((1, 2))),
            lambda1: constant(&p.lambda1),
            lambda2: constant(&p.lambda2),
            eta: constant(&p.eta),
            h: constant(&Rational::from(&p.eta * &p.lambda1)),
            e: constant(&Rational::from(&p.eta * &p.lambda2)),
            rho: constant(&Rational::from(&p.lambda2 / &p.lambda1)),
        }
    }

    /// The residual r = αβ₂ − 1.
    pub fn residual(&self, x: &State<T>) -> T {
        x.alpha.mul(&x.beta2).sub(&self.one)
    }

    /// L₁ = λ₁/2·(αβ₁)².
    pub fn loss1(&self, x: &State<T>) -> T {
        self.half
            .mul(&self.lambda1)
            .mul(&x.alpha.mul(&x.beta1).square())
    }

    /// L₂ = λ₂/2·r².
    pub fn loss2(&self, x: &State<T>) -> T {
        self.half.mul(&self.lambda2).mul(&self.residual(x).square())
    }

    /// L = L₁ + L₂.
    pub fn loss(&self, x: &State<T>) -> T {
        self.loss1(x).add(&self.loss2(x))
    }

    /// ∇L = (λ₁αβ₁² + λ₂β₂r, λ₁α²β₁, λ₂αr).
    pub fn gradient(&self, x: &State<T>) -> State<T> {
        let r = self.residual(x);
        State {
            alpha: self
                .lambda1
                .mul(&x.alpha)
                .mul(&x.beta1.square())
                .add(&self.lambda2.mul(&x.beta2).mul(&r)),
            beta1: self.lambda1.mul(&x.alpha.square()).mul(&x.beta1),
            beta2: self.lambda2.mul(&x.alpha).mul(&r),
        }
    }

    /// ∇²L, an arrow matrix: the (β₁, β₂) block is diagonal.
    pub fn hessian(&self, x: &State<T>) -> Arrow<T> {
        let alpha_squared = x.alpha.square();
        Arrow {
            tip: self
                .lambda1
                .mul(&x.beta1.square())
                .add(&self.lambda2.mul(&x.beta2.square())),
            shaft: [
                self.two.mul(&self.lambda1).mul(&x.alpha.mul(&x.beta1)),
                self.lambda2
                    .mul(&self.two.mul(&x.alpha.mul(&x.beta2)).sub(&self.one)),
            ],
            diagonal: [
                self.lambda1.mul(&alpha_squared),
                self.lambda2.mul(&alpha_squared),
            ],
        }
    }

    /// One step of plain gradient descent, θ − η∇L(θ), in factored form: each coordinate
    /// occurs as rarely as possible, which costs naive enclosures the fewest bits.
    ///
    /// α⁺ = α(1 − b − eβ₂²) + eβ₂, β₁⁺ = β₁(1 − a), β₂⁺ = β₂(1 − eα²) + eα,
    /// with a = hα², b = hβ₁².
    pub fn descend(&self, x: &State<T>) -> Step<T> {
        let alpha_squared = x.alpha.square();
        let b = self.h.mul(&x.beta1.square());
        let growth = self.one.sub(&self.h.mul(&alpha_squared));
        let shrink = self.one.sub(&b).sub(&self.e.mul(&x.beta2.square()));
        Step {
            next: State {
                alpha: x.alpha.mul(&shrink).add(&self.e.mul(&x.beta2)),
                beta1: x.beta1.mul(&growth),
                beta2: x
                    .beta2
                    .mul(&self.one.sub(&self.e.mul(&alpha_squared)))
                    .add(&self.e.mul(&x.alpha)),
            },
            b,
            growth,
        }
    }

    /// a = hα².
    pub fn a(&self, x: &State<T>) -> T {
        self.h.mul(&x.alpha.square())
    }

    /// b = hβ₁².
    pub fn b(&self, x: &State<T>) -> T {
        self.h.mul(&x.beta1.square())
    }

    /// c = hβ₂².
    pub fn c(&self, x: &State<T>) -> T {
        self.h.mul(&x.beta2.square())
    }

    /// p = αβ₂.
    pub fn p(&self, x: &State<T>) -> T {
        x.alpha.mul(&x.beta2)
    }

    /// s = 1 − p.
    pub fn s(&self, x: &State<T>) -> T {
        self.one.sub(&self.p(x))
    }

    /// Q = α² − β₂², the edge potential's slow variable.
    pub fn q(&self, x: &State<T>) -> T {
        x.alpha.square().sub(&x.beta2.square())
    }

    /// C = α² − β₁² − β₂², conserved by gradient flow.
    pub fn conserved(&self, x: &State<T>) -> T {
        self.q(x).sub(&x.beta1.square())
    }
}

/// The projection of β₁ onto [−B, B], and whether it moved β₁ (|β₁| > B).
pub fn project<T: Enclosure>(beta1: &T, bound: &T) -> (T, Ternary) {
    let clipped = bound.lt(&beta1.abs());
    let projected = match clipped {
        Ternary::False => beta1.clone(),
        _ => beta1.min(bound).max(&bound.neg()),
    };
    (projected, clipped)
}

/// The image of a state under plain gradient descent, and what the error set needs of it.
#[derive(Clone, Debug)]
pub struct Step<T> {
    /// θ⁺ before any projection.
    pub next: State<T>,
    /// b = hβ₁².
    pub b: T,
    /// The factor 1 − a of β₁.
    pub growth: T,
}

/// A symmetric 3×3 arrow matrix: `tip` = H_αα, `shaft` = (H_αβ₁, H_αβ₂),
/// `diagonal` = (H_β₁β₁, H_β₂β₂), H_β₁β₂ = 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow<T> {
    /// H_αα.
    pub tip: T,
    /// (H_αβ₁, H_αβ₂).
    pub shaft: [T; 2],
    /// (H_β₁β₁, H_β₂β₂).
    pub diagonal: [T; 2],
}

/// A name claims may use, what it means, and its formula in the coordinates and parameters.
pub struct Definition {
    /// The name.
    pub name: &'static str,
    /// One line for a reader.
    pub meaning: &'static str,
    /// The formula; only parameters and coordinates occur in it.
    pub formula: Expr,
}

/// The parameters by name, with a meaning each.
pub const PARAMETERS: [(&str, &str); 3] = [
    ("lambda1", "λ₁, variance of the irrelevant feature"),
    ("lambda2", "λ₂, variance of the relevant feature"),
    ("eta", "η, the learning rate"),
];

/// The formulas' constants and a state, as symbols.
fn symbols() -> (Coefficients<Expr>, State<Expr>) {
    let name = Expr::name;
    let number = |n: i32| Expr::constant(&Rational::from(n), ());
    let (lambda1, lambda2, eta) = (name("lambda1"), name("lambda2"), name("eta"));
    let k = Coefficients {
        one: number(1),
        two: number(2),
        half: Expr::constant(&Rational::from((1, 2)), ()),
        h: eta.mul(&lambda1),
        e: eta.mul(&lambda2),
        rho: lambda2.div(&lambda1),
        lambda1,
        lambda2,
        eta,
    };
    let x = State {
        alpha: name("alpha"),
        beta1: name("beta1"),
        beta2: name("beta2"),
    };
    (k, x)
}

/// The image of a state under plain gradient descent, as formulas in the coordinates and
/// the parameters.
pub fn symbolic_step() -> State<Expr> {
    let (k, x) = symbols();
    k.descend(&x).next
}

/// Lower bounds of the sharpness, the diagonal of ∇²L: S ≥ vᵀ∇²L v for every unit vector v.
pub fn sharpness_bounds() -> [Expr; 3] {
    let (k, x) = symbols();
    let Arrow { tip, diagonal, .. } = k.hessian(&x);
    let [first, second] = diagonal;
    [tip, first, second]
}

/// Every derived name of the model, from the formulas above evaluated on symbols.
pub fn definitions() -> Vec<Definition> {
    let (k, x) = symbols();
    let number = |n: i32| Expr::constant(&Rational::from(n), ());
    let alpha_edge = k.two.div(&k.h).call(Function::Sqrt);
    let surrogate_residual = alpha_edge.mul(&x.beta2).sub(&k.one);
    let s = k.s(&x);
    let conserved = k.conserved(&x);
    let root = conserved.square().add(&number(4)).call(Function::Sqrt);
    let flow_sharpness = Expr::new(crate::expression::Kind::Call(
        Function::Max,
        vec![
            k.half.mul(&k.lambda1).mul(&conserved.add(&root)),
            k.lambda2.mul(&root),
        ],
    ));
    let define = |name, meaning, formula| Definition {
        name,
        meaning,
        formula,
    };
    vec![
        define("h", "h = ηλ₁", k.h.clone()),
        define("e", "e = ηλ₂", k.e.clone()),
        define("rho", "ρ = λ₂/λ₁", k.rho.clone()),
        define("a", "a = hα²; the edge is a = 2", k.a(&x)),
        define("b", "b = hβ₁², the size of the oscillation", k.b(&x)),
        define("c", "c = hβ₂²", k.c(&x)),
        define("p", "p = αβ₂", k.p(&x)),
        define("r", "the residual r = αβ₂ − 1", k.residual(&x)),
        define("s", "s = 1 − αβ₂", s.clone()),
        define("Q", "Q = α² − β₂²", k.q(&x)),
        define(
            "C",
            "C = α² − β₁² − β₂², conserved by gradient flow",
            conserved.clone(),
        ),
        define(
            "D",
            "the drive D = eβ₂s/α",
            k.e.mul(&x.beta2).mul(&s).div(&x.alpha),
        ),
        define("loss", "L = L₁ + L₂", k.loss(&x)),
        define("loss1", "L₁ = λ₁/2·(αβ₁)²", k.loss1(&x)),
        define("loss2", "L₂ = λ₂/2·(αβ₂ − 1)²", k.loss2(&x)),
        define("alpha_edge", "α at the edge, √(2/h)", alpha_edge),
        define(
            "rhat",
            "surrogate residual r̂ = α_edge·β₂ − 1",
            surrogate_residual.clone(),
        ),
        define(
            "surrogate_loss",
            "surrogate loss L̂ = λ₂/2·r̂²",
            k.half.mul(&k.lambda2).mul(&surrogate_residual.square()),
        ),
        define(
            "gfs_sharpness",
            "sharpness of the minimiser gradient flow reaches",
            flow_sharpness,
        ),
    ]
}
