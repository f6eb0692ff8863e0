;; Aborts with a message that claims to be two gigabytes long.
;; expect: trap abort|out of bounds
(module
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\ff\ff\ff\7f")
  (func (export "run") (call $abort (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 0))))
