import {readSignatures, type Signatures} from './signatures.ts'

const at = (zone: string, sql = '$1') => `timezone(${zone}, ${sql})`
const UTC = "'UTC'"

/** Functions of dates and times that take no date part. */
export const TIME_FUNCTIONS: Signatures = readSignatures(`
DATE(INT64, INT64, INT64) DATE = make_date($1, $2, $3)
DATE(DATETIME) DATE = CAST($1 AS DATE)
DATE(TIMESTAMP) DATE = CAST(${at(UTC)} AS DATE)
DATE(TIMESTAMP, STRING) DATE = CAST(${at('$2')} AS DATE)
DATETIME(INT64, INT64, INT64, INT64, INT64, INT64) DATETIME = make_timestamp($1, $2, $3, $4, $5, $6)
DATETIME(DATE) DATETIME = CAST($1 AS TIMESTAMP)
DATETIME(DATE, TIME) DATETIME = CAST($1 AS TIMESTAMP) + to_microseconds(epoch_us($2))
DATETIME(DATETIME) DATETIME = $1
DATETIME(TIMESTAMP) DATETIME = ${at(UTC)}
DATETIME(TIMESTAMP, STRING) DATETIME = ${at('$2')}
TIMESTAMP(STRING) TIMESTAMP = make_timestamptz(bq_to_timestamp($1, 'UTC'))
TIMESTAMP(STRING, STRING) TIMESTAMP = make_timestamptz(bq_to_timestamp($1, $2))
TIMESTAMP(DATE) TIMESTAMP = ${at(UTC, 'CAST($1 AS TIMESTAMP)')}
TIMESTAMP(DATE, STRING) TIMESTAMP = ${at('$2', 'CAST($1 AS TIMESTAMP)')}
TIMESTAMP(DATETIME) TIMESTAMP = ${at(UTC)}
TIMESTAMP(DATETIME, STRING) TIMESTAMP = ${at('$2')}
TIMESTAMP(TIMESTAMP) TIMESTAMP = $1
TIME(INT64, INT64, INT64) TIME = make_time($1, $2, $3)
TIME(DATETIME) TIME = CAST($1 AS TIME)
TIME(TIMESTAMP) TIME = CAST(${at(UTC)} AS TIME)
TIME(TIMESTAMP, STRING) TIME = CAST(${at('$2')} AS TIME)
STRING(TIMESTAMP) STRING = bq_timestamp_text(epoch_us($1), 'UTC')
STRING(TIMESTAMP, STRING) STRING = bq_timestamp_text(epoch_us($1), $2)
UNIX_DATE(DATE) INT64 = date_diff('day', DATE '1970-01-01', $1)
DATE_FROM_UNIX_DATE(INT64) DATE = bq_date_in_range(DATE '1970-01-01' + CAST($1 AS INTEGER))
UNIX_SECONDS(TIMESTAMP) INT64 = "~fn".floor_div(epoch_us($1), 1000000)
UNIX_MILLIS(TIMESTAMP) INT64 = "~fn".floor_div(epoch_us($1), 1000)
UNIX_MICROS(TIMESTAMP) INT64 = epoch_us($1)
TIMESTAMP_SECONDS(INT64) TIMESTAMP = make_timestamptz($1 * 1000000)
TIMESTAMP_MILLIS(INT64) TIMESTAMP = make_timestamptz($1 * 1000)
TIMESTAMP_MICROS(INT64) TIMESTAMP = make_timestamptz($1)
FORMAT_DATE(STRING, DATE) STRING = bq_format_time($1, epoch_us(CAST($2 AS TIMESTAMP)), 'DATE', 'UTC')
FORMAT_DATETIME(STRING, DATETIME) STRING = bq_format_time($1, epoch_us($2), 'DATETIME', 'UTC')
FORMAT_TIME(STRING, TIME) STRING = bq_format_time($1, epoch_us($2), 'TIME', 'UTC')
FORMAT_TIMESTAMP(STRING, TIMESTAMP) STRING = bq_format_time($1, epoch_us($2), 'TIMESTAMP', 'UTC')
FORMAT_TIMESTAMP(STRING, TIMESTAMP, STRING) STRING = bq_format_time($1, epoch_us($2), 'TIMESTAMP', $3)
PARSE_DATE(STRING, STRING) DATE = CAST(make_timestamp(bq_parse_time($1, $2, 'DATE', 'UTC')) AS DATE)
PARSE_DATETIME(STRING, STRING) DATETIME = make_timestamp(bq_parse_time($1, $2, 'DATETIME', 'UTC'))
PARSE_TIME(STRING, STRING) TIME = CAST(make_timestamp(bq_parse_time($1, $2, 'TIME', 'UTC')) AS TIME)
PARSE_TIMESTAMP(STRING, STRING) TIMESTAMP = make_timestamptz(bq_parse_time($1, $2, 'TIMESTAMP', 'UTC'))
PARSE_TIMESTAMP(STRING, STRING, STRING) TIMESTAMP = make_timestamptz(bq_parse_time($1, $2, 'TIMESTAMP', $3))
`)
