;; Takes nothing from the very end of memory, which is allowed.
;; expect: ok 
(module
  (import "blufio" "set_output" (func $set_output (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (call $set_output (i32.const 65536) (i32.const 0))))
