import {readSignatures, type Signatures} from './signatures.ts'

/** Characters that TRIM removes by default; DuckDB's TRIM removes spaces only. */
const WHITE = `' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(133) || chr(160) || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8199) || chr(8200) || chr(8201) || chr(8202) || chr(8232) || chr(8233) || chr(8239) || chr(8287) || chr(12288)`

const TEXT = `
LENGTH|CHAR_LENGTH|CHARACTER_LENGTH(STRING) INT64 = length($1)
LENGTH(BYTES) INT64 = octet_length($1)
BYTE_LENGTH|OCTET_LENGTH(STRING) INT64 = octet_length(encode($1))
BYTE_LENGTH|OCTET_LENGTH(BYTES) INT64 = octet_length($1)
LEN(STRING) INT64 = length($1)
LEN(ARRAY<T>) INT64 = len($1)
UPPER(STRING) STRING = upper($1)
LOWER(STRING) STRING = lower($1)
INITCAP(STRING) STRING = bq_initcap($1)
REVERSE(STRING) STRING = bq_reverse($1)
CONCAT(TEXT...) STRING = bq_cap($|)
CONCAT(BYTES...) BYTES = $|
SUBSTR|SUBSTRING(STRING, INT64) STRING = bq_substr($1, $2)
SUBSTR|SUBSTRING(STRING, INT64, INT64) STRING = bq_substr_length($1, $2, $3)
LEFT(STRING, INT64) STRING = bq_left($1, $2)
RIGHT(STRING, INT64) STRING = bq_right($1, $2)
STRPOS|INSTR(STRING, STRING) INT64 = strpos($1, $2)
STARTS_WITH(STRING, STRING) BOOL = starts_with($1, $2)
ENDS_WITH(STRING, STRING) BOOL = ends_with($1, $2)
CONTAINS_SUBSTR(STRING, STRING) BOOL = bq_contains_substr($1, $2)
REPLACE(STRING, STRING, STRING) STRING = "~fn".replace_all($1, $2, $3)
REPEAT(STRING, INT64) STRING = bq_repeat($1, $2)
LPAD(STRING, INT64) STRING = bq_pad($1, $2, ' ', true)
LPAD(STRING, INT64, STRING) STRING = bq_pad($1, $2, $3, true)
RPAD(STRING, INT64) STRING = bq_pad($1, $2, ' ', false)
RPAD(STRING, INT64, STRING) STRING = bq_pad($1, $2, $3, false)
TRIM(STRING) STRING = trim($1, ${WHITE})
LTRIM(STRING) STRING = ltrim($1, ${WHITE})
RTRIM(STRING) STRING = rtrim($1, ${WHITE})
TRIM(STRING, STRING) STRING = trim($1, $2)
LTRIM(STRING, STRING) STRING = ltrim($1, $2)
RTRIM(STRING, STRING) STRING = rtrim($1, $2)
SPLIT(STRING) ARRAY<STRING> = string_split($1, ',')
SPLIT(STRING, STRING) ARRAY<STRING> = string_split($1, $2)
TRANSLATE(STRING, STRING, STRING) STRING = bq_translate($1, $2, $3)
ASCII(STRING) INT64 = CASE WHEN $1 = '' THEN 0 ELSE CAST(unicode($1) AS BIGINT) END
UNICODE(STRING) INT64 = CASE WHEN $1 = '' THEN 0 ELSE CAST(unicode($1) AS BIGINT) END
CHR(INT64) STRING = CASE WHEN $1 = 0 THEN '' ELSE chr(CAST($1 AS INTEGER)) END
TO_CODE_POINTS(STRING) ARRAY<INT64> = list_transform(string_split($1, ''), lambda c: CAST(unicode(c) AS BIGINT))
CODE_POINTS_TO_STRING(ARRAY<INT64>) STRING = array_to_string(list_transform($1, lambda c: chr(CAST(c AS INTEGER))), '')
REGEXP_CONTAINS(STRING, STRING) BOOL = regexp_matches($1, $2)
REGEXP_EXTRACT|REGEXP_SUBSTR(STRING, STRING) STRING = "~fn".re_extract($1, $2)
REGEXP_EXTRACT_ALL(STRING, STRING) ARRAY<STRING> = "~fn".re_extract_all($1, $2)
REGEXP_REPLACE(STRING, STRING, STRING) STRING = "~fn".re_replace($1, $2, $3)
TO_HEX(BYTES) STRING = lower(hex($1))
FROM_HEX(STRING) BYTES = unhex($1)
TO_BASE64(BYTES) STRING = to_base64($1)
FROM_BASE64(STRING) BYTES = from_base64($1)
MD5(STRING) BYTES = unhex(md5($1))
MD5(BYTES) BYTES = unhex(md5($1))
SHA1(STRING) BYTES = unhex(sha1($1))
SHA1(BYTES) BYTES = unhex(sha1($1))
SHA256(STRING) BYTES = unhex(sha256($1))
SHA256(BYTES) BYTES = unhex(sha256($1))
SHA512(STRING) BYTES = bq_sha512(encode($1))
SHA512(BYTES) BYTES = bq_sha512($1)
SAFE_CONVERT_BYTES_TO_STRING(BYTES) STRING = bq_safe_utf8($1)
NORMALIZE(STRING) STRING = bq_normalize($1)
GENERATE_UUID() STRING = CAST(uuid() AS VARCHAR)
`

