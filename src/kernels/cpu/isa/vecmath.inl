// Elementary functions of V. Each states its range and the greatest error in units in the last place (ULP), which
// tests/kernels/vecmath_test.cpp measures for every level. Denormal arguments and results count as 0.
// Polynomials are minimax fits, coefficients rounded one by one to float.

constexpr float kLn2High = 0.693359375f;  // 9 bits: n * kLn2High is exact for any exponent n
constexpr float kLn2Low = -2.12194440e-4f;
constexpr float kSmallestNormal = 1.17549435e-38f;

template <int kCount>
inline V polynomial(V x, const float (&c)[kCount]) {  // c[0] + c[1] x + ...
  V r(c[kCount - 1]);
#pragma GCC unroll 16
  for (int i = kCount - 2; i >= 0; --i) r = fma(r, x, V(c[i]));
  return r;
}

/// x = n ln 2 + r with |r| <= ln 2 / 2.
inline V reduce_by_ln2(V x, V* n) {
  *n = round(x * V(1.44269504f));
  return fma(*n, V(-kLn2Low), fma(*n, V(-kLn2High), x));
}

/// All x; 1 ULP. Above 88.7228 infinity, below -87.3365 zero.
inline V exp(V x) {
  constexpr float q[] = {4.999999404e-01f, 1.666651964e-01f, 4.166823998e-02f, 8.368823677e-03f, 1.382321352e-03f};
  const V inside = min(V(89.0f), max(V(-89.0f), x));  // NaN passes: the second operand is kept
  V n;
  const V r = reduce_by_ln2(inside, &n);
  const V e = fma(r * r, polynomial(r, q), r) + V(1.0f);
  return select(x < V(-87.3365479f), V(0.0f), scale_by_power(e, n));
}

/// exp(x) - 1 without cancellation. All x; 2 ULP.
inline V expm1(V x) {
  constexpr float q[] = {5.000000000e-01f, 1.666666716e-01f, 4.166647792e-02f,
                         8.333189413e-03f, 1.393371029e-03f, 1.996102947e-04f};
  const V inside = min(V(89.0f), max(V(-18.0f), x));
  V n;
  const V r = reduce_by_ln2(inside, &n);
  const V m = fma(r * r, polynomial(r, q), r);  // exp(r) - 1
  const V half = scale_by_power(V(0.5f), n);    // 2^n / 2, since 2^128 is no float
  const V y = fma(half, m, half - V(0.5f)) * V(2.0f);
  return select(n == V(0.0f), select(x == V(0.0f), x, m), y);  // the first keeps -0
}

/// x > 0: 1 ULP; log(0) = -infinity, log of a negative number is NaN.
inline V log(V x) {
  constexpr float p[] = {3.333331048e-01f,  -2.499998659e-01f, 2.000222355e-01f,  -1.666924953e-01f, 1.421871632e-01f,
                         -1.238440126e-01f, 1.187261790e-01f,  -1.178937927e-01f, 6.915632635e-02f};
  const I bits = as_int(x), exponent = shift_right<23>(bits - I(0x3f3504f3));  // so that the mantissa is around 1
  const V n = to_float(exponent), f = as_float(bits - shift_left<23>(exponent)) - V(1.0f), z = f * f;
  V y = fma(z * f, polynomial(f, p), n * V(kLn2Low));
  y = fma(z, V(-0.5f), y);
  y = fma(n, V(kLn2High), f + y);
  y = select(x < V(__builtin_inff()), y, x);  // infinity and NaN give themselves
  y = select(abs(x) < V(kSmallestNormal), V(-__builtin_inff()), y);
  return select(x <= V(-kSmallestNormal), V(__builtin_nanf("")), y);
}

/// log(1 + x) without cancellation; x > -1: 2 ULP.
inline V log1p(V x) {
  const V u = x + V(1.0f);
  const V y = log(u) + (x - (u - V(1.0f))) / u;  // what rounding 1 + x lost
  return select(u == V(1.0f), x, select(abs(u) < V(__builtin_inff()), select(u == V(0.0f), log(u), y), log(u)));
}

constexpr float kTrigLimit = 1.0e5f;

