;; Finds the fields of well-formed CSV records, 64 bytes at a time: the code behind record-index.ts.
;; `npm run build:wasm` makes record-index-code.ts of it.
;;
;; Memory, in bytes:
;;        0  the window: the bytes that are read, up to 65,472 of them; 64 more may be looked at
;;    65536  starts: i32 for each field, up to 16,384
;;   131072  ends: i32 for each field
;;   196608  records: five i32 each: the place of its first byte, the fields before it, the lines before it, what there is to
;;           it (the sum of: 1 a byte above 127, unless $multi, 2 a quote written twice, 4 a blank line, 8 not $width fields,
;;           16 more than $max bytes), and the characters before it. One more entry follows the last record: where it would
;;           begin, the fields and the lines in all, 1 if a malformed record (or one of too many fields) stopped the search,
;;           and the characters in all.
;;
;; Starts and ends are counted in characters, as JavaScript has them, if the bytes are UTF-8 ($multi), and in bytes if not.
;; A text has as many characters (UTF-16 units) as bytes, less those that continue one, plus those that begin four.
;;
;; A record that is not whole in the window, or malformed, is left to the caller, who begins again behind it.
(module
  (memory (export "memory") 4 4)

  ;; The bits below $bit.
  (func $below (param $bit i32) (result i64)
    (i64.sub (i64.shl (i64.const 1) (i64.extend_i32_u (local.get $bit))) (i64.const 1)))

  ;; Reads from $from, where a record begins, up to $to; at most $most records. Without quotes, $quote is the
  ;; delimiter.
  (func (export "find") (param $from i32) (param $to i32) (param $delimiter i32) (param $quote i32)
      (param $width i32) (param $max i32) (param $most i32) (param $multi i32) (result i32)
    (local $delimiters v128) (local $quotes v128) (local $lines v128)
    (local $continuing v128) (local $leading v128)
    (local $bytes0 v128) (local $bytes1 v128) (local $bytes2 v128) (local $bytes3 v128)
    (local $block i32)     ;; place of the 64 bytes that are being read
    (local $mask i64)      ;; those of them that mean something and have not been seen
    (local $high i64)      ;; those of them above 127 that belong to no finished record
    (local $before i64)    ;; those of them before $at
    (local $continue i64)  ;; those of them that continue a character
    (local $four i64)      ;; those of them that begin one of four bytes
    (local $less i32)      ;; how many fewer characters than bytes there are before them
    (local $at i32) (local $byte i32)
    (local $char i32)      ;; the place $at, counted in characters
    (local $field i32)     ;; where the field begins
    (local $fieldChar i32) ;; the same, counted in characters
    (local $start i32) (local $end i32)
    (local $fields i32)    ;; fields found, times 4
    (local $record i32)    ;; address of the entry of the record that is being read
    (local $records i32)   ;; records found
    (local $first i32)     ;; fields found before it, times 4
    (local $line i32)      ;; line ends seen
    (local $flags i32)     ;; what there is to the record that is being read
    (local $inside i32)    ;; inside quotes
    (local $twice i32)     ;; place of the second of two quotes inside quotes
    (local $closed i32)    ;; place of the quote that closed the field, or -1
    (local $closedChar i32)

    (local.set $delimiters (i8x16.splat (local.get $delimiter)))
    (local.set $quotes (i8x16.splat (local.get $quote)))
    (local.set $lines (i8x16.splat (i32.const 10)))
    (local.set $continuing (i8x16.splat (i32.const -64)))
    (local.set $leading (i8x16.splat (i32.const 0xf0)))
    (local.set $block (local.get $from))
    (local.set $field (local.get $from))
    (local.set $fieldChar (local.get $from))
    (local.set $record (i32.const 196608))
    (local.set $twice (i32.const -1))
    (local.set $closed (i32.const -1))
    (i32.store (local.get $record) (local.get $from))
    (i32.store offset=4 (local.get $record) (i32.const 0))
    (i32.store offset=8 (local.get $record) (i32.const 0))
    (i32.store offset=12 (local.get $record) (i32.const 0))
    (i32.store offset=16 (local.get $record) (local.get $from))

    (block $enough
      (block $stopped
        (loop $blocks
          (br_if $enough (i32.ge_u (local.get $block) (local.get $to)))
          ;; 64 bytes hold 64 fields at most: room is looked for once for all of them.
          (br_if $stopped (i32.gt_u (local.get $fields) (i32.const 65280)))
          (local.set $bytes0 (v128.load (local.get $block)))
          (local.set $bytes1 (v128.load offset=16 (local.get $block)))
          (local.set $bytes2 (v128.load offset=32 (local.get $block)))
          (local.set $bytes3 (v128.load offset=48 (local.get $block)))
          (local.set $mask
            (i64.or
              (i64.or
                (i64.extend_i32_u
                  (i8x16.bitmask
                    (v128.or
                      (v128.or
                        (i8x16.eq (local.get $bytes0) (local.get $delimiters))
                        (i8x16.eq (local.get $bytes0) (local.get $quotes)))
                      (i8x16.eq (local.get $bytes0) (local.get $lines)))))
                (i64.shl
                  (i64.extend_i32_u
                    (i8x16.bitmask
                      (v128.or
                        (v128.or
                          (i8x16.eq (local.get $bytes1) (local.get $delimiters))
                          (i8x16.eq (local.get $bytes1) (local.get $quotes)))
                        (i8x16.eq (local.get $bytes1) (local.get $lines)))))
                  (i64.const 16)))
              (i64.or
                (i64.shl
                  (i64.extend_i32_u
                    (i8x16.bitmask
                      (v128.or
                        (v128.or
                          (i8x16.eq (local.get $bytes2) (local.get $delimiters))
                          (i8x16.eq (local.get $bytes2) (local.get $quotes)))
                        (i8x16.eq (local.get $bytes2) (local.get $lines)))))
                  (i64.const 32))
                (i64.shl
                  (i64.extend_i32_u
                    (i8x16.bitmask
                      (v128.or
                        (v128.or
                          (i8x16.eq (local.get $bytes3) (local.get $delimiters))
                          (i8x16.eq (local.get $bytes3) (local.get $quotes)))
                        (i8x16.eq (local.get $bytes3) (local.get $lines)))))
                  (i64.const 48)))))
          (local.set $high
            (i64.or
              (i64.or
                (i64.extend_i32_u (i8x16.bitmask (local.get $bytes0)))
                (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $bytes1))) (i64.const 16)))
              (i64.or
                (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $bytes2))) (i64.const 32))
                (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $bytes3))) (i64.const 48)))))
          (if (i32.and (local.get $multi) (i64.ne (local.get $high) (i64.const 0)))
            (then
              ;; 0x80 to 0xbf, as signed bytes below -64
              (local.set $continue
                (i64.or
                  (i64.or
                    (i64.extend_i32_u (i8x16.bitmask (i8x16.lt_s (local.get $bytes0) (local.get $continuing))))
                    (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.lt_s (local.get $bytes1) (local.get $continuing)))) (i64.const 16)))
                  (i64.or
                    (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.lt_s (local.get $bytes2) (local.get $continuing)))) (i64.const 32))
                    (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.lt_s (local.get $bytes3) (local.get $continuing)))) (i64.const 48)))))
              (local.set $four
                (i64.or
                  (i64.or
                    (i64.extend_i32_u (i8x16.bitmask (i8x16.ge_u (local.get $bytes0) (local.get $leading))))
                    (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.ge_u (local.get $bytes1) (local.get $leading)))) (i64.const 16)))
                  (i64.or
                    (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.ge_u (local.get $bytes2) (local.get $leading)))) (i64.const 32))
                    (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.ge_u (local.get $bytes3) (local.get $leading)))) (i64.const 48)))))
              (local.set $high (i64.const 0)))
            (else
              (local.set $continue (i64.const 0))
              (local.set $four (i64.const 0))))
          ;; What stands behind the end is left from an earlier window.
          (if (i32.lt_u (i32.sub (local.get $to) (local.get $block)) (i32.const 64))
            (then
              (local.set $mask
                (i64.and
                  (local.get $mask)
                  (call $below (i32.sub (local.get $to) (local.get $block)))))))

          (block $seen
            (loop $places
              (br_if $seen (i64.eqz (local.get $mask)))
              (local.set $at (i32.add (local.get $block) (i32.wrap_i64 (i64.ctz (local.get $mask)))))
              (local.set $mask (i64.and (local.get $mask) (i64.sub (local.get $mask) (i64.const 1))))
              (local.set $byte (i32.load8_u (local.get $at)))
              (local.set $char (i32.sub (local.get $at) (local.get $less)))
              (if (i64.ne (local.get $continue) (i64.const 0))
                (then
                  (local.set $before (call $below (i32.sub (local.get $at) (local.get $block))))
                  (local.set $char
                    (i32.sub
                      (local.get $char)
                      (i32.wrap_i64
                        (i64.sub
                          (i64.popcnt (i64.and (local.get $continue) (local.get $before)))
                          (i64.popcnt (i64.and (local.get $four) (local.get $before)))))))))

              (if (local.get $inside)
                (then
                  (if (i32.ne (local.get $byte) (local.get $quote))
                    (then
                      (if (i32.eq (local.get $byte) (i32.const 10))
                        (then (local.set $line (i32.add (local.get $line) (i32.const 1)))))
                      (br $places)))
                  (br_if $places (i32.eq (local.get $at) (local.get $twice)))
                  ;; What this quote is, the next byte tells.
                  (br_if $enough (i32.ge_u (i32.add (local.get $at) (i32.const 1)) (local.get $to)))
                  (if (i32.eq (i32.load8_u offset=1 (local.get $at)) (local.get $quote))
                    (then
                      (local.set $twice (i32.add (local.get $at) (i32.const 1)))
                      (local.set $flags (i32.or (local.get $flags) (i32.const 2))))
                    (else
                      (local.set $closed (local.get $at))
                      (local.set $closedChar (local.get $char))
                      (local.set $inside (i32.const 0))))
                  (br $places)))

              (if (i32.and
                    (i32.ne (local.get $byte) (local.get $delimiter))
                    (i32.ne (local.get $byte) (i32.const 10)))
                (then
                  ;; An opening quote is the first byte of its field.
                  (br_if $stopped (i32.ne (local.get $at) (local.get $field)))
                  (local.set $inside (i32.const 1))
                  (br $places)))

              ;; The end of a field.
              (local.set $start (local.get $fieldChar))
              (local.set $end (local.get $char))
              (if (i32.ne (local.get $closed) (i32.const -1))
                (then
                  (local.set $start (i32.add (local.get $start) (i32.const 1)))
                  (local.set $end (local.get $closedChar))
                  (if (i32.ne (i32.sub (local.get $at) (local.get $closed)) (i32.const 1))
                    (then
                      ;; Between the closing quote and a line end there may be one CR, and nothing else.
                      (br_if $stopped (i32.ne (i32.sub (local.get $at) (local.get $closed)) (i32.const 2)))
                      (br_if $stopped (i32.ne (local.get $byte) (i32.const 10)))
                      (br_if $stopped
                        (i32.ne (i32.load8_u (i32.sub (local.get $at) (i32.const 1))) (i32.const 13)))))
                  (local.set $closed (i32.const -1)))
                (else
                  (if (i32.and
                        (i32.eq (local.get $byte) (i32.const 10))
                        (i32.gt_u (local.get $at) (local.get $field)))
                    (then
                      (if (i32.eq (i32.load8_u (i32.sub (local.get $at) (i32.const 1))) (i32.const 13))
                        (then (local.set $end (i32.sub (local.get $char) (i32.const 1)))))))))
              (i32.store offset=65536 (local.get $fields) (local.get $start))
              (i32.store offset=131072 (local.get $fields) (local.get $end))
              (local.set $fields (i32.add (local.get $fields) (i32.const 4)))
              (local.set $field (i32.add (local.get $at) (i32.const 1)))
              (local.set $fieldChar (i32.add (local.get $char) (i32.const 1)))
              (br_if $places (i32.ne (local.get $byte) (i32.const 10)))

              ;; The end of a record.
              (local.set $before (call $below (i32.sub (local.get $at) (local.get $block))))
              (if (i64.ne (i64.and (local.get $high) (local.get $before)) (i64.const 0))
                (then
                  (local.set $flags (i32.or (local.get $flags) (i32.const 1)))
                  (local.set $high (i64.and (local.get $high) (i64.xor (local.get $before) (i64.const -1))))))
              (if (i32.ne
                    (i32.sub (local.get $fields) (local.get $first))
                    (i32.shl (local.get $width) (i32.const 2)))
                (then (local.set $flags (i32.or (local.get $flags) (i32.const 8)))))
              (if (i32.gt_u (i32.sub (local.get $field) (i32.load (local.get $record))) (local.get $max))
                (then (local.set $flags (i32.or (local.get $flags) (i32.const 16)))))
              ;; One empty field that is not in quotes, which would begin one byte later.
              (if (i32.eq (local.get $end) (i32.load offset=16 (local.get $record)))
                (then (local.set $flags (i32.or (local.get $flags) (i32.const 4)))))
              (local.set $line (i32.add (local.get $line) (i32.const 1)))
              (i32.store offset=12 (local.get $record) (local.get $flags))
              (local.set $record (i32.add (local.get $record) (i32.const 20)))
              (i32.store (local.get $record) (local.get $field))
              (i32.store offset=4 (local.get $record) (i32.shr_u (local.get $fields) (i32.const 2)))
              (i32.store offset=8 (local.get $record) (local.get $line))
              (i32.store offset=12 (local.get $record) (i32.const 0))
              (i32.store offset=16 (local.get $record) (local.get $fieldChar))
              (local.set $first (local.get $fields))
              (local.set $flags (i32.const 0))
              (local.set $records (i32.add (local.get $records) (i32.const 1)))
              (br_if $enough (i32.ge_u (local.get $records) (local.get $most)))
              (br $places)))

          (if (i64.ne (local.get $high) (i64.const 0))
            (then (local.set $flags (i32.or (local.get $flags) (i32.const 1)))))
          (local.set $less
            (i32.add
              (local.get $less)
              (i32.wrap_i64 (i64.sub (i64.popcnt (local.get $continue)) (i64.popcnt (local.get $four))))))
          (local.set $block (i32.add (local.get $block) (i32.const 64)))
          (br $blocks)))
      ;; stopped
      (i32.store offset=12 (local.get $record) (i32.const 1)))
    (local.get $records)))
