//! Charts that are hard to draw, and a page with all of them.

use edgecert::number::Interval;
use edgecert::report::chart::{
    Axis, Chart, Curve, Layer, Place, Point, Row, Scale, Series, Thinner,
};
use edgecert::report::html::{Block, Cell, Inline, Page, Section, Table};
use edgecert::verdict::Verdict;
use rug::Rational;

/// Gradient descent in plain f64 with the logarithm of |β₁| kept apart: numbers of the right
/// shape for a picture, and no more than that.
fn orbit(steps: u32) -> impl Iterator<Item = (f64, f64, f64)> {
    let (l1, l2, eta) = (100.0, 0.01, 0.05);
    let (mut alpha, mut log_b1, mut b2) = (0.62f64, -2.0f64, 0.75f64);
    (0..=steps).map(move |t| {
        let now = (f64::from(t), eta * l1 * alpha * alpha, log_b1);
        let b1_squared = 10f64.powf(2.0 * log_b1);
        let rest = alpha * b2 - 1.0;
        let next = alpha - eta * (l1 * alpha * b1_squared + l2 * rest * b2);
        b2 -= eta * l2 * alpha * rest;
        log_b1 += (1.0 - eta * l1 * alpha * alpha).abs().log10();
        alpha = next;
        now
    })
}

fn steps() -> Axis {
    Axis::new("step t", "", Scale::Linear)
}

/// Spikes: a linear axis, labels of reference lines close to each other.
pub fn spikes() -> Chart {
    let band = orbit(10_000)
        .map(|(t, a, _)| Point::new(t, a - 1e-9, a + 1e-9))
        .collect();
    let mut chart = Chart::new(
        "η·S rises above the edge of stability again and again",
        steps(),
        Axis::new("sharpness times learning rate, η·S", "", Scale::Linear),
    )
    .caption("Certified enclosure of η·S along the run; the band is thinner than the line.")
    .layer(Layer::Band(Series::new(
        "gradient descent, certified",
        band,
    )))
    .layer(Layer::horizontal(2.0, "edge η·S = 2"))
    .layer(Layer::horizontal(2.1, "2 + δ for δ = 1/10"))
    .layer(Layer::horizontal(
        2.02,
        "a label that is much too long for its place beside the plot",
    ));
    for (at, label) in [
        (74.0, "first crossing"),
        (550.0, "theorem-4.1.bound violated"),
        (700.0, "spike 1"),
        (6_238.0, "T(0.5) = 6 238"),
        (9_300.0, "δ-trap closed"),
        (9_800.0, "final trap closed at step 9 800"),
    ] {
        chart = chart.layer(Layer::vertical(at, label));
    }
    chart
}

/// Floating point against the truth: a logarithmic axis from 1 to 10⁻²³³ and to 0 itself.
pub fn underflow() -> Chart {
    let y = Axis::new("|β₁|", "", Scale::Log10);
    let truth: Vec<_> = orbit(10_000)
        .map(|(t, _, b)| Point::new(t, b - 1e-9, b + 1e-9))
        .collect();
    let cut = |least: f64| {
        let mut lost = false;
        orbit(10_000)
            .map(|(t, _, b)| {
                lost |= b < least;
                Point::exact(t, if lost { f64::NEG_INFINITY } else { b })
            })
            .collect::<Vec<_>>()
    };
    Chart::new("Floating point loses β₁", steps(), y)
        .caption(
            "Once |β₁| underflows to 0, it stays there, and nothing can bring the sharpness down.",
        )
        .layer(Layer::Band(Series::new(
            "exact trajectory, certified",
            truth,
        )))
        .layer(Layer::Line(Series::new("f64", cut(-323.0))))
        .layer(Layer::Line(Series::new("f32", cut(-45.0))))
        .layer(Layer::horizontal(-323.3, "least f64"))
        .layer(Layer::horizontal(-44.85, "least f32"))
}

/// Thousands of powers of ten, in a wide band, from a long stream.
pub fn deep() -> Chart {
    let mut thinner = Thinner::new(600);
    for t in 0..300_000u32 {
        let x = f64::from(t);
        let y = -3500.0 * (1.0 - (-x / 1e5).exp()) + 40.0 * (x / 900.0).sin();
        thinner.push(Point::new(x, y - x / 1000.0, y + x / 3000.0));
    }
    Chart::new(
        "Down to 10⁻³⁵⁰⁰",
        steps(),
        Axis::new("|β₁|", "", Scale::Log10),
    )
    .caption("An enclosure that gets wider and wider, from 300 000 steps.")
    .layer(Layer::Band(thinner.finish("wide enclosure")))
}

