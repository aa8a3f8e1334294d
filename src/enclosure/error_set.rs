//! The error set of the default engine: where the exact iterate lies relative to the centre.
//!
//! An iterate is written θ = (α + δ₀, β₁(1 + δ₁), β₂ + δ₂) around the centre (α, β₁, β₂):
//! absolute deviations of α and β₂, a *relative* one of β₁, which spans a thousand orders
//! of magnitude. The set of possible δ is kept as
//!
//! > δ ∈ unit·( G·[−1, 1]³ + [−r, r] ),  unit = 2^−(precision),
//!
//! Lohner's representation: the linear part of the map turns and stretches the generators
//! G without wrapping, everything else goes into the box r, and now and then both are
//! gathered into a fresh set of generators that are orthogonal in a fixed metric
//! ([`ErrorSet::reorganise`]).
//!
//! # Soundness
//! All numbers here are f64, rounded to nearest, and only ever used as upper bounds:
//!
//! * (U) A sum of products of non-negative f64 numbers with at most 2¹⁰ operations has
//!   relative error below 2¹⁰·2⁻⁵³ < 2⁻⁴², so multiplying it by `UP` = 1 + 2⁻⁴⁰ makes it
//!   an upper bound. Underflow loses less than 2⁻¹⁰⁰⁰ in all, which the `FLOOR` that every
//!   step adds to r covers.
//! * (C) The coefficients come from f64 copies of the centre with relative error ≤ 2⁻⁵⁰. Each
//!   coefficient is a sum of at most three products of at most five such factors, so its
//!   absolute error is below 2⁻⁴⁷ times the sum of the absolute values of its terms. The
//!   generators' new entries are computed in f64 with error below 2⁻⁵⁰ of the same sums.
//!   Both together are charged as `COEFFICIENT_ERROR` = 2⁻⁴⁶ times those sums.
//! * An overflow gives an infinity or a NaN, and [`ErrorSet::deviation`] then is not finite:
//!   the engine reports the enclosure as lost.

// Rows and columns of small matrices are clearest by index.
#![allow(clippy::needless_range_loop)]

/// See (U) in the module documentation.
const UP: f64 = 1.0 + 1.0 / (1u64 << 40) as f64;

/// See (C) in the module documentation.
const COEFFICIENT_ERROR: f64 = 1.0 / (1u64 << 46) as f64;

/// 2⁻⁹⁰⁰. Added to r at every step (in units), and to |α| and b wherever their sizes are
/// bounded, which covers copies that were rounded to 0.
const FLOOR: f64 = f64::from_bits((1023 - 900) << 52);

/// f64 copies of the centre and the constants, each with relative error ≤ 2⁻⁵⁰, or absolute
/// error ≤ 2⁻⁹⁹⁰ for α, β₂ and b.
#[derive(Clone, Copy, Debug)]
pub struct Linearisation {
    /// α of the centre.
    pub alpha: f64,
    /// β₂ of the centre.
    pub beta2: f64,
    /// b = hβ₁² of the centre.
    pub b: f64,
    /// 1 − a of the centre; not 0.
    pub growth: f64,
    /// h = ηλ₁.
    pub h: f64,
    /// e = ηλ₂.
    pub e: f64,
}

/// How far the computed centre may be from the exact image of the previous one, in units of
/// the error set: absolute for α and β₂, relative for β₁.
pub type Defect = [f64; 3];

/// The set of possible deviations from the centre. See the module documentation.
#[derive(Clone, Debug)]
pub struct ErrorSet {
    generators: [[f64; 3]; 3],
    remainder: [f64; 3],
    unit: f64,
}

impl ErrorSet {
    /// The box |δᵢ| ≤ `radii[i]`·`unit`.
    pub fn new(radii: [f64; 3], unit: f64) -> Self {
        ErrorSet {
            generators: [[0.0; 3]; 3],
            remainder: radii,
            unit,
        }
    }

    /// What one unit is.
    pub fn unit(&self) -> f64 {
        self.unit
    }

    /// Upper bounds of |δᵢ| in units.
    ///
    /// # Soundness
    /// |Gᵢ·x| + rᵢ ≤ Σⱼ|Gᵢⱼ| + rᵢ for x ∈ [−1, 1]³, rounded up by (U).
    #[inline]
    pub fn deviation(&self) -> [f64; 3] {
        let mut d = [0.0; 3];
        for i in 0..3 {
            let g = &self.generators[i];
            d[i] = ((g[0].abs() + g[1].abs()) + (g[2].abs() + self.remainder[i])) * UP;
        }
        d
    }

