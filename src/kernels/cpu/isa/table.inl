// The level's table; the last file of its region.

constexpr IsaTable make_table(Isa level) {
  IsaTable t{};
  t.level = level;
  t.lanes = kLanes;
  t.tile = kTileTable;
  t.integer_tile = kIntegerTiles;
  t.tile_sum = tile_sum;
  t.lanes_total = lanes_total;
  t.load_half[0] = load_float16, t.load_half[1] = load_bfloat16;
  t.store_half[0] = store_float16, t.store_half[1] = store_bfloat16;
  t.programs = kPrograms;
  for (int v = 1; v <= kMaxGemmVectors; ++v) t.gemm_rows[v] = gemm_rows_for(v);
  gemm_entries<kMaxGemmRows>(&t);
  t.gemm_row = gemm_row;
  t.gemm_dots = gemm_dots;
  t.transpose = transpose;
  t.transpose_packed = transpose_packed;
  t.softmax_row = softmax_row;
  t.log_softmax_row = log_softmax_row;
  t.sum_columns = sum_columns;
  t.reduce_columns[0] = reduce_columns<Sum>;
  t.sum_row = sum_row;
  t.reduce_columns[1] = reduce_columns<Max>;
  t.reduce_columns[2] = reduce_columns<Min>;
  t.reduce_columns[3] = reduce_columns<Prod>;
  t.reduce_row[1] = reduce_row<Max>;
  t.reduce_row[2] = reduce_row<Min>;
  t.reduce_row[3] = reduce_row<Prod>;
  t.window_add = window_add;
  t.window_dot = window_dot;
  t.window_max = window_max;
  t.window_place = window_place;
  t.random_bits = random_bits;
  t.random_uniform = random_uniform;
  t.random_mask = random_mask;
  t.random_normal = random_normal;
  return t;
}