/// Differences in the fifth digit, and times with units.
pub fn narrow() -> Chart {
    let points: Vec<_> = (0..=40)
        .map(|i| {
            let x = f64::from(i) * 0.05;
            let y = 1.99990 + 0.00005 * (1.0 - (-2.0 * x).exp());
            Point::new(x, y - 4e-7 * x, y + 1e-6 * x)
        })
        .collect();
    let markers = points.iter().step_by(8).copied().collect();
    Chart::new(
        "ηS approaches its limit",
        Axis::new("time t = ηk", "s", Scale::Linear),
        Axis::new("η·S", "", Scale::Linear),
    )
    .layer(Layer::Band(
        Series::new("limit, certified", points.clone()).styled(2),
    ))
    .layer(Layer::Markers(Series::new("reference engine", markers)))
    .layer(Layer::vertical(1.0, "t = 1"))
}

/// Many series with markers on two logarithmic axes.
pub fn markers() -> Chart {
    let mut chart = Chart::new(
        "Time per certified step, by number of steps and by method of enclosure",
        Axis::new("number of steps T", "", Scale::Log10),
        Axis::new("time per step", "ns", Scale::Log10),
    );
    let names = [
        "centre + error set",
        "naive balls",
        "naive intervals of f64",
        "affine arithmetic",
        "Taylor models",
        "zonotopes",
        "exact rationals",
        "a method with a name of such a length that no legend of any usual width can show it in full",
    ];
    for (i, name) in (0u32..).zip(names) {
        let points: Vec<_> = (0..5u32)
            .map(|k| {
                let y = 1.3 + 0.4 * f64::from(i) + 0.02 * f64::from(k * k);
                Point::new(2.0 + f64::from(k) * 0.6, y - 0.05, y + 0.05)
            })
            .collect();
        let i = i as usize;
        chart = chart
            .layer(Layer::Line(Series::new(name, points.clone()).styled(i)))
            .layer(Layer::Markers(Series::new(name, points).styled(i)));
    }
    chart
}

/// When each hypothesis holds: rows only.
pub fn timeline() -> Chart {
    let spans = |period: f64, part: f64| {
        (0..)
            .map(|i| f64::from(i) * period)
            .take_while(|x| *x < 1e6)
            .map(|x| (x, x + part * period))
            .collect::<Vec<_>>()
    };
    Chart::new(
        "When hypotheses hold",
        Axis::new("step t", "", Scale::Linear),
        Axis::new("hypothesis", "", Scale::Linear),
    )
    .layer(Layer::Row(Row::new("a ≥ 2 + δ", spans(83_333.0, 0.4))))
    .layer(Layer::Row(Row::new("b < 1/1000", spans(20_000.0, 0.7))))
    .layer(Layer::Row(Row::new("every other step", spans(2.0, 0.5))))
    .layer(Layer::Row(Row::new(
        "final trap, whose name is long enough to be cut off somewhere on every screen but the widest",
        vec![(930_000.0, 1e6)],
    )))
    .layer(Layer::Row(Row::new("one step", vec![(500_000.0, 500_000.0)])))
    .layer(Layer::vertical(930_000.0, "trap closed"))
}

/// A plot with rows, and text that is not plain.
pub fn mixed() -> Chart {
    let points = (0..200)
        .map(|i| {
            let x = f64::from(i);
            let y = (x / 9.0).sin() * 1e300;
            match i {
                60..80 => Point::new(x, f64::NEG_INFINITY, f64::INFINITY),
                _ => Point::new(x, y - 1e298 * (x / 40.0), y + 1e298 * (x / 40.0)),
            }
        })
        .collect();
    Chart::new(
        "\"Quotes\", <tags> & 'more' in a title that is long enough to be set on two lines at least, \
         one after the other",
        Axis::new("x < 200 & \"so on\"", "1/s", Scale::Linear),
        Axis::new("a & b", "m", Scale::Linear),
    )
    .caption("Nothing is known from 60 to 80.")
    .layer(Layer::Band(Series::new("a < b & c > \"d\"", points)))
    .layer(Layer::Row(Row::new("unknown <60..80>", vec![(60.0, 80.0)])))
    .layer(Layer::Row(Row::new("known", vec![(0.0, 60.0), (80.0, 199.0)])))
    .layer(Layer::vertical(60.0, "<lost>"))
    .layer(Layer::vertical(80.0, "found & kept"))
}