    /// Propagates the set through one step of plain gradient descent.
    ///
    /// # Soundness
    /// With θ and the centre as in the module documentation, expanding the map gives exactly
    ///
    /// * δ₀⁺ = (1 − b − eβ₂²)δ₀ − 2bα·δ₁ − e(2αβ₂ − 1)δ₂
    ///   − b[αδ₁² + δ₀(2δ₁ + δ₁²)] − e[αδ₂² + 2β₂δ₀δ₂ + δ₀δ₂²],
    /// * δ₁⁺ = δ₁ − (2hα/g)δ₀ − (h/g)[δ₀² + δ₁(2αδ₀ + δ₀²)],  g = 1 − hα²,
    /// * δ₂⁺ = (1 − eα²)δ₂ − e(2αβ₂ − 1)δ₀ − e[2αδ₀δ₂ + β₂δ₀² + δ₀²δ₂].
    ///
    /// The linear part acts on G and r; the brackets are bounded with the deviations and go
    /// to r, with the errors of (C) and the centre's defect. For β₁ the exact image of the
    /// centre is the computed one times 1 + κ, |κ| ≤ the relative defect, so δ₁⁺ changes by
    /// at most |κ|(1 + |δ₁⁺|).
    #[inline]
    pub fn propagate(&mut self, at: &Linearisation, defect: Defect) {
        let Linearisation {
            alpha,
            beta2,
            b,
            growth,
            h,
            e,
        } = *at;
        let [d0, d1, d2] = self.deviation();
        // Deviations as plain numbers. One unit more keeps them away from underflow.
        let (u0, u1, u2) = (
            (d0 + 1.0) * self.unit,
            (d1 + 1.0) * self.unit,
            (d2 + 1.0) * self.unit,
        );
        let (abs_alpha, abs_beta2) = (alpha.abs() + FLOOR, beta2.abs() + FLOOR);
        let abs_b = b + FLOOR;
        let drive = e * beta2 * beta2;
        let from_alpha = 1.0 - b - drive;
        let from_beta1 = -2.0 * b * alpha;
        let coupling = -e * (2.0 * alpha * beta2 - 1.0);
        let relative = -2.0 * h * alpha / growth;
        let from_beta2 = 1.0 - e * alpha * alpha;

        let size_alpha = 1.0 + b + drive;
        let size_beta1 = 2.0 * abs_b * abs_alpha;
        let size_coupling = e * (2.0 * abs_alpha * abs_beta2 + 1.0);
        let size_relative = 2.0 * h * abs_alpha / growth.abs();
        let size_beta2 = 1.0 + e * alpha * alpha;

        let rest_alpha = abs_b * (abs_alpha * d1 * u1 + d0 * (2.0 * u1 + u1 * u1))
            + e * (abs_alpha * d2 * u2 + d0 * u2 * (2.0 * abs_beta2 + u2));
        let rest_beta1 = h / growth.abs() * (d0 * u0 + d1 * u0 * (2.0 * abs_alpha + u0));
        let rest_beta2 = e * (2.0 * abs_alpha * d0 * u2 + abs_beta2 * d0 * u0 + d0 * u0 * u2);

        let rounding = [
            COEFFICIENT_ERROR * (size_alpha * d0 + size_beta1 * d1 + size_coupling * d2),
            COEFFICIENT_ERROR * (size_relative * d0 + d1),
            COEFFICIENT_ERROR * (size_coupling * d0 + size_beta2 * d2),
        ];

        let [ga, gb, gc] = self.generators;
        for j in 0..3 {
            self.generators[0][j] =
                from_alpha.mul_add(ga[j], from_beta1.mul_add(gb[j], coupling * gc[j]));
            self.generators[1][j] = relative.mul_add(ga[j], gb[j]);
            self.generators[2][j] = coupling.mul_add(ga[j], from_beta2 * gc[j]);
        }
        let [ra, rb, rc] = self.remainder;
        let beta1_size = size_relative * u0 + u1 + rest_beta1 * self.unit;
        self.remainder = [
            (from_alpha.abs() * ra
                + size_beta1 * rb
                + coupling.abs() * rc
                + rest_alpha
                + rounding[0]
                + defect[0]
                + FLOOR)
                * UP,
            (size_relative * ra
                + rb
                + rest_beta1
                + rounding[1]
                + defect[1] * (1.0 + beta1_size * UP)
                + FLOOR)
                * UP,
            (coupling.abs() * ra
                + from_beta2.abs() * rc
                + rest_beta2
                + rounding[2]
                + defect[2]
                + FLOOR)
                * UP,
        ];
    }

    /// Forgets what is known of β₁'s deviation beyond |δ₁| ≤ `radius` (in units).
    ///
    /// # Soundness
    /// Allowed where the caller has proved that bound for every point of the set.
    pub fn replace_beta1(&mut self, radius: f64) {
        self.generators[1] = [0.0; 3];
        self.remainder[1] = radius;
    }

