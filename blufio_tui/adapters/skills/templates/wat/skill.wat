;; {{name}}: a skill in WebAssembly text. It needs no compiler: the sandbox compiles it.
;;
;; The input is {"who": "…"}. This finds the text of the first string value and puts it between
;; "Hello, " and "!"; escapes inside it are copied as they are.
(module
  (import "blufio" "get_input_len" (func $get_input_len (result i32)))
  (import "blufio" "get_input" (func $get_input (param i32)))
  (import "blufio" "set_output" (func $set_output (param i32 i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "Hello, ")

  ;; The place of the next quote at or after $at.
  (func $quote (param $at i32) (result i32)
    (loop $next
      (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 34))
        (then (return (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next))
    (unreachable))

  (func (export "run")
    (local $input i32) (local $start i32) (local $end i32) (local $length i32)
    (local.set $input (i32.const 1024))
    (call $get_input (local.get $input))
    ;; {"who": "Ada"}: quotes open and close the key, then open and close the value.
    (local.set $start (call $quote (local.get $input)))
    (local.set $start (call $quote (i32.add (local.get $start) (i32.const 1))))
    (local.set $start (i32.add (call $quote (i32.add (local.get $start) (i32.const 1))) (i32.const 1)))
    (local.set $end (call $quote (local.get $start)))
    (local.set $length (i32.sub (local.get $end) (local.get $start)))
    (memory.copy (i32.const 7) (local.get $start) (local.get $length))
    (i32.store8 (i32.add (i32.const 7) (local.get $length)) (i32.const 33))
    (call $set_output (i32.const 0) (i32.add (local.get $length) (i32.const 8)))))
