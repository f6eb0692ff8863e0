;; Points before the memory with a negative offset, which Python slices from the end.
;; expect: trap out of bounds
(module
  (import "blufio" "set_output" (func $set_output (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (call $set_output (i32.const -1) (i32.const 1))))
