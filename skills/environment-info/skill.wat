;; environment-info: a few harmless environment variables as a JSON object, null for those not set.
;;
;; It needs no compiler and no toolchain. Memory: 0 names and punctuation, 4096 the value as it came,
;; 16384 the output. A value longer than 4 KiB is reported as "(too long)".
(module
  (import "blufio" "get_env" (func $get_env (param i32 i32 i32 i32) (result i32)))
  (import "blufio" "set_output" (func $set_output (param i32 i32)))
  (memory (export "memory") 4)

  (data (i32.const 0) "LANGLC_ALLTZTERMSHELLEDITORCOLORTERM")
  (data (i32.const 128) "null")
  (data (i32.const 136) "\"(too long)\"")
  (data (i32.const 160) "0123456789abcdef")

  (global $out (mut i32) (i32.const 16384))

  (func $put (param $char i32)
    (i32.store8 (global.get $out) (local.get $char))
    (global.set $out (i32.add (global.get $out) (i32.const 1))))

  (func $put_bytes (param $at i32) (param $length i32)
    (memory.copy (global.get $out) (local.get $at) (local.get $length))
    (global.set $out (i32.add (global.get $out) (local.get $length))))

  ;; One byte inside a JSON string: quotes, backslashes and control characters escaped.
  (func $put_escaped (param $char i32)
    (if (i32.or (i32.eq (local.get $char) (i32.const 34)) (i32.eq (local.get $char) (i32.const 92)))
      (then (call $put (i32.const 92))))
    (if (i32.lt_u (local.get $char) (i32.const 32))
      (then
        (call $put (i32.const 92))
        (call $put (i32.const 117))
        (call $put (i32.const 48))
        (call $put (i32.const 48))
        (call $put (i32.load8_u (i32.add (i32.const 160) (i32.shr_u (local.get $char) (i32.const 4)))))
        (local.set $char (i32.load8_u (i32.add (i32.const 160) (i32.and (local.get $char) (i32.const 15)))))))
    (call $put (local.get $char)))

  (func $put_string (param $at i32) (param $length i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (call $put (i32.const 34))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (call $put_escaped (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (call $put (i32.const 34)))

  ;; `"NAME": value`, with what stands between members in front of it.
  (func $variable (param $name i32) (param $length i32)
    (local $size i32)
    (if (i32.gt_u (global.get $out) (i32.const 16385))
      (then (call $put (i32.const 44)) (call $put (i32.const 32))))
    (call $put_string (local.get $name) (local.get $length))
    (call $put (i32.const 58))
    (call $put (i32.const 32))
    (local.set $size (call $get_env (local.get $name) (local.get $length) (i32.const 4096) (i32.const 4096)))
    (if (i32.eq (local.get $size) (i32.const -1))
      (then (call $put_bytes (i32.const 128) (i32.const 4)) (return)))
    (if (i32.eq (local.get $size) (i32.const -2))
      (then (call $put_bytes (i32.const 136) (i32.const 12)) (return)))
    (call $put_string (i32.const 4096) (local.get $size)))

  (func (export "run")
    (call $put (i32.const 123))
    (call $variable (i32.const 0) (i32.const 4))
    (call $variable (i32.const 4) (i32.const 6))
    (call $variable (i32.const 10) (i32.const 2))
    (call $variable (i32.const 12) (i32.const 4))
    (call $variable (i32.const 16) (i32.const 5))
    (call $variable (i32.const 21) (i32.const 6))
    (call $variable (i32.const 27) (i32.const 9))
    (call $put (i32.const 125))
    (call $set_output (i32.const 16384) (i32.sub (global.get $out) (i32.const 16384)))))
