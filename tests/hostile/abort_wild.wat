;; Aborts with a message pointer far outside.
;; expect: trap out of bounds
(module
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (call $abort (i32.const 99999999) (i32.const 0) (i32.const 0) (i32.const 0))))
