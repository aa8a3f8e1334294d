/* Gradient descent in floating point, written without edgecert: 16 configurations in 4 formats,
 * 5 orders, with and without flushing. f32 and f64 are the CPU's; f16 and bf16 are computed in
 * double and rounded, which rounds once (see README.md). Prints one JSON object per trace.
 *
 * gcc -O1 -mfma -ffp-contract=off -fno-tree-slp-vectorize traces.c -o traces -lm && ./traces
 */
#include <math.h>
#include <pmmintrin.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 20000 };
enum order { FACTORED, EXPANDED, BACKPROP, BACKPROP_FMA, FACTORED_FMA, ORDERS };
static const char *order_names[] = {"factored", "expanded", "backprop", "backprop+fma", "factored+fma"};

static void flush(int on) {
    _MM_SET_FLUSH_ZERO_MODE(on ? _MM_FLUSH_ZERO_ON : _MM_FLUSH_ZERO_OFF);
    _MM_SET_DENORMALS_ZERO_MODE(on ? _MM_DENORMALS_ZERO_ON : _MM_DENORMALS_ZERO_OFF);
}

/* A narrow format, for numbers held in doubles. */
struct narrow { int precision, least, greatest, flush; };
static struct narrow narrow;

/* x to the narrow format: exact scaling, and the one rounding of rint. */
static double fit(double x) {
    if (x == 0 || isnan(x) || isinf(x)) return x;
    int e;
    frexp(x, &e); /* |x| in [2^(e-1), 2^e) */
    int unit = e - narrow.precision;
    double free = ldexp(rint(ldexp(x, -unit)), unit);
    double least = ldexp(1, narrow.least);
    if (narrow.flush && fabs(free) < least) return copysign(0, x);
    int floor_unit = narrow.least + 1 - narrow.precision;
    if (unit < floor_unit) {
        free = ldexp(rint(ldexp(x, -floor_unit)), floor_unit);
        free = copysign(free, x);
    }
    return fabs(free) >= ldexp(1, narrow.greatest + 1) ? copysign(INFINITY, x) : free;
}

/* xy + z rounded to odd in double: rounding that to far fewer bits rounds once. */
static double fused_to_odd(double x, double y, double z) {
    double p = x * y; /* exact: at most 22 bits */
    double s = p + z, v = s - p, rest = (p - (s - v)) + (z - v);
    if (rest != 0 && isfinite(s)) {
        long long bits;
        memcpy(&bits, &s, 8);
        if ((bits & 1) == 0) s = nextafter(s, rest > 0 ? INFINITY : -INFINITY);
    }
    return s;
}

#define ADD(x, y) R(x + y)
#define SUB(x, y) R(x - y)
#define MUL(x, y) R(x * y)
/* Each trace is one body of code, with every operation written out. */
#define STEP(T)                                                                                   \
    static void step_##T(enum order order, T eta, T l1, T l2, T *pa, T *pb, T *pc) {              \
        T a = *pa, b = *pb, c = *pc, one = 1, h = MUL(eta, l1), e = MUL(eta, l2), na, nb, nc;     \
        if (order == EXPANDED) {                                                                  \
            T r = SUB(MUL(a, c), one);                                                            \
            T g = ADD(MUL(MUL(MUL(l1, a), b), b), MUL(MUL(l2, c), r));                            \
            na = SUB(a, MUL(eta, g));                                                             \
            nb = SUB(b, MUL(MUL(MUL(h, a), a), b));                                               \
            nc = SUB(c, MUL(MUL(e, a), r));                                                       \
        } else if (order == BACKPROP || order == FACTORED) {                                      \
            T r1 = MUL(a, b), r2 = SUB(MUL(a, c), one), g1 = MUL(l1, r1), g2 = MUL(l2, r2);       \
            na = SUB(a, MUL(eta, ADD(MUL(g1, b), MUL(g2, c))));                                   \
            nb = order == BACKPROP ? SUB(b, MUL(eta, MUL(g1, a)))                                 \
                                   : MUL(b, SUB(one, MUL(h, MUL(a, a))));                         \
            nc = SUB(c, MUL(eta, MUL(g2, a)));                                                    \
        } else {                                                                                  \
            T r1 = MUL(a, b), r2 = FMA(a, c, -one), g1 = MUL(l1, r1), g2 = MUL(l2, r2);           \
            na = FMA(-eta, FMA(g1, b, MUL(g2, c)), a);                                            \
            nb = order == BACKPROP_FMA ? FMA(-eta, MUL(g1, a), b)                                 \
                                       : MUL(b, FMA(-h, MUL(a, a), one));                         \
            nc = FMA(-eta, MUL(g2, a), c);                                                        \
        }                                                                                         \
        *pa = na, *pb = nb, *pc = nc;                                                             \
    }
