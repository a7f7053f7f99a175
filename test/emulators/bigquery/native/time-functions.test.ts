import {TIME_NATIVES} from '../../../../lib/emulators/bigquery/native/time-functions.ts'
import {nativeTests} from './native-cases.ts'

const DAY = 86_400_000_000n

describe('native functions on dates and times', () => {
  nativeTests(TIME_NATIVES, {
    bq_to_date: [
      [[' 1970-01-02 '], 1],
      [['2023-02-29'], /Invalid date: '2023-02-29'/],
    ],
    bq_to_time: [
      [['00:00:01.5'], 1_500_000n],
      [['24:00:00'], /Invalid time string "24:00:00"/],
    ],
    bq_to_datetime: [
      [['1970-01-02T00:00:00'], DAY],
      [['x'], /Invalid datetime string "x"/],
    ],
    bq_to_timestamp: [
      [['1970-01-02', 'UTC'], DAY],
      [['1970-01-02', '+01:00'], DAY - 3_600_000_000n],
      [['1970-01-02 00:00:00Z', '+01:00'], DAY],
      [['1', 'UTC'], /Invalid timestamp: '1'/],
    ],
    bq_date_in_range: [
      [[{days: 0}], 0],
      [[{days: 2_932_897}], /Date out of range/],
    ],
    bq_micros_in_range: [
      [[0n], 0n],
      [[253_402_300_800_000_000n], /Date and time out of range/],
    ],
    bq_time_text: [
      [[1_500_000n], '00:00:01.500'],
      [[1n], '00:00:00.000001'],
    ],
    bq_datetime_text: [[[DAY], '1970-01-02 00:00:00']],
    bq_timestamp_text: [
      [[DAY, 'UTC'], '1970-01-02 00:00:00+00'],
      [[DAY, 'Asia/Kolkata'], '1970-01-02 05:30:00+05:30'],
    ],
    bq_format_time: [[['%F', DAY, 'DATE', 'UTC'], '1970-01-02']],
    bq_parse_time: [[['%F', '1970-01-02', 'DATE', 'UTC'], DAY]],
  })
})
