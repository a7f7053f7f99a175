/** The name of DuckDB's in-memory database with the functions of {@link MACROS}; no dataset can have this name. */
const FUNCTIONS_CATALOG = '~fn'

const raise = (message: string, type: string) => `CAST(bq_raise(${message}) AS ${type})`

/** An expression that uses a value several times and has it once, so that nested calls do not multiply. */
const once = (value: string, use: string) => `list_transform([${value}], lambda v: ${use})[1]`

/**
 * Semantics of GoogleSQL that DuckDB's own functions do not have, in DuckDB's SQL. An argument that a macro uses twice is
 * there twice in the query: hence `once`, and natives where calls are likely to be nested.
 */
const DEFINITIONS: readonly string[] = [
  `domain(x, bad, name, r) AS CASE WHEN bad THEN ${raise(`'Argument to ' || name || ' is out of its domain'`, 'DOUBLE')} ELSE r END`,
  `mod(a, b) AS CASE WHEN b = 0 THEN ${raise(`'division by zero: MOD(' || CAST(a AS VARCHAR) || ', 0)'`, 'BIGINT')} ELSE a % b END`,
  `idiv(a, b) AS CASE WHEN b = 0 THEN ${raise(`'division by zero: DIV(' || CAST(a AS VARCHAR) || ', 0)'`, 'BIGINT')} ELSE a // b END`,
  `floor_div(a, m) AS ${once('a', '(v - ((v % m) + m) % m) // m')}`,
  `replace_all(s, a, b) AS ${once('s', `CASE WHEN length(a) > 0 AND (length(v) - length(replace(v, a, ''))) // length(a) * length(b) > 104857600 THEN ${raise(`'Output of REPLACE exceeds the limit of 100 MiB'`, 'VARCHAR')} ELSE replace(v, a, b) END`)}`,
  `re_replace(s, r, b) AS ${once('s', `CASE WHEN (length(v) + 1) * length(b) > 1000000000 THEN ${raise(`'Output of REGEXP_REPLACE may exceed the limit'`, 'VARCHAR')} ELSE regexp_replace(v, r, b, 'g') END`)}`,
  // Few ways to share a short text out over the `%` are tried faster than a regular expression is compiled.
  `like_computed(s, p) AS ${once('[s, p]', `CASE WHEN v[1] IS NULL OR v[2] IS NULL THEN NULL WHEN length(v[2]) - length(replace(v[2], '%', '')) <= CASE WHEN length(v[1]) <= 1000 THEN 2 ELSE 0 END THEN v[1] LIKE v[2] ESCAPE '\\' ELSE regexp_full_match(v[1], bq_like_regex(v[2]), 's') END`)}`,
  // A group that took no part in the match is NULL, which only regexp_extract_all tells from an empty one. `\\A` stops it after the first match.
  `re_extract(s, r) AS ${once('s', `CASE WHEN NOT regexp_matches(v, r) THEN NULL WHEN bq_groups(r) = 0 THEN regexp_extract(v, r, 0) WHEN regexp_extract(v, r, 1) <> '' THEN regexp_extract(v, r, 1) ELSE regexp_extract_all(v, '\\A(?s:.*?)(?:' || r || ')', 1)[1] END`)}`,
  `re_extract_all(s, r) AS ${once('s', 'CASE WHEN bq_groups(r) = 0 THEN regexp_extract_all(v, r, 0) ELSE regexp_extract_all(v, r, 1) END')}`,
  // Arrays.
  `at(a, i, e) AS ${once('a', 'CASE WHEN v IS NULL OR i IS NULL THEN NULL WHEN i >= 0 AND i < len(v) THEN list_extract(v, i + 1) ELSE e END')}`,
  `not_empty(a, name) AS ${once('a', `CASE WHEN len(v) = 0 THEN list_slice(v, 1, ${raise(`name || ' cannot be called with an empty array'`, 'BIGINT')}) ELSE v END`)}`,
  `no_nulls(l, name) AS ${once('l', `CASE WHEN len(list_filter(v, lambda x: x IS NULL)) > 0 THEN list_slice(v, 1, ${raise(`'Array cannot have a null element; error in writing field ' || name`, 'BIGINT')}) ELSE v END`)}`,
  // An empty list and NULL contain nothing.
  `in_list(l, x) AS ${once('l', 'CASE WHEN v IS NULL OR len(v) = 0 THEN false WHEN x IS NULL THEN NULL WHEN list_contains(v, x) THEN true WHEN len(list_filter(v, lambda e: e IS NULL)) > 0 THEN NULL ELSE false END')}`,
  `greatest_of(l) AS ${once('l', 'CASE WHEN len(list_filter(v, lambda x: x IS NULL)) > 0 THEN NULL ELSE list_max(v) END')}`,
  `least_of(l) AS ${once('l', 'CASE WHEN len(list_filter(v, lambda x: x IS NULL)) > 0 THEN NULL ELSE list_min(v) END')}`,
  `joined(l) AS ${once('l', 'CASE WHEN len(list_filter(v, lambda x: x IS NULL)) > 0 THEN NULL ELSE flatten(v) END')}`,
  `series(a, b, s) AS CASE WHEN a IS NULL OR b IS NULL OR s IS NULL THEN NULL WHEN s = 0 THEN generate_series(a, b, ${raise(`'Sequence step cannot be 0.'`, 'BIGINT')}) WHEN (CAST(b AS DOUBLE) - a) / s >= 1048575 THEN generate_series(a, a, ${raise(`'Generated array has too many elements, more than 1048575'`, 'BIGINT')}) ELSE generate_series(a, b, s) END`,
  `times(a, b, s) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN CAST(abs(epoch_us(b) - epoch_us(a)) AS DOUBLE) / greatest(abs(epoch_us(TIMESTAMP '2001-01-01' + s) - epoch_us(TIMESTAMP '2001-01-01')), 1) > 1048575 THEN generate_series(a, a, to_days(CAST(bq_raise('Generated array has too many elements, or its step is 0') AS INTEGER))) ELSE generate_series(a, b, s) END`,
  // Dates and times. Months are added to the first date, so that the 31st stays the last day.
  `month_dates(a, b, n) AS CASE WHEN n = 0 THEN [a + CAST(bq_raise('Sequence step cannot be 0.') AS INTEGER)] ELSE list_filter(list_transform(generate_series(0, CAST(abs(date_diff('month', a, b)) // abs(n) AS BIGINT)), lambda i: CAST(a + to_months(CAST(i * n AS INTEGER)) AS DATE)), lambda d: CASE WHEN n > 0 THEN d <= b ELSE d >= b END) END`,
  `week_start(d, k) AS ${once('d', `v - CAST((date_part('dow', v) - k + 7) % 7 AS INTEGER)`)}`,
  `iso_year_start(y) AS ${once('make_date(y, 1, 4)', `v - CAST((date_part('dow', v) + 6) % 7 AS INTEGER)`)}`,
  `week_of_year(d, k) AS ${once('d', `(date_part('doy', v) + 6 - (date_part('dow', v) - k + 7) % 7) // 7`)}`,
  `instant_plus(t, i) AS CASE WHEN date_part('month', i) <> 0 OR date_part('year', i) <> 0 THEN t + to_days(CAST(bq_raise('TIMESTAMP +/- INTERVAL is not supported for intervals with non-zero MONTH or YEAR part.') AS INTEGER)) ELSE t + i END`,
]

/** Statements that make the functions. */
export const MACROS = [
  `ATTACH ':memory:' AS "${FUNCTIONS_CATALOG}"`,
  ...DEFINITIONS.map(definition => `CREATE MACRO "${FUNCTIONS_CATALOG}".${definition}`),
]