typedef double half; /* the narrow format */
#define R(x) (x)
#define FMA(x, y, z) fma(x, y, z)
STEP(double)
#undef FMA
#define FMA(x, y, z) fmaf(x, y, z)
STEP(float)
#undef FMA
#undef R
#define R(x) fit(x)
#define FMA(x, y, z) fit(fused_to_odd(x, y, z))
STEP(half)

/* The largest eigenvalue of the arrow matrix, by bisection of its secular function. */
static double sharpness(double a, double b, double c) {
    double l1 = 100, l2 = 0.01, tip = l1 * b * b + l2 * c * c, u = 2 * l1 * a * b;
    double v = l2 * (2 * a * c - 1), d1 = l1 * a * a, d2 = l2 * a * a;
    double low = d1, high = low + fabs(tip) + fabs(u) + fabs(v) + 1e-9;
    for (int i = 0; i < 200; i++) {
        double x = 0.5 * (low + high);
        if (x - tip - u * u / (x - d1) - v * v / (x - d2) >= 0) high = x; else low = x;
    }
    return high;
}

int main(void) {
    static const double starts[8][3] = {{63, 10, 50}, {60, 100, 50}, {50, 100, 10}, {10, 100, 10},
                                        {61, 20, 40}, {60, 1, 50},   {70, 10, 30},  {66, 1, 50}};
    static const char *formats[] = {"f64", "f32", "bf16", "f16"};
    static const int sizes[4][3] = {{53, -1022, 1023}, {24, -126, 127}, {8, -126, 127}, {11, -14, 15}};
    for (int n = 20; n >= 12; n -= 8)
        for (int s = 0; s < 8; s++)
            for (int f = 0; f < 4; f++)
                for (int o = 0; o < ORDERS; o++)
                    for (int z = 0; z < 2; z++) {
                        narrow = (struct narrow){sizes[f][0], sizes[f][1], sizes[f][2], z};
                        /* α and β₂ in hundredths, β₁ in thousandths. Quotients of small whole
                           numbers are nearest doubles, and those round to the narrow formats
                           without a second rounding's harm, being no ties. */
                        double x = starts[s][0] / 100, y = starts[s][1] / 1000, w = starts[s][2] / 100;
                        double eta = 1.0 / n, l2 = 1.0 / 100;
                        float fx = (float)starts[s][0] / 100, fy = (float)starts[s][1] / 1000;
                        float fw = (float)starts[s][2] / 100;
                        if (f > 1) x = fit(x), y = fit(y), w = fit(w), eta = fit(eta), l2 = fit(l2);
                        int subnormal = -1, zero = -1, diverged = -1, above = 0, crossings = 0;
                        double S = 0;
                        for (int t = 0; t <= STEPS; t++) {
                            double a = f == 1 ? fx : x, b = f == 1 ? fy : y, c = f == 1 ? fw : w;
                            if (!(fabs(a) <= 1000 && fabs(b) <= 1000 && fabs(c) <= 1000)) {
                                diverged = t;
                                break;
                            }
                            if (fabs(b) < ldexp(1, narrow.least) && subnormal < 0) subnormal = t;
                            if (b == 0 && zero < 0) zero = t;
                            S = sharpness(a, b, c);
                            int now = S > 2 * n;
                            if (t > 0 && now && !above) crossings++;
                            above = now;
                            flush(z);
                            if (f == 0) step_double(o, eta, 100, l2, &x, &y, &w);
                            else if (f == 1) step_float(o, 1.0f / n, 100, 1.0f / 100, &fx, &fy, &fw);
                            flush(0);
                            if (f > 1) step_half(o, eta, 100, l2, &x, &y, &w);
                        }
                        printf("{\"eta\": \"1/%d\", \"start\": [\"%g/100\", \"%g/1000\", \"%g/100\"], "
                               "\"format\": \"%s%s\", \"order\": \"%s\", \"subnormal\": %d, \"zero\": %d, "
                               "\"upward\": %d, \"diverged\": %d, \"above\": %s, \"sharpness\": %.6f}\n",
                               n, starts[s][0], starts[s][1], starts[s][2], formats[f], z ? "+flush" : "",
                               order_names[o], subnormal, zero, crossings, diverged,
                               above ? "true" : "false", S);
                    }
}