/// |x| <= kTrigLimit: x = n pi / 2 + r with |r| <= pi / 4.
inline V reduce_by_half_pi(V x, I* n) {
  const V whole = round(x * V(0.636619772f));
  *n = to_int(whole);
  return fma(whole, V(1.7151245100e-15f), fma(whole, V(4.3711388287e-08f), fma(whole, V(-1.5707963705f), x)));
}
/// sin(n pi / 2 + r).
inline V sin_quadrant(I n, V r) {
  constexpr float s[] = {-1.666666716e-01f, 8.333372883e-03f, -1.985029521e-04f, 2.804356882e-06f};
  constexpr float c[] = {4.166666791e-02f, -1.388897537e-03f, 2.482018499e-05f, -2.870391995e-07f};
  const V z = r * r, sine = fma(z * r, polynomial(z, s), r);
  const V cosine = fma(z * z, polynomial(z, c), fma(z, V(-0.5f), V(1.0f)));
  const V odd = to_float(n & I(1)), y = select(odd != V(0.0f), cosine, sine);
  return as_float(as_int(y) ^ shift_left<30>(n & I(2)));
}
/// Large arguments, infinity and NaN, one at a time in double precision.
[[gnu::noinline]] inline V trig_slowly(V x, bool cosine) {
  float v[kLanes];
  store(v, x);
  for (float& e : v) e = static_cast<float>(cosine ? ::cos(static_cast<double>(e)) : ::sin(static_cast<double>(e)));
  return load(v);
}
/// All x; 2 ULP.
inline V sin(V x) {
  if (any(abs(x) > V(kTrigLimit))) return trig_slowly(x, false);
  I n;
  const V r = reduce_by_half_pi(x, &n);
  return select(x == V(0.0f), x, sin_quadrant(n, r));  // keeps -0
}
/// All x; 2 ULP.
inline V cos(V x) {
  if (any(abs(x) > V(kTrigLimit))) return trig_slowly(x, true);
  I n;
  const V r = reduce_by_half_pi(x, &n);
  return sin_quadrant(n + I(1), r);
}

inline V copy_sign(V size, V sign) {
  return as_float(as_int(size) | (as_int(sign) & I(static_cast<int>(0x80000000u))));
}

/// All x; 2 ULP.
inline V tanh(V x) {
  constexpr float p[] = {-3.333333135e-01f, 1.333322227e-01f,  -5.394846201e-02f,
                         2.170874923e-02f,  -8.195086382e-03f, 2.157635754e-03f};
  const V size = abs(x), z = x * x;
  const V near_zero = fma(z * x, polynomial(z, p), x);
  const V far = V(1.0f) - V(2.0f) / (exp(size + size) + V(1.0f));
  return select(size < V(0.625f), select(x == V(0.0f), x, near_zero), copy_sign(far, x));
}

/// All x; 2 ULP.
inline V erf(V x) {
  constexpr float p[] = {1.283791661e-01f, -3.761263192e-01f, 1.128368154e-01f, -2.685902268e-02f,
                         5.200721789e-03f, -8.144158055e-04f, 8.392268501e-05f};
  constexpr float q[] = {-1.128536940e+00f, -6.356942654e-01f, -1.051279679e-01f, 2.253128216e-02f,
                         -2.841388574e-03f, 1.727481867e-05f,  5.195857011e-05f,  -5.464612968e-06f};
  const V size = abs(x), z = x * x, t = min(V(4.0f), size);
  const V near_zero = fma(x, polynomial(z, p), x);
  const V far = V(1.0f) - exp(t * polynomial(t, q));  // q is log(1 - erf(t)) / t
  return select(size < V(0.9f), select(x == V(0.0f), x, near_zero), copy_sign(far, x));
}

/// All x and y, as C's powf, which computes each lane: 1 ULP, slow. Whole and half powers deserve multiplications.
[[gnu::noinline]] inline V pow(V x, V y) {
  float a[kLanes], b[kLanes];
  store(a, x);
  store(b, y);
  for (int i = 0; i < kLanes; ++i) a[i] = ::powf(a[i], b[i]);
  return load(a);
}

/// The nearest float16, halves to even: 11 significant bits, but none below 2^-24; infinite from 65520 on.
inline V nearest_float16(V x) {
  const V size = abs(x);
  const I bits = as_int(size), up = bits + I(0xfff) + (shift_right<13>(bits) & I(1));
  const V small = (size + V(0.5f)) - V(0.5f);  // in steps of 2^-24, as the sum has
  const V y = select(size < V(6.103515625e-05f), small, as_float(up & I(~0x1fff)));
  const V limited = select(size >= V(65520.0f), V(__builtin_inff()), y);
  return select(x != x, x, copy_sign(limited, x));
}
/// The nearest bfloat16, halves to even.
inline V nearest_bfloat16(V x) {
  const I bits = as_int(x), up = bits + I(0x7fff) + (shift_right<16>(bits) & I(1));
  return select(x != x, x, as_float(up & I(~0xffff)));
}
