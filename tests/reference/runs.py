"""The runs of the reference trajectories. Numbers are exact fractions, as text."""


def run(name, eta, start, steps, *, clip=None, lambdas=("100", "1/100")):
    alpha, beta1, beta2 = start
    return {
        "name": name,
        "lambda1": lambdas[0],
        "lambda2": lambdas[1],
        "eta": eta,
        "alpha": alpha,
        "beta1": beta1,
        "beta2": beta2,
        "clip": clip,
        "steps": steps,
    }


TENTH = ("1/10", "1/10", "1/10")

RUNS = [
    # The runs of the figures.
    run("figure-1", "1/20", ("31/50", "1/100", "3/4"), 10_000),
    run("figure-2", "1/20", ("63/100", "1/100", "1/2"), 10_000),
    run("figure-3", "1/12", ("487/1000", "1/100", "3/2"), 10_000),
    run("clipped", "1/20", ("1/2", "1/10", "1"), 10_000, clip="1/10"),
    # |α| first exceeds 1000 at step 8365; one run ends before, one there, one goes on.
    run("before-divergence", "1/20", TENTH, 8_364),
    run("at-divergence", "1/20", TENTH, 8_365),
    run("divergent", "1/20", TENTH, 8_400),
    run("below-edge", "1/40", ("1/2", "1/10", "1"), 10_000),
    # Long runs.
    run("long-plain", "1/20", ("63/100", "1/100", "1/2"), 100_000),
    run("long-clipped", "1/20", ("1/2", "1/10", "1"), 100_000, clip="1/10"),
    run("long-figure-3-clipped", "1/12", ("1/2", "1/10", "1/10"), 100_000, clip="1/10"),
    # α changes sign and the iterates stay bounded.
    run("sign-flip", "1/20", ("3/5", "1/10", "1/2"), 10_000),
    run("late-sign-flip", "1/30", TENTH, 20_000),
    run("early-flip-late-divergence", "1/12", ("63/100", "1/100", "1/2"), 17_000),
    # β₁ far below the range of f64.
    run("tiny-beta1", "1/40", TENTH, 20_000),
    # Signs.
    run("all-negative", "1/20", ("-63/100", "-1/50", "-7/10"), 5_000),
    run("negative-beta1", "1/20", ("3/5", "-1/7", "2/3"), 5_000),
    run("against-the-sign", "1/20", ("-1/2", "1/10", "1"), 10_000),
    # Degenerate starts.
    run("beta1-zero", "1/20", ("31/50", "0", "3/4"), 5_000),
    run("alpha-zero", "1/20", ("0", "1/10", "1"), 10_000),
    run("saddle", "1/20", ("0", "1/10", "0"), 1_000),
    run("minimum", "1/20", ("1/2", "0", "2"), 100),
    run("beta1-annihilated", "1/4", ("1", "1/3", "1/2"), 1_000, lambdas=("4", "1/2")),
    run("edge-start", "1/2", ("1", "1/10", "1/2"), 1_000, lambdas=("4", "1/2")),
    # Residual of the other sign, and large weights.
    run("p-above-one", "1/20", ("1/2", "1/10", "3"), 10_000),
    run("large-beta2", "1/20", ("1/100", "1/10", "50"), 2_000),
    run("fast-divergence", "1/20", ("2", "1", "1"), 100),
    # Clips at both ends of the scale.
    run("tight-clip", "1/20", ("31/50", "1/100", "3/4"), 5_000, clip="1/1000"),
    run("large-step-clip", "1/5", ("3/10", "1/10", "1"), 5_000, clip="1/20"),
    # Other variances.
    run("unit-variance", "5", ("3/5", "1/10", "3/4"), 2_000, lambdas=("1", "1/100")),
    run("wide-variances", "1/200", ("31/50", "1/100", "3/4"), 10_000, lambdas=("1000", "1/1000")),
    run("moderate-variances", "3/4", ("1/2", "1/4", "1"), 2_000, lambdas=("4", "1/2")),
    run("equal-variances", "1/20", ("1/3", "1/7", "2"), 1_000, lambdas=("10", "10")),
    run("two-cycle", "1", ("1", "1/3", "1/2"), 1_000, lambdas=("2", "1")),
    # Bounded and chaotic: nearby starts separate for ever, so bits are really lost.
    run("chaos-plain", "2", ("1/4", "1/4", "3/2"), 3_000, lambdas=("4", "1/4")),
    run("chaos-clipped", "1", ("1/4", "1/8", "1/4"), 2_000, clip="1/4", lambdas=("4", "1")),
]
