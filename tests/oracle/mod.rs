//! An independent oracle: gradient descent in high-precision floating point with exponents
//! that do not end, from formulas written out here. It shares nothing with the crate.
#![allow(dead_code)]

use rug::{Float, Rational};

/// θ_t and the constants of the run.
#[derive(Clone, Debug)]
pub struct Orbit {
    pub step: u64,
    pub alpha: Float,
    pub beta1: Float,
    pub beta2: Float,
    eta: Float,
    lambda1: Float,
    lambda2: Float,
    clip: Option<Float>,
    bits: u32,
}

impl Orbit {
    /// `constants` are η, λ₁, λ₂; `start` is α, β₁, β₂.
    pub fn new(
        bits: u32,
        constants: [&Rational; 3],
        clip: Option<&Rational>,
        start: [&Rational; 3],
    ) -> Self {
        let float = |q: &Rational| Float::with_val(bits, q);
        Orbit {
            step: 0,
            alpha: float(start[0]),
            beta1: float(start[1]),
            beta2: float(start[2]),
            eta: float(constants[0]),
            lambda1: float(constants[1]),
            lambda2: float(constants[2]),
            clip: clip.map(float),
            bits,
        }
    }

    fn mul(&self, x: &Float, y: &Float) -> Float {
        Float::with_val(self.bits, x * y)
    }

    /// One step of (clipped) gradient descent.
    pub fn advance(&mut self) {
        let first = self.mul(&self.alpha, &self.beta1);
        let second = self.mul(&self.alpha, &self.beta2) - 1u32;
        let weight1 = self.mul(&self.eta, &self.lambda1);
        let weight2 = self.mul(&self.eta, &self.lambda2);
        let push1 = self.mul(&weight1, &first);
        let push2 = self.mul(&weight2, &second);
        let down = self.mul(&push1, &self.beta1) + self.mul(&push2, &self.beta2);
        let beta1 = Float::with_val(self.bits, &self.beta1 - self.mul(&push1, &self.alpha));
        let beta2 = Float::with_val(self.bits, &self.beta2 - self.mul(&push2, &self.alpha));
        self.alpha -= down;
        self.beta1 = beta1;
        self.beta2 = beta2;
        if let Some(clip) = &self.clip {
            if self.beta1 > *clip {
                self.beta1.clone_from(clip);
            } else if self.beta1 < Float::with_val(self.bits, -clip) {
                self.beta1 = Float::with_val(self.bits, -clip);
            }
        }
        self.step += 1;
    }

    pub fn advance_by(&mut self, steps: u64) {
        for _ in 0..steps {
            self.advance();
        }
    }

    /// ηλ₁x².
    fn normalised(&self, x: &Float) -> Float {
        let weight = self.mul(&self.eta, &self.lambda1);
        self.mul(&weight, &self.mul(x, x))
    }

    /// a = ηλ₁α².
    pub fn a(&self) -> Float {
        self.normalised(&self.alpha)
    }

    /// b = ηλ₁β₁².
    pub fn b(&self) -> Float {
        self.normalised(&self.beta1)
    }

    /// s = 1 − αβ₂.
    pub fn s(&self) -> Float {
        1u32 - self.mul(&self.alpha, &self.beta2)
    }

    pub fn loss(&self) -> Float {
        let first = self.mul(&self.alpha, &self.beta1);
        let second = self.s();
        let first = self.mul(&self.lambda1, &self.mul(&first, &first));
        let second = self.mul(&self.lambda2, &self.mul(&second, &second));
        (first + second) / 2u32
    }

    /// ηS: the largest root of the characteristic polynomial of η∇²L, by Newton's method from
    /// above, where it is increasing and convex.
    pub fn eta_sharpness(&self) -> Float {
        let scaled = |x: Float| self.mul(&self.eta, &x);
        let (l1, l2) = (&self.lambda1, &self.lambda2);
        let (alpha2, beta1_2, beta2_2) = (
            self.mul(&self.alpha, &self.alpha),
            self.mul(&self.beta1, &self.beta1),
            self.mul(&self.beta2, &self.beta2),
        );
        let tip = scaled(self.mul(l1, &beta1_2) + self.mul(l2, &beta2_2));
        let first = scaled(self.mul(l1, &alpha2));
        let second = scaled(self.mul(l2, &alpha2));
        let arm1 = scaled(self.mul(l1, &self.mul(&self.alpha, &self.beta1)) * 2u32);
        let product = self.mul(&self.alpha, &self.beta2);
        let arm2 = scaled(self.mul(l2, &(product * 2u32 - 1u32)));
        let (arm1_2, arm2_2) = (self.mul(&arm1, &arm1), self.mul(&arm2, &arm2));
        // Gershgorin.
        let size = |x: &Float| Float::with_val(self.bits, x.abs_ref());
        let rows = [
            size(&tip) + size(&arm1) + size(&arm2),
            size(&first) + size(&arm1),
            size(&second) + size(&arm2),
        ];
        let mut x = rows
            .into_iter()
            .fold(Float::with_val(self.bits, 0), |x, y| x.max(&y));
        for _ in 0..400 {
            let (u, v, w) = (
                Float::with_val(self.bits, &x - &tip),
                Float::with_val(self.bits, &x - &first),
                Float::with_val(self.bits, &x - &second),
            );
            let value =
                self.mul(&u, &self.mul(&v, &w)) - self.mul(&arm1_2, &w) - self.mul(&arm2_2, &v);
            let slope = self.mul(&u, &v) + self.mul(&v, &w) + self.mul(&u, &w)
                - Float::with_val(self.bits, &arm1_2 + &arm2_2);
            if value <= 0 || slope <= 0 {
                break;
            }
            let next = Float::with_val(self.bits, &x - value / slope);
            if next >= x {
                break;
            }
            x = next;
        }
        x
    }
}
