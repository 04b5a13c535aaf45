;; The inner loops of the vector index. Compiled into kernel-bytes.ts by scripts/build-kernel.ts.
(module
  (memory (export "memory") 1)

  ;; Writes, for each of $count codes of $size bytes (a multiple of 16), its distance to the query, as 16 bits: the sum of the weights, 0 to 7,
  ;; of the bits in which the two differ. At $query lie four planes of $size bytes: the query's bits, then bits 0, 1 and 2 of the weights.
  (func (export "distances") (param $codes i32) (param $count i32) (param $size i32) (param $query i32) (param $out i32)
    (local $end i32) (local $at i32) (local $plane i32) (local $differ v128) (local $sum v128)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 1))))
    (block $done
      (loop $each
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $sum (v128.const i32x4 0 0 0 0))
        (local.set $at (i32.const 0))
        (loop $blocks
          (local.set $plane (i32.add (local.get $query) (local.get $at)))
          (local.set $differ
            (v128.xor (v128.load (i32.add (local.get $codes) (local.get $at))) (v128.load (local.get $plane))))
          (local.set $plane (i32.add (local.get $plane) (local.get $size)))
          (local.set $sum
            (i16x8.add
              (local.get $sum)
              (i16x8.extadd_pairwise_i8x16_u
                (i8x16.add
                  (i8x16.popcnt (v128.and (local.get $differ) (v128.load (local.get $plane))))
                  (i8x16.add
                    (i8x16.shl
                      (i8x16.popcnt (v128.and (local.get $differ) (v128.load (i32.add (local.get $plane) (local.get $size)))))
                      (i32.const 1))
                    (i8x16.shl
                      (i8x16.popcnt
                        (v128.and
                          (local.get $differ)
                          (v128.load (i32.add (local.get $plane) (i32.shl (local.get $size) (i32.const 1))))))
                      (i32.const 2)))))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br_if $blocks (i32.lt_u (local.get $at) (local.get $size))))
        (local.set $sum (i32x4.extadd_pairwise_i16x8_u (local.get $sum)))
        (i32.store16
          (local.get $out)
          (i32.add
            (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
            (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))
        (local.set $codes (i32.add (local.get $codes) (local.get $size)))
        (local.set $out (i32.add (local.get $out) (i32.const 2)))
        (br $each))))

  ;; Writes, for each of $count slots at $slots, the inner product of its vector of $size bytes (a multiple of 32) and $query.
  ;; Eight running sums, added in a fixed order, so that the plain JavaScript version gives the same bits.
  (func (export "dots") (param $vectors i32) (param $size i32) (param $slots i32) (param $count i32) (param $query i32) (param $out i32)
    (local $end i32) (local $at i32) (local $vector i32) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $each
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $vector (i32.add (local.get $vectors) (i32.mul (i32.load (local.get $slots)) (local.get $size))))
        (local.set $low (v128.const f32x4 0 0 0 0))
        (local.set $high (v128.const f32x4 0 0 0 0))
        (local.set $at (i32.const 0))
        (loop $lanes
          (local.set $low
            (f32x4.add
              (local.get $low)
              (f32x4.mul
                (v128.load (i32.add (local.get $vector) (local.get $at)))
                (v128.load (i32.add (local.get $query) (local.get $at))))))
          (local.set $high
            (f32x4.add
              (local.get $high)
              (f32x4.mul
                (v128.load offset=16 (i32.add (local.get $vector) (local.get $at)))
                (v128.load offset=16 (i32.add (local.get $query) (local.get $at))))))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br_if $lanes (i32.lt_u (local.get $at) (local.get $size))))
        (local.set $low (f32x4.add (local.get $low) (local.get $high)))
        (f32.store
          (local.get $out)
          (f32.add
            (f32.add (f32x4.extract_lane 0 (local.get $low)) (f32x4.extract_lane 1 (local.get $low)))
            (f32.add (f32x4.extract_lane 2 (local.get $low)) (f32x4.extract_lane 3 (local.get $low)))))
        (local.set $slots (i32.add (local.get $slots) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (br $each))))
)
