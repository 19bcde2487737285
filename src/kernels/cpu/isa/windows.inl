// What windows do to rows of places, each of so many channels: sums, products, extremes.

/// dst += src * w, the same w at each place.
void window_add(float* dst, int64_t dst_step, const float* src, int64_t src_step, const float* w, int64_t places,
                int64_t channels) {
  int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) {
    const V k = load(w + c);
    float* d = dst + c;
    const float* s = src + c;
    for (int64_t p = 0; p < places; ++p, d += dst_step, s += src_step) store(d, mul_add(load(s), k, load(d)));
  }
  if (c == channels) return;
  const int left = static_cast<int>(channels - c);
  const V k = load_n(w + c, left);
  float* d = dst + c;
  const float* s = src + c;
  for (int64_t p = 0; p < places; ++p, d += dst_step, s += src_step)
    store_n(d, mul_add(load_n(s, left), k, load_n(d, left)), left);
}

/// dst += a * b, added up over the places.
void window_dot(float* dst, const float* a, int64_t a_step, const float* b, int64_t b_step, int64_t places,
                int64_t channels) {
  for (int64_t c = 0; c < channels; c += kLanes) {
    const int left = channels - c < kLanes ? static_cast<int>(channels - c) : kLanes;
    V sum = left == kLanes ? load(dst + c) : load_n(dst + c, left);
    const float *x = a + c, *y = b + c;
    if (left == kLanes)
      for (int64_t p = 0; p < places; ++p, x += a_step, y += b_step) sum = mul_add(load(x), load(y), sum);
    else
      for (int64_t p = 0; p < places; ++p, x += a_step, y += b_step) sum = mul_add(load_n(x, left), load_n(y, left), sum);
    if (left == kLanes)
      store(dst + c, sum);
    else
      store_n(dst + c, sum, left);
  }
}

/// dst = the larger of dst, which has no gaps, and src.
void window_max(float* dst, const float* src, int64_t src_step, int64_t places, int64_t channels) {
  if (src_step == channels) channels *= places, places = 1;
  for (int64_t p = 0; p < places; ++p, dst += channels, src += src_step) {
    int64_t c = 0;
    for (; c + kLanes <= channels; c += kLanes) store(dst + c, Max::f(load(dst + c), load(src + c)));
    const int left = static_cast<int>(channels - c);
    if (left) store_n(dst + c, Max::f(load_n(dst + c, left), load_n(src + c, left)), left);
  }
}

inline void place_vector(V* dst, V* rest, V top, V src) {
  const V here = select(top != top, src != src, src == top);
  *dst = *dst + select(here, *rest, V(0.0f));
  *rest = select(here, V(0.0f), *rest);
}
/// Adds what is left of a gradient to dst where src is the largest, and leaves nothing of it there. `top` and `rest`
/// have no gaps.
void window_place(float* dst, float* rest, const float* top, const float* src, int64_t step, int64_t places,
                  int64_t channels) {
  if (step == channels) channels *= places, places = 1;
  for (int64_t p = 0; p < places; ++p, dst += step, src += step, rest += channels, top += channels) {
    int64_t c = 0;
    for (; c + kLanes <= channels; c += kLanes) {
      V d = load(dst + c), r = load(rest + c);
      place_vector(&d, &r, load(top + c), load(src + c));
      store(dst + c, d);
      store(rest + c, r);
    }
    const int left = static_cast<int>(channels - c);
    if (!left) continue;
    V d = load_n(dst + c, left), r = load_n(rest + c, left);
    place_vector(&d, &r, load_n(top + c, left), load_n(src + c, left));
    store_n(dst + c, d, left);
    store_n(rest + c, r, left);
  }
}
