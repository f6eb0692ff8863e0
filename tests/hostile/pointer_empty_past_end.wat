;; Takes nothing from beyond the end of memory, which is not.
;; expect: trap out of bounds
(module
  (import "blufio" "set_output" (func $set_output (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (call $set_output (i32.const 65537) (i32.const 0))))