/** Lines of functions that exist for each of the types, `#` standing for it. */
const each = (types: string, lines: string) =>
  types
    .split(' ')
    .map(type => lines.replaceAll('#', type))
    .join('\n')

const NUMBERS = `
${each(
  'INT64 NUMERIC BIGNUMERIC FLOAT64',
  `
ABS(#) # = abs($1)
GREATEST(#...) # = "~fn".greatest_of([$*])
LEAST(#...) # = "~fn".least_of([$*])`,
)}
${each(
  'NUMERIC BIGNUMERIC',
  `
MOD(#, #) # = bq_mod_#($1, $2)
SIGN(#) # = CAST(sign($1) AS #)
ROUND(#) # = CAST(round($1, 0) AS #)
CEIL|CEILING(#) # = CAST(ceil($1) AS #)
FLOOR(#) # = CAST(floor($1) AS #)
TRUNC(#) # = CAST(trunc($1) AS #)
ROUND(#, INT64) # = bq_round_#($1, $2, false)
TRUNC(#, INT64) # = bq_round_#($1, $2, true)
SAFE_ADD(#, #) # = TRY($1 + $2)
SAFE_SUBTRACT(#, #) # = TRY($1 - $2)
SAFE_NEGATE(#) # = TRY(-$1)
SAFE_MULTIPLY(#, #) # = TRY(bq_mul_#($1, $2))
SAFE_DIVIDE(#, #) # = TRY(bq_div_#($1, $2))`,
)
  .replaceAll('AS NUMERIC', 'AS DECIMAL(38,9)')
  .replaceAll('AS BIGNUMERIC', 'AS DECIMAL(38,18)')}
SAFE_DIVIDE(INT64, INT64) FLOAT64 = CAST($1 AS DOUBLE) / nullif($2, 0)
ROUND|TRUNC|CEIL|CEILING|FLOOR(INT64) FLOAT64 = CAST($1 AS DOUBLE)
ROUND(INT64, INT64) FLOAT64 = bq_round_float(CAST($1 AS DOUBLE), $2)
TRUNC(INT64, INT64) FLOAT64 = bq_trunc_float(CAST($1 AS DOUBLE), $2)
TRUNC(FLOAT64, INT64) FLOAT64 = bq_trunc_float($1, $2)
SIGN(INT64) INT64 = CAST(sign($1) AS BIGINT)
SIGN(FLOAT64) FLOAT64 = CASE WHEN isnan($1) THEN $1 ELSE CAST(sign($1) AS DOUBLE) END
MOD(INT64, INT64) INT64 = "~fn".mod($1, $2)
DIV(INT64, INT64) INT64 = "~fn".idiv($1, $2)
SAFE_ADD(INT64, INT64) INT64 = TRY($1 + $2)
SAFE_SUBTRACT(INT64, INT64) INT64 = TRY($1 - $2)
SAFE_MULTIPLY(INT64, INT64) INT64 = TRY($1 * $2)
SAFE_NEGATE(INT64) INT64 = TRY(-$1)
SAFE_ADD(FLOAT64, FLOAT64) FLOAT64 = bq_finite_or_null($1 + $2, $1 * 0.0 + $2 * 0.0)
SAFE_SUBTRACT(FLOAT64, FLOAT64) FLOAT64 = bq_finite_or_null($1 - $2, $1 * 0.0 + $2 * 0.0)
SAFE_MULTIPLY(FLOAT64, FLOAT64) FLOAT64 = bq_finite_or_null($1 * $2, $1 * 0.0 + $2 * 0.0)
SAFE_NEGATE(FLOAT64) FLOAT64 = -$1
SAFE_DIVIDE(FLOAT64, FLOAT64) FLOAT64 = CASE WHEN $2 = 0 THEN NULL ELSE bq_finite_or_null($1 / $2, $1 * 0.0 + $2 * 0.0) END
IEEE_DIVIDE(FLOAT64, FLOAT64) FLOAT64 = $1 / $2
ROUND(FLOAT64) FLOAT64 = round($1)
ROUND(FLOAT64, INT64) FLOAT64 = bq_round_float($1, $2)
TRUNC(FLOAT64) FLOAT64 = trunc($1)
CEIL|CEILING(FLOAT64) FLOAT64 = ceil($1)
FLOOR(FLOAT64) FLOAT64 = floor($1)
SQRT(FLOAT64) FLOAT64 = "~fn".domain($1, $1 < 0, 'SQRT', sqrt(CASE WHEN $1 < 0 THEN NULL ELSE $1 END))
CBRT(FLOAT64) FLOAT64 = cbrt($1)
POW|POWER(FLOAT64, FLOAT64) FLOAT64 = bq_finite(pow($1, $2), $1 * 0.0 + $2 * 0.0)
EXP(FLOAT64) FLOAT64 = bq_finite(exp($1), ($1) * 0.0)
LN|LOG(FLOAT64) FLOAT64 = "~fn".domain($1, $1 <= 0, 'LN', ln(CASE WHEN $1 <= 0 THEN NULL ELSE $1 END))
LOG(FLOAT64, FLOAT64) FLOAT64 = bq_log($1, $2)
LOG10(FLOAT64) FLOAT64 = "~fn".domain($1, $1 <= 0, 'LOG10', log10(CASE WHEN $1 <= 0 THEN NULL ELSE $1 END))
SIN(FLOAT64) FLOAT64 = sin($1)
COS(FLOAT64) FLOAT64 = cos($1)
TAN(FLOAT64) FLOAT64 = tan($1)
ASIN(FLOAT64) FLOAT64 = asin($1)
ACOS(FLOAT64) FLOAT64 = acos($1)
ATAN(FLOAT64) FLOAT64 = atan($1)
ATAN2(FLOAT64, FLOAT64) FLOAT64 = atan2($1, $2)
IS_NAN(FLOAT64) BOOL = isnan($1)
IS_INF(FLOAT64) BOOL = isinf($1)
RAND() FLOAT64 = random()
BIT_COUNT(INT64) INT64 = CAST(bit_count($1) AS BIGINT)
${each(
  'STRING DATE TIME DATETIME TIMESTAMP',
  `
GREATEST(#...) # = "~fn".greatest_of([$*])
LEAST(#...) # = "~fn".least_of([$*])`,
)}
RANGE_BUCKET(INT64, ARRAY<INT64>) INT64 = CASE WHEN $1 IS NULL THEN NULL ELSE len(list_filter($2, lambda e: e <= $1)) END
RANGE_BUCKET(FLOAT64, ARRAY<FLOAT64>) INT64 = CASE WHEN $1 IS NULL OR isnan($1) THEN NULL ELSE len(list_filter($2, lambda e: e <= $1)) END
`

const ARRAYS = `
ARRAY_LENGTH(ARRAY<T>) INT64 = len($1)
ARRAY_REVERSE(ARRAY<T>) ARRAY<T> = list_reverse($1)
ARRAY_CONCAT(ARRAY<T>...) ARRAY<T> = "~fn".joined([$*])
ARRAY_FIRST(ARRAY<T>) T = list_extract("~fn".not_empty($1, 'ARRAY_FIRST'), 1)
ARRAY_LAST(ARRAY<T>) T = list_extract("~fn".not_empty($1, 'ARRAY_LAST'), -1)
GENERATE_ARRAY(INT64, INT64) ARRAY<INT64> = "~fn".series($1, $2, 1)
GENERATE_ARRAY(INT64, INT64, INT64) ARRAY<INT64> = "~fn".series($1, $2, $3)
`

const JSON_TABLE = `
PARSE_JSON(STRING) JSON = bq_parse_json($1)
JSON_VALUE|JSON_EXTRACT_SCALAR(STRING) STRING = bq_json_get($1, '$', 'value')
JSON_VALUE|JSON_EXTRACT_SCALAR(JSON) STRING = bq_json_get($1, '$', 'value')
JSON_VALUE(STRING, STRING) STRING = bq_json_get($1, $2, 'value')
JSON_VALUE(JSON, STRING) STRING = bq_json_get($1, $2, 'value')
JSON_EXTRACT_SCALAR(STRING, STRING) STRING = bq_json_get($1, $2, 'legacy value')
JSON_EXTRACT_SCALAR(JSON, STRING) STRING = bq_json_get($1, $2, 'legacy value')
JSON_QUERY|JSON_EXTRACT(STRING) STRING = bq_json_get($1, '$', 'query')
JSON_QUERY|JSON_EXTRACT(JSON) JSON = bq_json_get($1, '$', 'json query')
JSON_QUERY(STRING, STRING) STRING = bq_json_get($1, $2, 'query')
JSON_QUERY(JSON, STRING) JSON = bq_json_get($1, $2, 'json query')
JSON_EXTRACT(STRING, STRING) STRING = bq_json_get($1, $2, 'legacy query')
JSON_EXTRACT(JSON, STRING) JSON = bq_json_get($1, $2, 'legacy json query')
JSON_QUERY_ARRAY|JSON_EXTRACT_ARRAY(STRING) ARRAY<STRING> = bq_json_list($1, '$', 'query')
JSON_QUERY_ARRAY|JSON_EXTRACT_ARRAY(JSON) ARRAY<JSON> = CAST(bq_json_list($1, '$', 'query') AS JSON[])
JSON_QUERY_ARRAY(STRING, STRING) ARRAY<STRING> = bq_json_list($1, $2, 'query')
JSON_QUERY_ARRAY(JSON, STRING) ARRAY<JSON> = CAST(bq_json_list($1, $2, 'query') AS JSON[])
JSON_EXTRACT_ARRAY(STRING, STRING) ARRAY<STRING> = bq_json_list($1, $2, 'legacy query')
JSON_EXTRACT_ARRAY(JSON, STRING) ARRAY<JSON> = CAST(bq_json_list($1, $2, 'legacy query') AS JSON[])
JSON_VALUE_ARRAY|JSON_EXTRACT_STRING_ARRAY(STRING) ARRAY<STRING> = bq_json_list($1, '$', 'value')
JSON_VALUE_ARRAY|JSON_EXTRACT_STRING_ARRAY(JSON) ARRAY<STRING> = bq_json_list($1, '$', 'value')
JSON_VALUE_ARRAY(STRING, STRING) ARRAY<STRING> = bq_json_list($1, $2, 'value')
JSON_VALUE_ARRAY(JSON, STRING) ARRAY<STRING> = bq_json_list($1, $2, 'value')
JSON_EXTRACT_STRING_ARRAY(STRING, STRING) ARRAY<STRING> = bq_json_list($1, $2, 'legacy value')
JSON_EXTRACT_STRING_ARRAY(JSON, STRING) ARRAY<STRING> = bq_json_list($1, $2, 'legacy value')
JSON_TYPE(JSON) STRING = bq_json_type($1)
JSON_KEYS(JSON) ARRAY<STRING> = bq_json_list($1, '$', 'keys')
STRING(JSON) STRING = bq_json_scalar($1, 'string')
BOOL(JSON) BOOL = CAST(bq_json_scalar($1, 'boolean') AS BOOLEAN)
INT64(JSON) INT64 = CAST(bq_json_scalar($1, 'int64') AS BIGINT)
FLOAT64|DOUBLE(JSON) FLOAT64 = CAST(bq_json_scalar($1, 'number') AS DOUBLE)
LAX_STRING(JSON) STRING = bq_json_get($1, '$', 'value')
`

/** Functions that need nothing but the types of their arguments. All others are special, or refused by name. */
export const SCALAR_FUNCTIONS: Signatures = readSignatures(TEXT + NUMBERS + ARRAYS + JSON_TABLE)