/// A curve that runs back and forth, with boxes that are there to be seen.
pub fn portrait() -> Chart {
    let places: Vec<_> = (0..2_000u32)
        .map(|i| {
            let t = f64::from(i) / 60.0;
            let (x, y, r) = (0.6 + 0.1 * t.sin(), 0.7 + t / 40.0, t / 3000.0);
            Place {
                x: (x - r, x + r),
                y: (y - r, y + r),
            }
        })
        .collect();
    let ends = vec![places[0], places[1_999]];
    Chart::new(
        "Back and forth",
        Axis::new("shared weight α", "", Scale::Linear),
        Axis::new("relevant weight β₂", "", Scale::Linear),
    )
    .layer(Layer::Curve(Curve::new("gradient descent", places)))
    .layer(Layer::Places(Curve::new("start and end", ends)))
    .layer(Layer::vertical(0.6325, "edge ηλ₁α² = 2"))
}

/// Nothing at all, and a single point.
pub fn sparse() -> [Chart; 2] {
    let empty = || Chart::new("Nothing", steps(), Axis::new("η·S", "", Scale::Linear));
    let value = Interval::from_rational(&Rational::from((1, 3)));
    let point = empty().y.point(7.0, &value);
    [
        empty(),
        empty().layer(Layer::Band(Series::new("one point", vec![point]))),
    ]
}

pub fn all() -> Vec<(&'static str, Chart)> {
    let [empty, single] = sparse();
    vec![
        ("spikes", spikes()),
        ("underflow", underflow()),
        ("deep", deep()),
        ("narrow", narrow()),
        ("markers", markers()),
        ("timeline", timeline()),
        ("mixed", mixed()),
        ("portrait", portrait()),
        ("empty", empty),
        ("single", single),
    ]
}

const VERDICTS: [Verdict; 4] = [
    Verdict::Certified,
    Verdict::Violated,
    Verdict::Undecided,
    Verdict::Vacuous,
];

/// A page with every kind of block, and text that is not plain.
pub fn page() -> Page {
    let mut table = Table::new(
        "Claims, with a caption that says what slack is",
        [
            "claim", "verdict", "checked", "tightest", "slack", "constant", "proof",
        ],
    );
    let mut badges = Section::new("Verdicts & what they mean").anchor("verdicts");
    for (i, verdict) in VERDICTS.into_iter().enumerate() {
        badges = badges.block(Block::verdict(
            verdict,
            format!("theorem-4.{i}.bound < \"δ\" & more"),
        ));
        table = table.row([
            Inline::code(format!("theorem-4.{i}.growth-of-oscillation")).into(),
            verdict.into(),
            Cell::number("10\u{202f}001"),
            Cell::number("6\u{202f}235"),
            Cell::number("-0.1796(1)"),
            "tight 0.55985(1)".into(),
            Inline::link("Figures", "figures").into(),
        ]);
    }
    let mut figures = Section::new("Figures").anchor("figures");
    for (_, chart) in all() {
        figures = figures.block(Block::chart(&chart));
    }
    Page::new(
        "Figure 1: <spikes> at the \"edge\" & beyond",
        "λ₁ = 100, λ₂ = 1/100, η = 1/20, plain gradient descent, 10\u{202f}000 steps",
    )
    .section(badges)
    .section(
        Section::new("Claims")
            .block(Block::Paragraph {
                content: vec![
                    "Slack is the distance to violation; see ".into(),
                    Inline::link("the verdicts", "verdicts"),
                    ", or run ".into(),
                    Inline::code("edgecert explain <ID>"),
                    ". One claim is ".into(),
                    Verdict::Violated.into(),
                    ".".into(),
                ],
            })
            .block(Block::Table(table)),
    )
    .section(
        Section::new("The run")
            .block(Block::pairs([
                ("start θ₀", "(α, β₁, β₂) = (31/50, 1/100, 3/4)".to_string()),
                ("a long value", "0x1.8p-3".repeat(40)),
            ]))
            .block(Block::heading("A heading within"))
            .block(Block::details(
                "Everything, as text",
                vec![
                    Block::paragraph("Shown on demand."),
                    Block::preformatted(format!("line 1 <b>\n  line 2 & {}\n", "x".repeat(300))),
                    Block::details("Nested", vec![Block::paragraph("deeper")]),
                ],
            )),
    )
    .section(figures)
}
