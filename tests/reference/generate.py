#!/usr/bin/env python3
"""Reference trajectories of gradient descent on the minimalist example.

An implementation of its own, for comparison: it takes the loss from the paper, iterates
in MPFR floats and knows nothing of edgecert. Every run is made twice, at two precisions;
of each number only the digits on which both agree are kept, and every step index must
agree. If it does not, both precisions are raised.

    L(α, β₁, β₂) = λ₁/2·(αβ₁)² + λ₂/2·(αβ₂ − 1)²
    θ ← θ − η∇L(θ), then, where there is a clip B, β₁ ← max(−B, min(B, β₁))

Needs gmpy2. Usage: generate.py [--check] [--only NAME]
"""

import argparse
import json
import multiprocessing
import sys
from fractions import Fraction
from pathlib import Path

import gmpy2
from gmpy2 import mpfr, mpq

from runs import RUNS

OUTPUT = Path(__file__).with_name("trajectories.json")
DIGITS = 40
LOG_DECIMALS = 12
LISTED = 100
PRECISIONS = [(1024, 1536), (3072, 4096), (8192, 12288)]
SHARPNESS_BITS = (256, 384)
# A comparison closer than this is not trusted to a float; exact ties are.
MARGIN = mpq(1, 10**50)
STOP = 10**30
FAR = 1000
SPIKE = mpq(1, 1000)


class Undecided(Exception):
    """A comparison is too close, or two precisions disagree."""


def above(value, threshold):
    """Whether value > threshold, provided rounding cannot decide it."""
    difference = value - threshold
    if difference != 0 and abs(difference) < MARGIN * threshold:
        raise Undecided(f"{value} is too close to {threshold}")
    return difference > 0


class Model:
    """The loss and its derivatives at the precision of the current context."""

    def __init__(self, run):
        self.lambda1, self.lambda2, self.eta = (
            mpfr(mpq(Fraction(run[key]))) for key in ("lambda1", "lambda2", "eta")
        )
        self.clip = None if run["clip"] is None else mpfr(mpq(Fraction(run["clip"])))
        self.h = mpfr(mpq(Fraction(run["eta"]) * Fraction(run["lambda1"])))

    def loss(self, theta):
        alpha, beta1, beta2 = theta
        first = self.lambda1 * (alpha * beta1) ** 2
        second = self.lambda2 * (alpha * beta2 - 1) ** 2
        return (first + second) / 2

    def gradient(self, theta):
        alpha, beta1, beta2 = theta
        pull1 = self.lambda1 * (alpha * beta1)
        pull2 = self.lambda2 * (alpha * beta2 - 1)
        return (pull1 * beta1 + pull2 * beta2, pull1 * alpha, pull2 * alpha)

    def step(self, theta):
        """The next iterate, and whether the clip changed it."""
        alpha, beta1, beta2 = (x - self.eta * g for x, g in zip(theta, self.gradient(theta)))
        if self.clip is None or abs(beta1) <= self.clip:
            return (alpha, beta1, beta2), False
        return (alpha, gmpy2.copy_sign(self.clip, beta1), beta2), True

    def scaled_hessian(self, theta):
        """η∇²L as (αα, αβ₁, αβ₂, β₁β₁, β₂β₂); the entry β₁β₂ is 0."""
        alpha, beta1, beta2 = theta
        entries = (
            self.lambda1 * beta1**2 + self.lambda2 * beta2**2,
            2 * self.lambda1 * alpha * beta1,
            self.lambda2 * (2 * alpha * beta2 - 1),
            self.lambda1 * alpha**2,
            self.lambda2 * alpha**2,
        )
        return tuple(self.eta * entry for entry in entries)


def largest_eigenvalue(hessian):
    """λ_max by Newton's method on the characteristic polynomial.

    All roots are real and the start is a Gershgorin bound, so in exact arithmetic the
    iteration falls monotonically to the largest root.
    """
    tip, u, v, d1, d2 = hessian
    x = max(tip + abs(u) + abs(v), d1 + abs(u), d2 + abs(v))
    u2, v2 = u * u, v * v
    tolerance = mpfr(2) ** (8 - gmpy2.get_context().precision)
    while True:
        t, a, b = x - tip, x - d1, x - d2
        value = t * a * b - u2 * b - v2 * a
        slope = a * b + t * (a + b) - u2 - v2
        if value <= 0 or slope <= 0:
            return x
        fall = value / slope
        x -= fall
        if fall <= tolerance * abs(x):
            return x


