;; Gives a negative length, which becomes four gigabytes or nothing.
;; expect: trap out of bounds
(module
  (import "blufio" "set_output" (func $set_output (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (call $set_output (i32.const 0) (i32.const -1))))
