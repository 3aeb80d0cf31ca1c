// SPDX-License-Identifier: MIT-0
//
// student.h - Student's t distribution, and Welch's comparison of two means. After w2v.h and bench.h, in one file of a
// program.

// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), from the front by
// the method of Lentz: numerators d_1 = -(a + b) x / (a + 1) ..., every denominator 1.
static inline double student_beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    double f = d;
    for (int m = 1; m <= 10000; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0));
        const double terms[2] = {even, odd};
        double change = 1.0;
        for (int k = 0; k < 2; k++) {
            d = 1.0 + terms[k] * d;
            c = 1.0 + terms[k] / c;
            d = 1.0 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            f *= change = c * d;
        }
        if (fabs(change - 1.0) < 1e-15) break;
    }
    return f;
}

// I_x(a, b), the regularised incomplete beta function.
static inline double student_incomplete_beta(double a, double b, double x)
{
    if (x <= 0.0) return 0.0;
    if (x >= 1.0) return 1.0;
    const double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1.0) / (a + b + 2.0)) return front * student_beta_fraction(a, b, x) / a;
    return 1.0 - front * student_beta_fraction(b, a, 1.0 - x) / b;
}

// P(T <= t) for `df` degrees of freedom.
static inline double student_probability(double t, double df)
{
    const double tail = 0.5 * student_incomplete_beta(0.5 * df, 0.5, df / (df + t * t));
    return t > 0.0 ? 1.0 - tail : tail;
}

// The t that T exceeds with probability 1 - p, for p > 1/2.
static inline double student_quantile(double p, double df)
{
    double low = 0.0, high = 1e6;
    for (int i = 0; i < 200; i++) {
        const double middle = 0.5 * (low + high);
        if (student_probability(middle, df) < p)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

// Against a printed table of quantiles: nothing below means anything if this is wrong.
static inline void student_check(void)
{
    static const double known[][3] = {{0.95, 1, 6.3138},   {0.95, 4, 2.1318}, {0.95, 8, 1.8595},
                                      {0.95, 30, 1.6973},  {0.99, 8, 2.8965}, {0.975, 1, 12.706},
                                      {0.975, 120, 1.9799}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const double t = student_quantile(known[i][0], known[i][1]);
        if (fabs(t / known[i][2] - 1.0) > 1e-4)
            bench_die(1, "student", "the t distribution is wrong: quantile %g for %g degrees is %g, not %g",
                      known[i][0], known[i][1], t, known[i][2]);
    }
}

typedef struct student_sample {
    double mean, sd;
} student_sample;

static inline student_sample student_describe(const double *x, size_t n)
{
    student_sample s;
    s.mean = s.sd = 0.0;
    for (size_t i = 0; i < n; i++) s.mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++) s.sd += (x[i] - s.mean) * (x[i] - s.mean);
    s.sd = sqrt(s.sd / ((double)n - 1.0));
    return s;
}

typedef struct student_comparison {
    double difference, error;  // of the means, the other less the first, and its standard error
    double low, high;          // 90 % confidence interval of the difference
    double p_lower, p_upper;   // of the tests that the difference is not above -margin, not below +margin
    double seeds;  // that would decide, if difference and standard deviations stay; infinite if none would
    const char *verdict;
} student_comparison;

// Two samples of n each.
static inline student_comparison student_compare(student_sample exact, student_sample other, size_t n,
                                                 double margin)
{
    student_comparison c;
    const double ve = exact.sd * exact.sd / (double)n, vo = other.sd * other.sd / (double)n, sum = ve + vo;
    const double df = sum > 0.0 ? sum * sum * ((double)n - 1.0) / (ve * ve + vo * vo) : 2.0 * (double)n - 2.0;
    const double t = student_quantile(0.95, df);
    c.difference = other.mean - exact.mean;
    c.error = sqrt(sum);
    c.low = c.difference - t * c.error;
    c.high = c.difference + t * c.error;
    c.p_lower = 1.0 - student_probability((c.difference + margin) / c.error, df);
    c.p_upper = student_probability((c.difference - margin) / c.error, df);
    const double room = fabs(margin - fabs(c.difference)), z = 1.645;
    c.seeds = ceil((double)n * sum * z * z / (room * room));
    if (c.low > -margin && c.high < margin)
        c.verdict = "equivalent";
    else if (c.low > margin)
        c.verdict = "better by more than the margin";
    else if (c.high < -margin)
        c.verdict = "worse by more than the margin";
    else if (c.low > -margin)
        c.verdict = "not worse; not shown equivalent";
    else
        c.verdict = "not shown equivalent: undecided";
    return c;
}