def is_positive_definite(shift, hessian):
    """Whether shift·I − hessian is, by Cholesky pivots in the order α, β₁, β₂."""
    tip, u, v, d1, d2 = hessian
    first = shift - tip
    if first <= 0:
        return False
    second = shift - d1 - u * u / first
    if second <= 0:
        return False
    fill = u * v / first
    return shift - d2 - v * v / first - fill * fill / second > 0


def confirm_eigenvalue(value, hessian):
    """Checks λ_max by inertia, which has nothing in common with Newton's method."""
    width = abs(value) * mpfr(10) ** (-DIGITS - 5)
    if width and (
        not is_positive_definite(value + width, hessian)
        or is_positive_definite(value - width, hessian)
    ):
        raise Undecided("sharpness is not confirmed by the pivots")


class Crossings:
    """Counts passages of a sequence through a threshold: ≤ at t − 1, > at t, or back."""

    def __init__(self, threshold):
        self.threshold = threshold
        self.side = None
        self.upward = []
        self.downward = 0

    def add(self, t, value):
        side = above(value, self.threshold)
        if self.side is not None and side != self.side:
            if side:
                self.upward.append(t)
            else:
                self.downward += 1
        self.side = side

    def summary(self):
        return {
            "upward": len(self.upward),
            "downward": self.downward,
            "first_upward": self.upward[0] if self.upward else None,
            "upward_steps": self.upward[:LISTED],
        }


class Extreme:
    """The largest value of a sequence and the first step that has it."""

    def __init__(self):
        self.value = None
        self.step = None

    def add(self, t, value):
        if self.value is None or value > self.value:
            self.value, self.step = value, t


def snapshot_steps(steps):
    """1, 2, 5, 10, 20, 50, … up to steps."""
    return {k * 10**n for n in range(len(str(steps))) for k in (1, 2, 5) if k * 10**n <= steps}


def simulate(run, bits, sharpness_bits):
    """Everything recorded of a run, with numbers still as floats."""
    with gmpy2.context(precision=bits, emin=gmpy2.get_emin_min(), emax=gmpy2.get_emax_max()):
        return record(run, Model(run), sharpness_bits)


def record(run, model, sharpness_bits):
    narrow = gmpy2.context(gmpy2.get_context(), precision=sharpness_bits)
    theta = tuple(mpfr(mpq(Fraction(run[key]))) for key in ("alpha", "beta1", "beta2"))
    start_sign = gmpy2.sign(theta[0])
    sharpness, edge, spikes = Crossings(2), Crossings(2), Crossings(SPIKE)
    highest, highest_a, smallest = Extreme(), Extreme(), Extreme()
    snapshots, states = snapshot_steps(run["steps"]), []
    first_sign_change = first_far = None
    clipped = []
    t = 0
    while True:
        alpha, beta1, _ = theta
        hessian = model.scaled_hessian(theta)
        with narrow:
            hessian = tuple(+entry for entry in hessian)
            eta_sharpness = largest_eigenvalue(hessian)
            confirm_eigenvalue(eta_sharpness, hessian)
        last = t == run["steps"] or abs(alpha) > STOP
        sharpness.add(t, eta_sharpness)
        a = model.h * alpha**2
        edge.add(t, a)
        spikes.add(t, model.h * beta1**2)
        highest.add(t, eta_sharpness)
        highest_a.add(t, a)
        smallest.add(t, -abs(beta1))
        if first_sign_change is None and gmpy2.sign(alpha) * start_sign < 0:
            first_sign_change = t
        if first_far is None and above(abs(alpha), FAR):
            first_far = t
        if last or t in snapshots:
            states.append((t, theta, eta_sharpness, model.loss(theta)))
        if last:
            break
        theta, was_clipped = model.step(theta)
        t += 1
        if was_clipped:
            clipped.append(t)
    tiniest = None if smallest.value == 0 else gmpy2.log10(-smallest.value)
    return {
        "last_step": t,
        "states": states,
        "sharpness_crossings": sharpness.summary(),
        "edge_crossings": edge.summary(),
        "max_eta_sharpness": (highest.step, highest.value),
        "max_a": (highest_a.step, highest_a.value),
        "min_log10_abs_beta1": (smallest.step, tiniest),
        "first_sign_change": first_sign_change,
        "first_abs_alpha_above_1000": first_far,
        "spikes": spikes.upward[:LISTED],
        "spike_count": len(spikes.upward),
        "clipped_count": len(clipped),
        "clipped_steps": clipped[:LISTED],
    }