    /// Gathers generators and box into new generators, orthogonal in the metric
    /// (1, `weight`, 1), with an all but empty box. `weight` > 0 only affects tightness.
    ///
    /// # Soundness
    /// In scaled coordinates ζ = Sδ, with any matrix B (here: nearly orthonormal columns),
    /// ζ = B(Bᵀζ) + (I − BBᵀ)ζ. |Bᵀζ|ₖ ≤ yₖ := Σⱼ|Bₖ·S Gⱼ| + Σᵢ|Bᵢₖ|Sᵢrᵢ, so Bᵀζ is in
    /// y·[−1, 1]³, which gives the new generators S⁻¹B·diag(y); and |(I − BBᵀ)ζ|ᵢ is at most
    /// maxᵢⱼ|I − BBᵀ|ᵢⱼ·Σ|ζ|, which goes to the box. f64 errors: each entry of Bᵀ S G is a
    /// sum of three products of entries ≤ 1 in size with the scaled generators, so its error
    /// is below 2⁻⁵⁰ times the sum of their sizes; likewise the new generators' entries.
    pub fn reorganise(&mut self, weight: f64) {
        let d = self.deviation();
        let size = d[0] + d[1] * weight + d[2];
        if !size.is_finite() || size == 0.0 {
            return;
        }
        let scale = [1.0 / size, weight / size, 1.0 / size];
        let scaled: [[f64; 3]; 3] =
            std::array::from_fn(|j| std::array::from_fn(|i| self.generators[i][j] * scale[i]));
        let mut basis = orthonormal_basis(scaled);
        let mut defect = orthogonality_defect(&basis);
        if defect > 1e-9 {
            basis = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
            defect = 0.0;
        }

        let mut box_sum = 0.0;
        for i in 0..3 {
            box_sum += d[i] * scale[i];
        }
        // Σ|ζ| ≤ box_sum and yₖ ≤ 1.01·box_sum; the slack of 2⁻⁴⁸ covers the f64 errors.
        const SLACK: f64 = 1.0 / (1u64 << 48) as f64;
        let outside = box_sum * UP * (defect + SLACK);
        for k in 0..3 {
            let mut y = box_sum * SLACK;
            for generator in &scaled {
                y += dot(&basis[k], generator).abs();
            }
            for i in 0..3 {
                y += basis[k][i].abs() * self.remainder[i] * scale[i];
            }
            y *= UP;
            for i in 0..3 {
                self.generators[i][k] = basis[k][i] * y / scale[i];
            }
        }
        for i in 0..3 {
            self.remainder[i] = (outside / scale[i] + FLOOR) * UP;
        }
    }
}

#[inline]
fn dot(x: &[f64; 3], y: &[f64; 3]) -> f64 {
    x[0] * y[0] + x[1] * y[1] + x[2] * y[2]
}

/// Three nearly orthonormal vectors, the first along the longest of `columns`, the second in
/// the plane of the two longest. Nothing rests on their quality: [`orthogonality_defect`]
/// measures it.
fn orthonormal_basis(mut columns: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    columns.sort_by(|x, y| dot(y, y).total_cmp(&dot(x, x)));
    let first = normalised(columns[0]).unwrap_or([1.0, 0.0, 0.0]);
    let second = normalised(orthogonal_part(columns[1], &first))
        .filter(|_| dot(&columns[1], &columns[1]) > 0.0)
        .or_else(|| {
            // The axis least aligned with the first direction.
            let axis = (0..3).min_by(|&i, &j| first[i].abs().total_cmp(&first[j].abs()))?;
            let mut unit = [0.0; 3];
            unit[axis] = 1.0;
            normalised(orthogonal_part(unit, &first))
        })
        .unwrap_or([0.0, 1.0, 0.0]);
    // A second pass removes what cancellation left along the first direction.
    let second = normalised(orthogonal_part(second, &first)).unwrap_or(second);
    let third = [
        first[1] * second[2] - first[2] * second[1],
        first[2] * second[0] - first[0] * second[2],
        first[0] * second[1] - first[1] * second[0],
    ];
    [first, second, third]
}

fn orthogonal_part(x: [f64; 3], direction: &[f64; 3]) -> [f64; 3] {
    let along = dot(&x, direction);
    std::array::from_fn(|i| x[i] - along * direction[i])
}

fn normalised(x: [f64; 3]) -> Option<[f64; 3]> {
    let length = dot(&x, &x).sqrt();
    (length > 1e-140).then(|| std::array::from_fn(|i| x[i] / length))
}

/// An upper bound of maxᵢⱼ |I − BBᵀ|ᵢⱼ for the matrix B with columns `basis`.
///
/// Each entry is a sum of three products of numbers ≤ 2 in size: the f64 error is below
/// 2⁻⁴⁸. A NaN gives an infinite bound.
fn orthogonality_defect(basis: &[[f64; 3]; 3]) -> f64 {
    let mut worst = 0.0f64;
    for i in 0..3 {
        for j in 0..3 {
            let identity = if i == j { 1.0 } else { 0.0 };
            let entry: f64 = (0..3).map(|k| basis[k][i] * basis[k][j]).sum::<f64>() - identity;
            if entry.is_nan() || entry.abs() > 1.0 {
                return f64::INFINITY;
            }
            worst = worst.max(entry.abs());
        }
    }
    worst + 1.0 / (1u64 << 48) as f64
}

#[cfg(test)]
mod tests;