def agreed(low, high):
    """The decimal digits of `high` on which `low` agrees, at most DIGITS.

    The exact value differs from the text by at most one unit of its last digit.
    """
    if low == high == 0:
        return "0"
    with gmpy2.context(precision=128, emin=gmpy2.get_emin_min(), emax=gmpy2.get_emax_max()):
        error = abs((low - high) / high) if high != 0 else mpfr(1)
        digits = DIGITS if error == 0 else min(DIGITS, int(-gmpy2.log10(error)) - 3)
    if digits < DIGITS:
        raise Undecided(f"only {digits} digits agree")
    mantissa, exponent, _ = high.digits(10, digits)
    sign, mantissa = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
    return f"{sign}{mantissa[0]}.{mantissa[1:]}e{exponent - 1}"


def merge_states(low, high):
    (t, theta, *rest), (t_high, theta_high, *rest_high) = low, high
    if t != t_high:
        raise Undecided("snapshots differ")
    names = ("alpha", "beta1", "beta2", "eta_sharpness", "loss")
    pairs = zip((*theta, *rest), (*theta_high, *rest_high))
    return {"step": t} | {name: agreed(*pair) for name, pair in zip(names, pairs)}


def merge(low, high):
    """One record of two; anything discrete must be equal."""
    low, high = dict(low), dict(high)
    result = {}
    for key, value in high.items():
        if key == "states":
            result[key] = [merge_states(*pair) for pair in zip(low[key], value)]
        elif key in ("max_eta_sharpness", "max_a"):
            result[key] = {"value": agreed(low[key][1], value[1]), "step": value[0]}
            value, low[key] = value[0], low[key][0]
        elif key == "min_log10_abs_beta1":
            texts = [None if v is None else format(v, f".{LOG_DECIMALS}f")
                     for v in (low[key][1], value[1])]
            result[key] = {"value": texts[1], "step": value[0]}
            value, low[key] = (value[0], texts[1]), (low[key][0], texts[0])
        else:
            result[key] = value
        if key != "states" and value != low[key]:
            raise Undecided(f"{key}: {low[key]} and {value}")
    if len(low["states"]) != len(high["states"]):
        raise Undecided("snapshots differ")
    return result


def reference(run):
    """The record of a run, at the first pair of precisions that decides everything."""
    for pair in PRECISIONS:
        try:
            low, high = (simulate(run, *bits) for bits in zip(pair, SHARPNESS_BITS))
            return run | {"bits": list(pair)} | merge(low, high)
        except Undecided as reason:
            print(f"{run['name']} at {pair} bits: {reason}", file=sys.stderr)
    raise SystemExit(f"{run['name']}: no precision is enough")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the file, write nothing")
    parser.add_argument("--only", metavar="NAME", help="print one run, write nothing")
    options = parser.parse_args()
    selected = [run for run in RUNS if options.only in (None, run["name"])]
    with multiprocessing.Pool() as pool:
        records = pool.map(reference, selected, chunksize=1)
    lines = ",\n".join(json.dumps(record, indent=1) for record in records)
    text = f'{{"format": 1, "runs": [\n{lines}\n]}}\n'
    if options.only:
        print(text)
    elif options.check:
        sys.exit(0 if OUTPUT.read_text(encoding="utf-8") == text else "trajectories.json differs")
    else:
        OUTPUT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
